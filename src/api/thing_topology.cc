#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "api/device_parts.h"
#include "api/times.h"
#include "core/gateways.h"
#include "core/sub_device_proof.h"
#include "thing/json_text.h"

// Which sub-devices belong to which gateways: operations.md, section 4.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int32_t page_size_max = 50;
constexpr std::size_t rows_max = 10'000;
constexpr std::int64_t devices_at_once_max = 10;
constexpr std::size_t asked_at_once_max = 50;

struct GetThingTopo {
  SelectedDevice gateway;
  std::int32_t page_size;
  std::int32_t page;
};
struct NotifyAddThingTopo {
  std::optional<std::string_view> devices;
  std::optional<std::string_view> iot_id;
  std::optional<std::string_view> product_key;
  std::optional<std::string_view> device_name;
};
struct BatchAddThingTopo {
  SharedProduct product;
  DeviceName name;
  Objects devices;  // ProductKey, DeviceName, Sign, SignMethod, Timestamp, ClientId.
};
struct OfOneDevice {
  SelectedDevice device;
};

Result<Reply> list_sub_devices(const GetThingTopo& call, Context& context) {
  if (auto fits = check_page(call.page, call.page_size, page_size_max); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  const Registry& registry = context.platform.registry;
  const auto all =
      context.platform.gateways.topology().sub_devices_of(call.gateway.view.device->id);
  const Page page(call.page, call.page_size, std::min(all.size(), rows_max));
  json::array list;
  for (std::size_t i = page.begin(); i < page.end(); ++i) {
    const auto view = registry.device(all[i]);
    if (!view) continue;  // Deleted meanwhile.
    list.push_back({{"ProductKey", view->device->product.view()},
                    {"DeviceName", view->device->name.view()},
                    {"IotId", view->device->iot_id}});
  }
  return Reply{{"Data",
                {{"CurrentPage", page.number},
                 {"PageSize", page.size},
                 {"PageCount", page.count()},
                 {"Total", page.total},
                 {"List", {{"deviceInfo", std::move(list)}}}}}};
}

// One that the caller can reach, by its id or by its names.
std::optional<DeviceView> find_device(std::string_view product_key, std::string_view name,
                                      std::string_view iot_id, const Context& context) {
  const Registry& registry = context.platform.registry;
  std::optional<DeviceView> view;
  SharedProduct product;
  if (!iot_id.empty()) {
    view = registry.device_by_iot_id(iot_id);
    if (view) product = registry.product(view->device->product.view());
  } else {
    product = registry.product(product_key);
    if (product) view = registry.device(product->key, name);
  }
  return view && product && context.reaches(*product) ? view : std::nullopt;
}

std::string_view member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

// Errors: parameter_not_json, device_not_found.
Result<Gateways::Devices> listed_devices(std::string_view text, const Context& context) {
  const auto parsed = thing::parse_json(text);
  const auto* list = parsed ? parsed->if_array() : nullptr;
  if (list == nullptr || list->empty() || list->size() > asked_at_once_max) {
    return fail(Code::parameter_not_json, "DeviceListStr is a list of up to 50 devices");
  }
  Gateways::Devices devices;
  for (const json::value& each : *list) {
    const auto* object = each.if_object();
    if (object == nullptr) {
      return fail(Code::parameter_not_json, "each of DeviceListStr is an object");
    }
    const std::string_view iot_id = member(*object, "IotId");
    const std::string_view name = member(*object, "deviceName");
    auto view = find_device(member(*object, "productKey"), name, iot_id, context);
    if (!view) return fail(Code::device_not_found, std::string(iot_id.empty() ? name : iot_id));
    devices.push_back(std::move(view->device));
  }
  return devices;
}

// A gateway that is not there hears nothing, and the call says so.
void ask_to_add(const NotifyAddThingTopo& call, Context& context, Done<Reply> done) {
  const auto gateway = find_device(call.product_key.value_or(""), call.device_name.value_or(""),
                                   call.iot_id.value_or(""), context);
  if (!gateway) {
    return done(fail(Code::device_not_found, std::string(call.device_name.value_or(""))));
  }
  const auto devices = listed_devices(call.devices.value_or(""), context);
  if (!devices) return done(tl::unexpected(devices.error()));
  if (!gateway->online) return done(fail(Code::device_offline, gateway->device->name.text()));
  context.platform.gateways.ask_to_add(
      *gateway->device, *devices, [done = std::move(done)](Result<MessageId> sent) mutable {
        done(sent.map([](MessageId id) {
          return Reply{{"Data", {{"MessageId", std::to_string(id.value)}}}};
        }));
      });
}

std::optional<std::string> given(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(std::string(text));
}

// Errors: topology_add_failed, when a member is missing.
Result<std::vector<SubDeviceClaim>> claims_from(const Objects& devices) {
  std::vector<SubDeviceClaim> claims;
  for (const auto& each : devices) {
    SubDeviceClaim claim{.product_key = std::string(each[0]),
                         .device_name = std::string(each[1]),
                         .client_id = given(each[5]),
                         .timestamp = given(each[4]),
                         .clean_session = {},
                         .sign_method = std::string(each[3]),
                         .sign = std::string(each[2])};
    if (claim.sign.empty() || !has_known_method(claim)) {
      return fail(Code::topology_add_failed, claim.device_name + " has no Sign of a known method");
    }
    claims.push_back(std::move(claim));
  }
  return claims;
}

Result<void> check(ProofVerdict verdict) {
  switch (verdict) {
    case ProofVerdict::accepted:
      return {};
    case ProofVerdict::device_unknown:
      return fail(Code::device_not_found, "one of TopoAddItem");
    case ProofVerdict::method_unknown:
    case ProofVerdict::sign_wrong:
      return fail(Code::topology_add_failed, "a Sign is wrong");
    case ProofVerdict::unavailable:
      return fail(Code::refused, "secrets cannot be read now");
  }
  return {};
}

void add(const BatchAddThingTopo& call, Context& context, Done<Reply> done) {
  Platform& platform = context.platform;
  auto gateway = platform.registry.device(call.product->key, call.name.view());
  if (!gateway) return done(fail(Code::device_not_found, call.name.text()));
  if (!Gateways::is_gateway(*call.product)) {
    return done(fail(Code::topology_add_failed, call.name.text() + " is no gateway"));
  }
  auto claims = claims_from(call.devices);
  if (!claims) return done(tl::unexpected(std::move(claims.error())));
  prove(platform.registry, *call.product, *std::move(claims),
        [&gateways = platform.gateways, gateway = std::move(gateway->device),
         riders = context.take_riders(), done = std::move(done)](const Proof& proof) mutable {
          if (auto fits = check(proof.verdict); !fits) {
            return done(tl::unexpected(std::move(fits.error())));
          }
          std::vector<DeviceId> ids;
          for (const auto& device : proof.devices) {
            if (std::ranges::find(ids, device->id) == ids.end()) ids.push_back(device->id);
          }
          gateways.bind(*gateway, ids, Gateways::By::application, std::move(riders),
                        nothing_but(std::move(done)));
        });
}

// All of a gateway's, or the one.
Result<Topology::Relations> relations_of(const SelectedDevice& device, const Topology& topology) {
  auto all = topology.relations_of(device.view.device->id);
  if (all.empty() && !Gateways::is_gateway(*device.product)) {
    return fail(Code::topology_remove_failed, device.view.device->name.text());
  }
  return all;
}

void remove(const OfOneDevice& call, Context& context, Done<Reply> done) {
  Gateways& gateways = context.platform.gateways;
  const auto relations = relations_of(call.device, gateways.topology());
  if (!relations) return done(tl::unexpected(relations.error()));
  gateways.unbind(*relations, Gateways::By::application, context.take_riders(),
                  [done = std::move(done)](Result<void> gone) mutable {
                    done(std::move(gone).map([] { return Reply{{"Data", true}}; }));
                  });
}

std::string_view lower_status_of(const DeviceView& view) {
  switch (state_of(view)) {
    case DeviceState::unactive:
      return "unactive";
    case DeviceState::online:
      return "online";
    case DeviceState::offline:
      return "offline";
    case DeviceState::disabled:
      return "disable";
  }
  return "unactive";
}

void gateway_of(const OfOneDevice& call, Context& context, Done<Reply> done) {
  const Registry& registry = context.platform.registry;
  const Device& sub = *call.device.view.device;
  const auto id = context.platform.gateways.topology().gateway_of(sub.id);
  const auto view = id ? registry.device(*id) : std::nullopt;
  const auto product = view ? registry.product(view->device->product.view()) : nullptr;
  if (!product) return done(fail(Code::topology_query_failed, sub.name.text()));
  const Device& gateway = *view->device;
  json::object data{{"ProductKey", gateway.product.view()},
                    {"ProductName", product->name},
                    {"DeviceName", gateway.name.view()},
                    {"DeviceSecret", ""},
                    {"iotId", gateway.iot_id},
                    {"NodeType", "GATEWAY"},
                    {"region", context.region},
                    {"Status", lower_status_of(*view)}};
  add_history(gateway, data);
  reply_with_secret(registry, gateway.id, std::move(data), std::move(done));
}

std::vector<Code> errors(std::initializer_list<Code> more) {
  auto all = device_errors();
  all.insert(all.end(), more);
  return all;
}

Operation get_thing_topo() {
  return operation<GetThingTopo>(
      {.name = "GetThingTopo",
       .family = Family::devices,
       .summary = "Lists the sub-devices of a gateway.",
       .calls_per_second = 500,
       .answer = {object(
           "Data", "",
           {integer("CurrentPage", "This page."), integer("PageSize", "Its size."),
            long_integer("PageCount", "How many pages there are."),
            long_integer("Total", "How many sub-devices there are."),
            object("List", "",
                   {list("deviceInfo", "One sub-device.",
                         {text("ProductKey", "Its product."), text("DeviceName", "Its name."),
                          text("IotId", "Its id.")})})})},
       .errors = errors({Code::page_invalid})},
      list_sub_devices, device_parameter(),
      Param<std::int32_t>{.name = "PageSize", .doc = "Up to 50.", .example = "10"},
      Param<std::int32_t>{.name = "PageNo", .doc = "Pages start at 1.", .example = "1"});
}

Operation notify_add_thing_topo() {
  return operation<NotifyAddThingTopo>(
      {.name = "NotifyAddThingTopo",
       .family = Family::devices,
       .summary = "Asks a connected gateway to add sub-devices.",
       .calls_per_second = 500,
       .writes = true,
       .answer = {object("Data", "", {text("MessageId", "The message to the gateway.")})},
       .errors = {Code::instance_not_found, Code::device_not_found, Code::parameter_not_json,
                  Code::device_offline}},
      ask_to_add,
      Param<std::optional<std::string_view>>{
          .name = "DeviceListStr",
          .doc = "A JSON list of up to 50 devices, each by its names or by its IotId.",
          .example = R"([{"productKey":"a1BwAGVxxxx","deviceName":"light01"}])"},
      Param<std::optional<std::string_view>>{
          .name = "GwIotId",
          .doc = "The gateway by its id, which wins over the other two.",
          .example = "4z819VQHk6VSLmmBJfrf00107e****",
          .names = true},
      Param<std::optional<std::string_view>>{
          .name = "GwProductKey",
          .doc = "The product of the gateway; together with GwDeviceName.",
          .example = "a1BwAGVxxxx",
          .names = true},
      Param<std::optional<std::string_view>>{.name = "GwDeviceName",
                                             .doc = "The gateway; together with GwProductKey.",
                                             .example = "gateway01",
                                             .names = true});
}

Operation batch_add_thing_topo() {
  return operation<BatchAddThingTopo>(
      {.name = "BatchAddThingTopo",
       .family = Family::devices,
       .summary = "Gives a gateway up to 10 sub-devices, all or none; they leave the gateways that "
                  "they had.",
       .calls_per_second = 10,
       .writes = true,
       .errors = {Code::instance_not_found, Code::product_key_empty, Code::product_key_malformed,
                  Code::product_not_found, Code::device_name_empty, Code::device_name_malformed,
                  Code::device_not_found, Code::topology_add_failed, Code::topology_full}},
      add,
      Param<SharedProduct>{
          .name = "GwProductKey", .doc = "The product of the gateway.", .example = "a1BwAGVxxxx"},
      Param<DeviceName>{.name = "GwDeviceName", .doc = "The gateway.", .example = "gateway01"},
      Param<Objects>{
          .name = "TopoAddItem",
          .doc = "The sub-devices. Sign is by SignMethod (hmacSha1, hmacSha256 or "
                 "hmacMd5) over names and values of clientId, deviceName, productKey "
                 "and timestamp with the DeviceSecret of each.",
          .example = "light01",
          .bounds = {1, devices_at_once_max},
          .members = {"ProductKey", "DeviceName", "Sign", "SignMethod", "Timestamp", "ClientId"}});
}

Operation remove_thing_topo() {
  return operation<OfOneDevice>(
      {.name = "RemoveThingTopo",
       .family = Family::devices,
       .summary = "Takes a sub-device from its gateway, or all of its sub-devices from a gateway.",
       .calls_per_second = 500,
       .writes = true,
       .answer = {boolean("Data", "Always true.")},
       .errors = errors({Code::topology_remove_failed})},
      remove, device_parameter());
}

Operation get_gateway_by_sub_device() {
  return operation<OfOneDevice>(
      {.name = "GetGatewayBySubDevice",
       .family = Family::devices,
       .summary = "Answers the gateway of a sub-device.",
       .calls_per_second = 50,
       .gives_secrets = true,
       .answer = {object(
           "Data", "The gateway.",
           with_history(
               {text("ProductKey", "Its product."), text("ProductName", "The product's name."),
                text("DeviceName", "Its name."),
                text("DeviceSecret", "What it authenticates with."), text("iotId", "Its id."),
                text("NodeType", "Always GATEWAY."), text("region", "Where the platform runs."),
                text("Status", "online, offline, unactive (never connected) or disable.")}))},
       .errors = errors({Code::topology_query_failed})},
      gateway_of, device_parameter());
}

}  // namespace

std::vector<Operation> thing_topology_operations() {
  std::vector<Operation> family;
  family.push_back(get_thing_topo());
  family.push_back(notify_add_thing_topo());
  family.push_back(batch_add_thing_topo());
  family.push_back(remove_thing_topo());
  family.push_back(get_gateway_by_sub_device());
  return family;
}

}  // namespace herald::api
