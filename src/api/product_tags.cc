#include <algorithm>

#include "api/device_parts.h"
#include "api/page.h"

// Tags of products: operations.md, section 3.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t tags_at_once_max = 10;
constexpr std::int32_t page_size_max = 50;

struct WithTags {
  SharedProduct product;
  TextPairs tags;
};
struct WithKeys {
  SharedProduct product;
  Texts keys;
};
struct OfOneProduct {
  SharedProduct product;
};
struct ByTags {
  std::int32_t page;
  std::int32_t page_size;
  TextPairs tags;
};

void create(WithTags call, Context& context, Done<Reply> done) {
  context.platform.registry.change_product(
      call.product->key,
      [tags = std::move(call.tags)](Product& product) { return set_tags(product.tags, tags); },
      context.take_riders(), nothing_but(std::move(done)));
}

void update(WithTags call, Context& context, Done<Reply> done) {
  context.platform.registry.change_product(
      call.product->key,
      [tags = std::move(call.tags)](Product& product) -> Result<void> {
        for (const auto& [key, value] : tags) {
          const auto at = std::ranges::find(product.tags, key, &Tags::value_type::first);
          if (at == product.tags.end()) return fail(Code::tags_malformed, key);
        }
        return set_tags(product.tags, tags);
      },
      context.take_riders(), nothing_but(std::move(done)));
}

void remove(WithKeys call, Context& context, Done<Reply> done) {
  context.platform.registry.change_product(
      call.product->key,
      [keys = std::vector<std::string>(call.keys.begin(), call.keys.end())](
          Product& product) -> Result<void> {
        std::erase_if(product.tags, [&](const auto& tag) {
          return std::ranges::find(keys, tag.first) != keys.end();
        });
        return {};
      },
      context.take_riders(), nothing_but(std::move(done)));
}

Result<Reply> list_tags(OfOneProduct call, Context&) {
  json::array tags;
  for (const auto& [key, value] : call.product->tags) {
    tags.push_back({{"TagKey", key}, {"TagValue", value}});
  }
  return Reply{{"Data", {{"ProductTag", std::move(tags)}}}};
}

// A tag without a value is met by any.
bool has_any(const Product& product, const TextPairs& wanted) {
  return std::ranges::any_of(wanted, [&](const auto& tag) {
    return std::ranges::any_of(product.tags, [&](const auto& own) {
      return own.first == tag.first && (tag.second.empty() || own.second == tag.second);
    });
  });
}

Result<Reply> find(ByTags call, Context& context) {
  if (auto fits = check_page(call.page, call.page_size, page_size_max); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  auto found = context.platform.registry.products_of(context.account, context.instance);
  std::erase_if(found, [&](const SharedProduct& each) { return !has_any(*each, call.tags); });
  const Page page(call.page, call.page_size, found.size());
  json::array list;
  for (std::size_t i = page.begin(); i < page.end(); ++i) {
    list.push_back({{"ProductKey", found[i]->key.view()},
                    {"ProductName", found[i]->name},
                    {"NodeType", found[i]->node_type},
                    {"Description", found[i]->description},
                    {"CreateTime", millis(found[i]->created)}});
  }
  return Reply{{"ProductInfos", {{"ProductInfo", std::move(list)}}}};
}

Param<TextPairs> tags_parameter(std::string_view doc) {
  return {.name = "ProductTag",
          .doc = doc,
          .bounds = {1, tags_at_once_max},
          .members = {"TagKey", "TagValue"}};
}
std::vector<Code> errors(std::initializer_list<Code> more) {
  auto all = product_errors();
  all.insert(all.end(), more);
  return all;
}
Fields invalid_tags() {
  return {object("InvalidProductTags", "",
                 {list("ProductTag", "Never set: the error names the tag.", tag_fields())})};
}

Operation create_product_tags() {
  return operation<WithTags>({.name = "CreateProductTags",
                              .family = Family::products,
                              .summary = "Adds tags to a product; a key that is there is changed.",
                              .calls_per_second = 500,
                              .writes = true,
                              .answer = invalid_tags(),
                              .errors = errors({Code::tags_malformed})},
                             create, product_parameter(), tags_parameter("Up to 10."));
}

Operation update_product_tags() {
  return operation<WithTags>({.name = "UpdateProductTags",
                              .family = Family::products,
                              .summary = "Changes tags of a product.",
                              .calls_per_second = 500,
                              .writes = true,
                              .answer = invalid_tags(),
                              .errors = errors({Code::tags_malformed})},
                             update, product_parameter(),
                             tags_parameter("Up to 10 whose keys are there."));
}

Operation delete_product_tags() {
  return operation<WithKeys>(
      {.name = "DeleteProductTags",
       .family = Family::products,
       .summary = "Deletes tags of a product. Those that are not there are no error.",
       .calls_per_second = 500,
       .writes = true,
       .errors = errors({Code::device_names_too_many})},
      remove, product_parameter(),
      Param<Texts>{.name = "ProductTagKey",
                   .doc = "Up to 10 keys.",
                   .example = "room",
                   .bounds = {1, tags_at_once_max},
                   .names = true});
}

Operation list_product_tags() {
  return operation<OfOneProduct>(
      {.name = "ListProductTags",
       .family = Family::products,
       .summary = "Lists the tags of a product.",
       .calls_per_second = 500,
       .answer = {object("Data", "", {list("ProductTag", "One tag.", tag_fields())})},
       .errors = product_errors()},
      list_tags, product_parameter());
}

Operation list_product_by_tags() {
  return operation<ByTags>(
      {.name = "ListProductByTags",
       .family = Family::products,
       .summary = "Lists the products that have one of these tags, the newest first.",
       .calls_per_second = 500,
       .answer = {object("ProductInfos", "",
                         {list("ProductInfo", "One product.",
                               {text("ProductKey", "Its key."), text("ProductName", "Its name."),
                                integer("NodeType", "0 devices, 1 gateways."),
                                text("Description", "Its description."),
                                long_integer("CreateTime", "When it was created, in ms.")})})},
       .errors = {Code::instance_not_found, Code::page_invalid}},
      find, page_parameter(), page_size_parameter("1 to 50 products."),
      tags_parameter("Up to 10; without a value any value will do."));
}

}  // namespace

std::vector<Operation> product_tag_operations() {
  std::vector<Operation> family;
  family.push_back(create_product_tags());
  family.push_back(update_product_tags());
  family.push_back(delete_product_tags());
  family.push_back(list_product_tags());
  family.push_back(list_product_by_tags());
  return family;
}

}  // namespace herald::api
