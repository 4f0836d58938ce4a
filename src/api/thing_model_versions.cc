#include "api/thing_model_parts.h"
#include "thing/feature_json.h"
#include "thing/tsl.h"

// Thing models as they are read, and their versions: operations.md, section 6.
namespace herald::api {
namespace {

namespace json = boost::json;

struct ReadModel {
  SharedProduct product;
  std::optional<std::string_view> version;
  std::optional<std::string_view> block;
};
struct ReadTsl {
  SharedProduct product;
  std::optional<std::string_view> version;
  bool simple;
  std::optional<std::string_view> block;
};
struct PublishThingModel {
  SharedProduct product;
  std::optional<std::string_view> version;
  std::optional<std::string_view> description;
};
struct ListThingModelVersion {
  SharedProduct product;
};

// What a call that names no version means by that.
enum class Unnamed : std::uint8_t { draft, newest };

// Errors: product_not_senior, thing_model_not_found.
template <Unnamed unnamed>
Result<ThingModels::Version> model_of(const Product& product,
                                      std::optional<std::string_view> version,
                                      const Context& context) {
  if (auto senior = check_senior(product); !senior) {
    return tl::unexpected(std::move(senior.error()));
  }
  const ThingModels& things = context.platform.things;
  if (!version && unnamed == Unnamed::draft) {
    return ThingModels::Version{.version = {}, .description = {}, .model = things.draft(product)};
  }
  return things.version(product, version.value_or(""));
}

template <Unnamed unnamed>
Result<Reply> read_features(const ReadModel& call, Context& context) {
  const auto found = model_of<unnamed>(*call.product, call.version, context);
  if (!found) return tl::unexpected(found.error());
  const auto block = find_block(*found->model, call.block);
  if (!block) return tl::unexpected(block.error());
  const std::string_view key = call.product->key.view();
  std::string text = thing::print_features(
      *found->model, **block,
      {.product_key = key, .version = found->version, .description = found->description});
  return Reply{{"ProductKey", key}, {"Data", {{"ThingModelJson", std::move(text)}}}};
}

template <Unnamed unnamed>
Result<Reply> read_tsl(const ReadTsl& call, Context& context) {
  const auto found = model_of<unnamed>(*call.product, call.version, context);
  if (!found) return tl::unexpected(found.error());
  const auto block = find_block(*found->model, call.block);
  if (!block) return tl::unexpected(block.error());
  std::string text =
      thing::print_tsl(*found->model, **block, call.product->key.view(),
                       call.simple ? thing::TslStyle::simple : thing::TslStyle::full);
  return Reply{{"Data", {{"TslStr", std::move(text)}}}};
}

void publish(const PublishThingModel& call, Context& context, Done<Reply> done) {
  if (auto senior = check_senior(*call.product); !senior) {
    return done(tl::unexpected(std::move(senior.error())));
  }
  context.platform.things.publish(*call.product, std::string(call.version.value_or("")),
                                  std::string(call.description.value_or("")), context.take_riders(),
                                  nothing_but(std::move(done)));
}

Result<Reply> list_versions(const ListThingModelVersion& call, Context& context) {
  if (auto senior = check_senior(*call.product); !senior) {
    return tl::unexpected(std::move(senior.error()));
  }
  json::array list;
  for (const ThingVersion& each : context.platform.things.versions(*call.product)) {
    list.push_back({{"ModelVersion", each.version},
                    {"Description", each.description},
                    {"GmtCreate", millis(each.created)}});
  }
  return Reply{{"Data", {{"ModelVersions", std::move(list)}}}};
}

Param<std::optional<std::string_view>> version_parameter(Unnamed unnamed) {
  return {.name = "ModelVersion",
          .doc = unnamed == Unnamed::draft ? "A published version; the draft if unset."
                                           : "A published version; the newest if unset.",
          .example = "v1"};
}

Param<bool> simple_parameter() {
  return {.name = "Simple",
          .doc = "Identifiers and types only.",
          .example = "false",
          .otherwise = false};
}

Fields model_fields() {
  return {text("ProductKey", "The product."),
          object("Data", "", {text("ThingModelJson", "The block, as CreateThingModel takes it.")})};
}
Fields tsl_fields() {
  return {
      object("Data", "",
             {text("TslStr", "The block in TSL, with the event post and the services set and get."),
              text("TslUri", "Never there: the document is in TslStr.")})};
}

template <Unnamed unnamed>
Operation query_model(std::string_view name, std::string_view summary) {
  return operation<ReadModel>({.name = name,
                               .family = Family::things,
                               .summary = summary,
                               .calls_per_second = 10,
                               .answer = model_fields(),
                               .errors = thing_errors({Code::thing_model_not_found})},
                              read_features<unnamed>, product_parameter(),
                              version_parameter(unnamed), block_parameter(),
                              resource_group_parameter());
}

Operation get_thing_model_tsl() {
  return operation<ReadTsl>({.name = "GetThingModelTsl",
                             .family = Family::things,
                             .summary = "Answers the draft or a version of a thing model in TSL.",
                             .calls_per_second = 20,
                             .answer = tsl_fields(),
                             .errors = thing_errors({Code::thing_model_not_found})},
                            read_tsl<Unnamed::draft>, product_parameter(),
                            version_parameter(Unnamed::draft), simple_parameter(),
                            block_parameter());
}

Operation get_thing_model_tsl_published() {
  return operation<ReadTsl>({.name = "GetThingModelTslPublished",
                             .family = Family::things,
                             .summary = "Answers a published thing model in TSL.",
                             .calls_per_second = 20,
                             .answer = tsl_fields(),
                             .errors = thing_errors({Code::thing_model_not_found})},
                            read_tsl<Unnamed::newest>, product_parameter(),
                            version_parameter(Unnamed::newest), simple_parameter(),
                            block_parameter(), resource_group_parameter());
}

Operation publish_thing_model() {
  return operation<PublishThingModel>(
      {.name = "PublishThingModel",
       .family = Family::things,
       .summary = "Makes the draft the newest version, which devices are held to from now on.",
       .calls_per_second = 5,
       .writes = true,
       .errors = thing_errors(
           {Code::product_released, Code::tsl_malformed, Code::thing_version_invalid})},
      publish, product_parameter(),
      Param<std::optional<std::string_view>>{
          .name = "ModelVersion",
          .doc = "Up to 16 letters, digits and dots; the time in milliseconds if unset.",
          .example = "v1",
          .names = true},
      Param<std::optional<std::string_view>>{.name = "Description",
                                             .doc = "What is new.",
                                             .example = "First version",
                                             .bounds = {0, 100}},
      resource_group_parameter());
}

Operation list_thing_model_version() {
  return operation<ListThingModelVersion>(
      {.name = "ListThingModelVersion",
       .family = Family::things,
       .summary = "Lists the published versions, the newest first. The last 10 are kept.",
       .calls_per_second = 10,
       .answer = {object(
           "Data", "",
           {list("ModelVersions", "",
                 {text("ModelVersion", "Its name."), text("Description", "What was new."),
                  long_integer("GmtCreate", "When it was published.")})})},
       .errors = thing_errors()},
      list_versions, product_parameter());
}

}  // namespace

std::vector<Operation> thing_model_version_operations() {
  std::vector<Operation> family;
  family.push_back(query_model<Unnamed::draft>("QueryThingModel",
                                               "Answers the draft or a version of a thing model."));
  family.push_back(
      query_model<Unnamed::newest>("QueryThingModelPublished", "Answers a published thing model."));
  family.push_back(get_thing_model_tsl());
  family.push_back(get_thing_model_tsl_published());
  family.push_back(publish_thing_model());
  family.push_back(list_thing_model_version());
  return family;
}

}  // namespace herald::api
