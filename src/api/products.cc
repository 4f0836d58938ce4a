#include <array>

#include "api/device_parts.h"
#include "api/operations.h"
#include "api/page.h"
#include "api/text.h"

// operations.md, section 3.
namespace herald::api {
namespace {

struct CreateProduct {
  std::string_view name;
  std::int32_t node_type;
  std::int32_t data_format;
  std::optional<std::string_view> description;
  std::optional<std::string_view> commodity_code;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> net_type;
  std::optional<std::string_view> category_key;
  std::int32_t validate_type;
  std::optional<std::string_view> auth_type;
  std::optional<bool> dynamic_registration;
};

struct OfOneProduct {
  SharedProduct product;
};

struct UpdateProduct {
  SharedProduct product;
  std::string_view name;
  std::optional<std::string_view> description;
};

struct QueryProductList {
  std::int32_t page;
  std::int32_t page_size;
  std::optional<std::string_view> commodity_code;
};

constexpr std::int32_t page_size_max = 200;

// A word when it is set and a number when it is read.
struct NetType {
  std::string_view name;
  std::int32_t number;
};
constexpr std::array<NetType, 4> net_types = {
    {{"WIFI", 3}, {"CELLULAR", 6}, {"ETHERNET", 7}, {"OTHER", 8}}};

Result<void> check_name(std::string_view name, std::optional<std::string_view> description) {
  if (!is_short_name(name)) return fail(Code::product_name_malformed, std::string(name));
  if (description && characters(*description) > 100) {
    return fail(Code::product_description_too_long);
  }
  return {};
}

// What can only be told in words of the operation's own.
Result<void> check(const CreateProduct& call) {
  if (auto fits = check_name(call.name, call.description); !fits) return fits;
  if (call.node_type != 0 && call.node_type != 1) {
    return fail(Code::node_type_invalid, std::to_string(call.node_type));
  }
  const std::string_view commodity = call.commodity_code.value_or("iothub");
  if (commodity != "iothub_senior" && commodity != "iothub") {
    return fail(Code::commodity_code_invalid, std::string(commodity));
  }
  return {};
}

void create(CreateProduct call, Context& context, Done<Reply> done) {
  if (auto fits = check(call); !fits) return done(tl::unexpected(std::move(fits.error())));
  if (auto fits = context.can_create(); !fits) return done(tl::unexpected(std::move(fits.error())));
  const auto words = [](std::optional<std::string_view> given, std::string_view otherwise = "") {
    return std::string(given.value_or(otherwise));
  };
  const auto net = std::ranges::find(net_types, call.net_type.value_or("WIFI"), &NetType::name);
  // The registry gives the key and everything else that belongs to a new product.
  Product draft{.key = ProductKey::parse("-").value(),
                .account = context.account,
                .instance = context.instance,
                .name = std::string(call.name),
                .description = words(call.description),
                .commodity_code = words(call.commodity_code, "iothub"),
                .auth_type = "secret",
                .category_key = words(call.category_key),
                .node_type = call.node_type,
                .data_format = call.data_format,
                .net_type = net->number,
                .protocol_type = words(call.protocol_type),
                .validate_type = call.validate_type,
                .dynamic_registration = call.dynamic_registration.value_or(false)};
  context.platform.registry.create_product(
      std::move(draft), [done = std::move(done)](Result<SharedProduct> made) mutable {
        if (!made) return done(tl::unexpected(std::move(made.error())));
        const Product& product = **made;
        done(Reply{{"ProductKey", product.key.view()},
                   {"Data",
                    {{"ProductKey", product.key.view()},
                     {"ProductName", product.name},
                     {"ProductSecret", product.secret},
                     {"NodeType", product.node_type},
                     {"DataFormat", product.data_format},
                     {"Description", product.description},
                     {"AliyunCommodityCode", product.commodity_code},
                     {"AuthType", product.auth_type},
                     {"ProtocolType", product.protocol_type},
                     {"Id2", product.id2}}}});
      });
}

Result<Reply> query(OfOneProduct call, Context& context) {
  const Product& product = *call.product;
  const auto devices = context.platform.registry.devices().counts(product.key).all;
  return Reply{{"Data",
                {{"ProductKey", product.key.view()},
                 {"ProductName", product.name},
                 {"ProductSecret", product.secret},
                 {"ProductStatus", product.released ? "RELEASE_STATUS" : "DEVELOPMENT_STATUS"},
                 {"Owner", true},
                 {"NodeType", product.node_type},
                 {"DataFormat", product.data_format},
                 {"NetType", product.net_type},
                 {"Description", product.description},
                 {"AliyunCommodityCode", product.commodity_code},
                 {"AuthType", product.auth_type},
                 {"ProtocolType", product.protocol_type},
                 {"CategoryKey", product.category_key},
                 {"ValidateType", product.validate_type},
                 {"Id2", product.id2},
                 {"DeviceCount", static_cast<std::int64_t>(devices)},
                 {"GmtCreate", millis(product.created)}}}};
}

void update(UpdateProduct call, Context& context, Done<Reply> done) {
  if (auto fits = check_name(call.name, call.description); !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  auto change = [name = std::string(call.name),
                 description = call.description.transform([](std::string_view text) {
                   return std::string(text);
                 })](Product& product) -> Result<void> {
    product.name = name;
    if (description) product.description = *description;
    return {};
  };
  context.platform.registry.change_product(call.product->key, std::move(change),
                                           context.take_riders(), nothing_but(std::move(done)));
}

void set_released(const SharedProduct& product, bool released, Context& context, Done<Reply> done) {
  context.platform.registry.change_product(
      product->key,
      [released](Product& changed) -> Result<void> {
        changed.released = released;
        return {};
      },
      context.take_riders(), nothing_but(std::move(done)));
}
void release(OfOneProduct call, Context& context, Done<Reply> done) {
  set_released(call.product, true, context, std::move(done));
}
void cancel_release(OfOneProduct call, Context& context, Done<Reply> done) {
  set_released(call.product, false, context, std::move(done));
}

// Answered when nobody sees the product any more; its devices go on going.
void remove(OfOneProduct call, Context& context, Done<Reply> done) {
  context.platform.removals.remove_product(call.product->key, context.take_riders(),
                                           nothing_but(std::move(done)));
}

Result<Reply> list_products(QueryProductList call, Context& context) {
  if (auto fits = check_page(call.page, call.page_size, page_size_max); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  auto found = context.platform.registry.products_of(context.account, context.instance);
  if (call.commodity_code) {
    std::erase_if(found, [&](const SharedProduct& product) {
      return product->commodity_code != *call.commodity_code;
    });
  }
  const Page page(call.page, call.page_size, found.size());
  boost::json::array list;
  for (std::size_t i = page.begin(); i < page.end(); ++i) {
    const Product& product = *found[i];
    const auto devices = context.platform.registry.devices().counts(product.key).all;
    list.push_back({{"ProductKey", product.key.view()},
                    {"ProductName", product.name},
                    {"NodeType", product.node_type},
                    {"DataFormat", product.data_format},
                    {"Description", product.description},
                    {"AuthType", product.auth_type},
                    {"DeviceCount", static_cast<std::int64_t>(devices)},
                    {"GmtCreate", millis(product.created)}});
  }
  return Reply{{"Data",
                {{"CurrentPage", page.number},
                 {"PageSize", page.size},
                 {"PageCount", page.count()},
                 {"Total", page.total},
                 {"List", {{"ProductInfo", std::move(list)}}}}}};
}

Param<std::string_view> name_parameter() {
  return {.name = "ProductName",
          .doc = "4 to 30 letters, digits, underscores or Chinese, which counts 2.",
          .example = "Lamps",
          .names = true};
}
Param<std::optional<std::string_view>> description_parameter() {
  return {.name = "Description", .doc = "Up to 100 characters.", .example = "Lamps of the hall"};
}

Operation create_product() {
  return operation<CreateProduct>(
      {.name = "CreateProduct",
       .family = Family::products,
       .summary = "Creates a product, with the topic categories update, update/error and get.",
       .calls_per_second = 50,
       .writes = true,
       .answer = {text("ProductKey", "The new product."),
                  object("Data", "The same product.",
                         {text("ProductKey", "Its key."), text("ProductName", "Its name."),
                          text("ProductSecret", "Its secret."),
                          integer("NodeType", "0 devices, 1 gateways."),
                          integer("DataFormat", "0 custom, 1 Alink JSON."),
                          text("Description", "Its description."),
                          text("AliyunCommodityCode", "iothub, or iothub_senior with a model."),
                          text("AuthType", "How devices authenticate: secret."),
                          text("ProtocolType", "Of devices behind a gateway."),
                          boolean("Id2", "Always false.")})},
       .errors = {Code::instance_not_found, Code::product_name_malformed, Code::product_name_taken,
                  Code::node_type_invalid, Code::product_description_too_long,
                  Code::commodity_code_invalid, Code::product_limit}},
      create, name_parameter(),
      Param<std::int32_t>{.name = "NodeType",
                          .doc = "0: devices that connect themselves. 1: gateways.",
                          .example = "0"},
      Param<std::int32_t>{.name = "DataFormat",
                          .doc = "0: custom. 1: Alink JSON.",
                          .example = "1",
                          .bounds = {0, 1},
                          .otherwise = 1},
      description_parameter(),
      Param<std::optional<std::string_view>>{
          .name = "AliyunCommodityCode",
          .doc = "iothub_senior for a product with a thing model.",
          .example = "iothub_senior"},
      Param<std::optional<std::string_view>>{
          .name = "ProtocolType",
          .doc = "How devices behind a gateway speak to it.",
          .example = "modbus",
          .allowed = {"modbus", "opc-ua", "customize", "ble", "zigbee"}},
      Param<std::optional<std::string_view>>{
          .name = "NetType",
          .doc = "How devices reach the platform; WIFI if unset.",
          .example = "WIFI",
          .allowed = {"WIFI", "CELLULAR", "ETHERNET", "OTHER"}},
      Param<std::optional<std::string_view>>{.name = "CategoryKey",
                                             .doc = "A category, kept as a label.",
                                             .example = "Lighting",
                                             .bounds = {0, 100}},
      Param<std::int32_t>{.name = "ValidateType",
                          .doc = "How thing data are checked: 1 weakly, 2 not.",
                          .example = "1",
                          .bounds = {1, 2},
                          .otherwise = 1},
      Param<Ignored<bool>>{.name = "PublishAuto",
                           .doc = "Of no effect before there are thing models."},
      Param<Ignored<std::string_view>>{.name = "ResourceGroupId",
                                       .doc = "Of no effect, as in the original."},
      Param<Unsupported<bool>>{.name = "Id2", .doc = "Only false: there is no ID² service."},
      Param<std::optional<std::string_view>>{.name = "AuthType",
                                             .doc = "Devices authenticate by their secret.",
                                             .example = "secret",
                                             .allowed = {"secret"}},
      Param<std::optional<bool>>{
          .name = "EnableDynamicRegistration",
          .doc =
              "Whether devices may fetch their secret with that of the product. The original has "
              "this switch in its console.",
          .example = "true",
          .own = true},
      Param<Unsupported<std::string_view>>{.name = "JoinPermissionId",
                                           .doc = "Not to be set: there is no LoRaWAN."});
}

Operation query_product() {
  return operation<OfOneProduct>(
      {.name = "QueryProduct",
       .family = Family::products,
       .summary = "Answers the details of a product.",
       .calls_per_second = 50,
       .gives_secrets = true,
       .answer = {object(
           "Data", "The product.",
           {text("ProductKey", "Its key."), text("ProductName", "Its name."),
            text("ProductSecret", "Its secret."),
            text("ProductStatus", "DEVELOPMENT_STATUS or RELEASE_STATUS."),
            boolean("Owner", "Always true."), integer("NodeType", "0 devices, 1 gateways."),
            integer("DataFormat", "0 custom, 1 Alink JSON."),
            integer("NetType", "3 Wi-Fi, 6 cellular, 7 Ethernet, 8 other."),
            text("Description", "Its description."),
            text("AliyunCommodityCode", "iothub, or iothub_senior with a model."),
            text("AuthType", "How devices authenticate: secret."),
            text("ProtocolType", "Of devices behind a gateway."),
            text("CategoryKey", "Its category."),
            text("CategoryName", "Never set: there is no list of categories."),
            integer("ValidateType", "How thing data are checked."), boolean("Id2", "Always false."),
            integer("DeviceCount", "How many devices it has."),
            long_integer("GmtCreate", "When it was created, in milliseconds.")})},
       .errors = product_errors()},
      query, product_parameter());
}

Operation update_product() {
  auto errors = product_errors();
  errors.insert(errors.end(), {Code::product_name_malformed, Code::product_name_taken,
                               Code::product_description_too_long});
  return operation<UpdateProduct>({.name = "UpdateProduct",
                                   .family = Family::products,
                                   .summary = "Changes the name and the description of a product.",
                                   .calls_per_second = 10,
                                   .writes = true,
                                   .errors = std::move(errors)},
                                  update, product_parameter(), name_parameter(),
                                  description_parameter());
}

Operation delete_product() {
  return operation<OfOneProduct>(
      {.name = "DeleteProduct",
       .family = Family::products,
       .summary = "Deletes a product. Its devices are let in no more, and are deleted afterwards.",
       .calls_per_second = 500,
       .writes = true,
       .errors = product_errors()},
      remove, product_parameter());
}

Operation release_product() {
  return operation<OfOneProduct>({.name = "ReleaseProduct",
                                  .family = Family::products,
                                  .summary = "Marks a product as released.",
                                  .calls_per_second = 50,
                                  .writes = true,
                                  .errors = product_errors()},
                                 release, product_parameter());
}

Operation cancel_release_product() {
  return operation<OfOneProduct>({.name = "CancelReleaseProduct",
                                  .family = Family::products,
                                  .summary = "Takes the mark of ReleaseProduct away.",
                                  .calls_per_second = 50,
                                  .writes = true,
                                  .errors = product_errors()},
                                 cancel_release, product_parameter());
}

Operation query_product_list() {
  return operation<QueryProductList>(
      {.name = "QueryProductList",
       .family = Family::products,
       .summary = "Lists products, the newest first.",
       .calls_per_second = 50,
       .answer = {object(
           "Data", "",
           {integer("CurrentPage", "This page."), integer("PageSize", "Its size."),
            integer("PageCount", "How many pages there are."),
            integer("Total", "How many products there are."),
            object("List", "",
                   {list("ProductInfo", "One product.",
                         {text("ProductKey", "Its key."), text("ProductName", "Its name."),
                          integer("NodeType", "0 devices, 1 gateways."),
                          integer("DataFormat", "0 custom, 1 Alink JSON."),
                          text("Description", "Its description."),
                          text("AuthType", "How devices authenticate: secret."),
                          integer("DeviceCount", "How many devices it has."),
                          long_integer("GmtCreate", "When it was created, in ms.")})})})},
       .errors = {Code::instance_not_found, Code::page_invalid}},
      list_products,
      Param<std::int32_t>{.name = "CurrentPage", .doc = "Pages start at 1.", .example = "1"},
      Param<std::int32_t>{.name = "PageSize", .doc = "1 to 200 products.", .example = "50"},
      Param<std::optional<std::string_view>>{.name = "AliyunCommodityCode",
                                             .doc = "Only those with, or without, a thing model.",
                                             .example = "iothub_senior",
                                             .allowed = {"iothub_senior", "iothub"}},
      Param<Ignored<std::string_view>>{.name = "ResourceGroupId",
                                       .doc = "Of no effect, as in the original."});
}

}  // namespace

std::vector<Operation> product_operations() {
  std::vector<Operation> family;
  family.push_back(create_product());
  family.push_back(query_product());
  family.push_back(query_product_list());
  family.push_back(update_product());
  family.push_back(delete_product());
  family.push_back(release_product());
  family.push_back(cancel_release_product());
  return family;
}

}  // namespace herald::api
