#include <charconv>

#include "api/custom_topics.h"
#include "api/operations.h"

// operations.md, section 2.
namespace herald::api {
namespace {

namespace json = boost::json;

struct CreateProductTopic {
  SharedProduct product;
  std::string_view suffix;
  Permission permission;
  std::optional<std::string_view> description;
};

struct UpdateProductTopic {
  TopicId topic;
  std::string_view suffix;
  Permission permission;
  std::optional<std::string_view> description;
};

struct DeleteProductTopic {
  TopicId topic;
};

struct QueryProductTopic {
  SharedProduct product;
};

// The product that has the category, for one who may change it.
Result<SharedProduct> product_with(TopicId topic, const Context& context) {
  SharedProduct product = context.platform.registry.product_of_topic(topic);
  if (!product || !context.reaches(*product)) {
    return fail(Code::topic_category_not_found, std::to_string(topic.value));
  }
  return product;
}

const TopicCategory* category_of(const Product& product, TopicId topic) {
  const auto at = std::ranges::find(product.topics, topic, &TopicCategory::id);
  return at == product.topics.end() ? nullptr : &*at;
}

Done<void> without_data(Done<Reply> done) {
  return [done = std::move(done)](Result<void> kept) mutable {
    done(std::move(kept).map([] { return Reply(); }));
  };
}

void create(CreateProductTopic call, Context& context, Done<Reply> done) {
  if (auto fits = check_category(*call.product, call.suffix, call.permission,
                                 context.platform.registry.limits().topics);
      !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  context.platform.registry.create_topic(
      call.product->key,
      {.suffix = std::string(call.suffix),
       .permission = call.permission,
       .description = std::string(call.description.value_or(""))},
      [done = std::move(done)](Result<TopicId> id) mutable {
        done(id.map([](TopicId made) -> Reply {
          return {{"TopicId", static_cast<std::int64_t>(made.value)}};
        }));
      });
}

void update(UpdateProductTopic call, Context& context, Done<Reply> done) {
  const auto product = product_with(call.topic, context);
  if (!product) return done(tl::unexpected(product.error()));
  if (auto fits = check_category(**product, call.suffix, call.permission,
                                 context.platform.registry.limits().topics);
      !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  const TopicCategory* before = category_of(**product, call.topic);
  const std::string_view kept = before != nullptr ? std::string_view(before->description) : "";
  context.platform.registry.update_topic(
      (*product)->key,
      {.id = call.topic,
       .suffix = std::string(call.suffix),
       .permission = call.permission,
       .description = std::string(call.description.value_or(kept))},
      without_data(std::move(done)));
}

void remove(DeleteProductTopic call, Context& context, Done<Reply> done) {
  const auto product = product_with(call.topic, context);
  if (!product) return done(tl::unexpected(product.error()));
  context.platform.registry.delete_topic((*product)->key, call.topic,
                                         without_data(std::move(done)));
}

Result<Reply> query(QueryProductTopic call, Context&) {
  json::array infos;
  for (const TopicCategory& category : call.product->topics) {
    infos.push_back(
        {{"Id", std::to_string(category.id.value)},
         {"ProductKey", call.product->key.view()},
         {"TopicShortName", TopicTemplate::custom(call.product->key, category.suffix).text()},
         {"Operation", std::to_string(static_cast<int>(category.permission))},
         {"Desc", category.description},
         {"EnableProxySubscribe", false}});
  }
  return Reply{{"Data", {{"ProductTopicInfo", std::move(infos)}}}};
}

// Declared alike by several.
Param<SharedProduct> product_parameter() {
  return {.name = "ProductKey", .doc = "The product.", .example = "a1BwAGVxxxx"};
}
Param<TopicId> topic_parameter() {
  return {.name = "TopicId",
          .doc = "The category, as CreateProductTopic and QueryProductTopic answer it.",
          .example = "10000"};
}
Param<std::string_view> suffix_parameter() {
  return {.name = "TopicShortName",
          .doc =
              "What stands behind /${productKey}/${deviceName}/user/: levels of letters, digits "
              "and underscores. Where Operation is SUB a level may be + and the last one #.",
          .example = "get",
          .names = true};
}
Param<Permission> permission_parameter() {
  return {.name = "Operation",
          .doc = "What devices may do: PUB publish, SUB subscribe, ALL both.",
          .example = "SUB"};
}
Param<std::optional<std::string_view>> description_parameter() {
  return {.name = "Desc", .doc = "A description.", .example = "commands", .bounds = {0, 100}};
}
Param<Unsupported<bool>> proxy_parameter() {
  return {.name = "EnableProxySubscribe", .doc = "Only false: devices subscribe for themselves."};
}
Param<Unsupported<std::string_view>> codec_parameter() {
  return {.name = "Codec", .doc = "Not to be set: payloads are delivered as they are."};
}

Operation create_product_topic() {
  return operation<CreateProductTopic>(
      {.name = "CreateProductTopic",
       .family = Family::topics,
       .summary = "Creates a topic category.",
       .calls_per_second = 1,
       .writes = true,
       .answer = {long_integer("TopicId", "The category.")},
       .errors = {Code::instance_not_found, Code::product_key_empty, Code::product_key_malformed,
                  Code::product_not_found, Code::topic_category_operation_invalid,
                  Code::topic_malformed, Code::topic_category_exists, Code::topic_category_limit}},
      create, product_parameter(), suffix_parameter(), permission_parameter(),
      description_parameter(), proxy_parameter(), codec_parameter());
}

Operation update_product_topic() {
  return operation<UpdateProductTopic>(
      {.name = "UpdateProductTopic",
       .family = Family::topics,
       .summary = "Changes the suffix, the permission or the description of a topic category.",
       .calls_per_second = 50,
       .writes = true,
       .errors = {Code::instance_not_found, Code::topic_category_id_malformed,
                  Code::topic_category_operation_invalid, Code::topic_category_not_found,
                  Code::topic_malformed, Code::topic_category_exists}},
      update, topic_parameter(), suffix_parameter(), permission_parameter(),
      description_parameter(), proxy_parameter(), codec_parameter());
}

Operation delete_product_topic() {
  return operation<DeleteProductTopic>(
      {.name = "DeleteProductTopic",
       .family = Family::topics,
       .summary = "Deletes a topic category.",
       .calls_per_second = 50,
       .writes = true,
       .errors = {Code::instance_not_found, Code::topic_category_id_malformed,
                  Code::topic_category_not_found}},
      remove, topic_parameter());
}

Operation query_product_topic() {
  return operation<QueryProductTopic>(
      {.name = "QueryProductTopic",
       .family = Family::topics,
       .summary = "Lists the topic categories of a product.",
       .calls_per_second = 3,
       .answer = {object(
           "Data", "",
           {list("ProductTopicInfo", "One category.",
                 {text("Id", "The TopicId."), text("ProductKey", "The product."),
                  text("TopicShortName", "The whole topic, with ${deviceName} for the device."),
                  text("Operation", "0 devices publish, 1 they subscribe, 2 both."),
                  text("Desc", "The description."), text("Codec", "Never set."),
                  boolean("EnableProxySubscribe", "Always false.")})})},
       .errors = {Code::instance_not_found, Code::product_key_empty, Code::product_key_malformed,
                  Code::product_not_found}},
      query, product_parameter());
}

}  // namespace

std::vector<Operation> topic_operations() {
  std::vector<Operation> family;
  family.push_back(create_product_topic());
  family.push_back(update_product_topic());
  family.push_back(delete_product_topic());
  family.push_back(query_product_topic());
  return family;
}

}  // namespace herald::api
