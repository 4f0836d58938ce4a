#include <array>

#include "api/operations.h"
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

struct QueryProduct {
  SharedProduct product;
};

// A word when it is set and a number when it is read.
struct NetType {
  std::string_view name;
  std::int32_t number;
};
constexpr std::array<NetType, 4> net_types = {
    {{"WIFI", 3}, {"CELLULAR", 6}, {"ETHERNET", 7}, {"OTHER", 8}}};

// What can only be told in words of the operation's own.
Result<void> check(const CreateProduct& call) {
  const auto name_width = width(call.name);
  if (name_width < 4 || name_width > 30 || !is_product_name(call.name)) {
    return fail(Code::product_name_malformed, std::string(call.name));
  }
  if (call.node_type != 0 && call.node_type != 1) {
    return fail(Code::node_type_invalid, std::to_string(call.node_type));
  }
  if (call.description && characters(*call.description) > 100) {
    return fail(Code::product_description_too_long);
  }
  const std::string_view commodity = call.commodity_code.value_or("iothub");
  if (commodity != "iothub_senior" && commodity != "iothub") {
    return fail(Code::commodity_code_invalid, std::string(commodity));
  }
  return {};
}

void create(CreateProduct call, Context& context, Done<Reply> done) {
  if (auto fits = check(call); !fits) return done(tl::unexpected(std::move(fits.error())));
  // A product that nobody could name would be lost.
  if (context.instance.empty() && !context.platform.registry.has_public_instance(context.account)) {
    return done(fail(Code::instance_not_found));
  }
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

Result<Reply> query(QueryProduct call, Context& context) {
  const Product& product = *call.product;
  const auto devices = context.platform.registry.device_count(product.key);
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
      create,
      Param<std::string_view>{
          .name = "ProductName",
          .doc = "4 to 30 letters, digits, underscores or Chinese, which counts 2.",
          .example = "Lamps"},
      Param<std::int32_t>{.name = "NodeType",
                          .doc = "0: devices that connect themselves. 1: gateways.",
                          .example = "0"},
      Param<std::int32_t>{.name = "DataFormat",
                          .doc = "0: custom. 1: Alink JSON.",
                          .example = "1",
                          .bounds = {0, 1},
                          .otherwise = 1},
      Param<std::optional<std::string_view>>{
          .name = "Description", .doc = "Up to 100 characters.", .example = "Lamps of the hall"},
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
  return operation<QueryProduct>(
      {.name = "QueryProduct",
       .family = Family::products,
       .summary = "Answers the details of a product.",
       .calls_per_second = 50,
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
       .errors = {Code::instance_not_found, Code::product_key_empty, Code::product_key_malformed,
                  Code::product_not_found}},
      query,
      Param<SharedProduct>{.name = "ProductKey", .doc = "The product.", .example = "a1BwAGVxxxx"});
}

}  // namespace

std::vector<Operation> product_operations() {
  std::vector<Operation> family;
  family.push_back(create_product());
  family.push_back(query_product());
  return family;
}

}  // namespace herald::api
