#include <algorithm>

#include "api/device_parts.h"
#include "api/operations.h"
#include "api/times.h"
#include "base/crypto.h"
#include "core/gateways.h"

// operations.md, section 4.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t states_at_once_max = 50;
constexpr std::size_t sha256_bytes = 32;

struct RegisterDevice {
  SharedProduct product;
  std::optional<DeviceName> name;
  std::optional<std::string_view> nickname;
  std::optional<std::string_view> certificate;
};

struct OfOneDevice {
  SelectedDevice device;
};

struct BatchGetDeviceState {
  std::optional<std::string_view> product;
  DeviceNames names;
  Texts iot_ids;
};

void register_one(RegisterDevice call, Context& context, Done<Reply> done) {
  NewDevice wanted{.name = std::move(call.name),
                   .nickname = std::string(call.nickname.value_or(""))};
  if (call.certificate) {
    const auto bytes = from_hex(*call.certificate);
    if (!bytes || bytes->size() != sha256_bytes) {
      return done(fail(Code::illegal_request, "X509CertificateSha256 is not 64 hex digits"));
    }
    wanted.certificate = to_hex(*bytes);
  }
  std::vector<NewDevice> list;
  list.push_back(std::move(wanted));
  context.platform.registry.create_devices(
      call.product->key, std::move(list),
      [&registry = context.platform.registry,
       done = std::move(done)](Result<Registry::NewDevices> made) mutable {
        if (!made) return done(tl::unexpected(std::move(made.error())));
        const Device& device = *made->front();
        reply_with_secret(registry, device.id,
                          {{"ProductKey", device.product.view()},
                           {"DeviceName", device.name.view()},
                           {"DeviceSecret", ""},
                           {"Nickname", device.nickname},
                           {"IotId", device.iot_id}},
                          std::move(done));
      });
}

void detail_of(OfOneDevice call, Context& context, Done<Reply> done) {
  const Device& device = *call.device.view.device;
  json::object data{{"ProductKey", device.product.view()},
                    {"ProductName", call.device.product->name},
                    {"DeviceName", device.name.view()},
                    {"DeviceSecret", ""},
                    {"IotId", device.iot_id},
                    {"Nickname", device.nickname},
                    {"NodeType", call.device.product->node_type},
                    {"Owner", true},
                    {"Region", context.region},
                    {"Status", status_of(call.device.view)}};
  add_history(device, data);
  reply_with_secret(context.platform.registry, device.id, std::move(data), std::move(done));
}

Result<Reply> status(OfOneDevice call, Context&) {
  json::object data{{"Status", status_of(call.device.view)}};
  const auto& last_online = call.device.view.device->last_online;
  if (last_online) data["Timestamp"] = millis(*last_online);
  return Reply{{"Data", std::move(data)}};
}

json::object state_reply(const DeviceView& view) {
  const Device& device = *view.device;
  json::object state{
      {"DeviceName", device.name.view()}, {"IotId", device.iot_id}, {"Status", status_of(view)}};
  if (device.last_online) {
    state["LastOnlineTime"] = gmt_text(*device.last_online);
    state["Timestamp"] = millis(*device.last_online);
    state["AsAddress"] = device.address;
  }
  return state;
}

// Unknown devices are left out, as in BatchQueryDeviceDetail.
Result<Reply> states(BatchGetDeviceState call, Context& context) {
  const Registry& registry = context.platform.registry;
  json::array states;
  for (const std::string_view iot_id : call.iot_ids) {
    const auto view = registry.device_by_iot_id(iot_id);
    const auto product = view ? registry.product(view->device->product.view()) : nullptr;
    if (product && context.reaches(*product)) states.push_back(state_reply(*view));
  }
  if (call.iot_ids.empty()) {
    if (call.names.names.empty()) return fail(Code::device_names_missing);
    const auto product = to_product(call.product.value_or(""), {}, context);
    if (!product) return tl::unexpected(product.error());
    for (const std::string_view name : call.names.names) {
      if (const auto view = registry.device((*product)->key, name)) {
        states.push_back(state_reply(*view));
      }
    }
  }
  return Reply{{"DeviceStatusList", {{"DeviceStatus", std::move(states)}}}};
}

void remove(OfOneDevice call, Context& context, Done<Reply> done) {
  context.platform.removals.remove_device(call.device.view.device->id, context.take_riders(),
                                          nothing_but(std::move(done)));
}

void set_disabled(const OfOneDevice& call, bool disabled, Context& context, Done<Reply> done) {
  const auto device = call.device.view.device;
  context.platform.registry.set_disabled(device->id, disabled, context.take_riders(),
                                         [&platform = context.platform, device, disabled,
                                          done = std::move(done)](Result<void> kept) mutable {
                                           if (!kept)
                                             return done(tl::unexpected(std::move(kept.error())));
                                           platform.gateways.tell_disabled(*device, disabled);
                                           if (disabled) platform.homes.disconnect(device->id);
                                           done(Reply());
                                         });
}

void disable(OfOneDevice call, Context& context, Done<Reply> done) {
  set_disabled(call, /*disabled=*/true, context, std::move(done));
}

void enable(OfOneDevice call, Context& context, Done<Reply> done) {
  set_disabled(call, /*disabled=*/false, context, std::move(done));
}

void reset(OfOneDevice call, Context& context, Done<Reply> done) {
  Platform& platform = context.platform;
  const DeviceId id = call.device.view.device->id;
  platform.gateways.unbind(
      platform.gateways.topology().relations_of(id), Gateways::By::application, {},
      [&registry = platform.registry, id, riders = context.take_riders(),
       done = std::move(done)](Result<void> left) mutable {
        if (!left) return done(tl::unexpected(std::move(left.error())));
        registry.reset_device(id, std::move(riders), nothing_but(std::move(done)));
      });
}

// Declared alike by several.
Param<Unsupported<std::string_view>> lorawan_parameter(std::string_view name) {
  return {.name = name, .doc = "Not to be set: there is no LoRaWAN."};
}
Operation register_device() {
  return operation<RegisterDevice>(
      {.name = "RegisterDevice",
       .family = Family::devices,
       .summary = "Creates a device.",
       .calls_per_second = 30,
       .writes = true,
       .answer = {object("Data", "The new device.",
                         {text("ProductKey", "Its product."), text("DeviceName", "Its name."),
                          text("DeviceSecret", "What it authenticates with."),
                          text("Nickname", "Its nickname."), text("IotId", "Its id."),
                          text("DevEui", "Never set."), text("JoinEui", "Never set.")})},
       .errors = {Code::instance_not_found, Code::product_key_empty, Code::product_key_malformed,
                  Code::product_not_found, Code::device_name_empty, Code::device_name_malformed,
                  Code::device_name_taken}},
      register_one, product_parameter(),
      Param<std::optional<DeviceName>>{
          .name = "DeviceName",
          .doc = "4 to 32 letters, digits and - _ @ . : and made up when it is absent.",
          .example = "light01"},
      Param<std::optional<std::string_view>>{.name = "Nickname",
                                             .doc = "4 to 64 characters.",
                                             .example = "Hall_lamp",
                                             .bounds = {4, 64},
                                             .chinese_counts_twice = true},
      lorawan_parameter("DevEui"), lorawan_parameter("PinCode"), lorawan_parameter("JoinEui"),
      lorawan_parameter("AppKey"),
      Param<std::optional<std::string_view>>{
          .name = "X509CertificateSha256",
          .doc = "Of the certificate that the device signs in with on TLS instead of its secret.",
          .example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
          .own = true},
      Param<Ignored<std::string_view>>{.name = "LoraNodeType",
                                       .doc = "Of no effect: there is no LoRaWAN."});
}

Operation query_device_detail() {
  return operation<OfOneDevice>(
      {.name = "QueryDeviceDetail",
       .family = Family::devices,
       .summary = "Answers the details of a device.",
       .calls_per_second = 50,
       .gives_secrets = true,
       .answer = {object(
           "Data", "The device.",
           with_history(
               {text("ProductKey", "Its product."), text("ProductName", "The product's name."),
                text("DeviceName", "Its name."),
                text("DeviceSecret", "What it authenticates with."), text("IotId", "Its id."),
                text("Nickname", "Its nickname."), integer("NodeType", "0 a device, 1 a gateway."),
                boolean("Owner", "Always true."), text("Region", "Where the platform runs."),
                text("Status", "ONLINE, OFFLINE, UNACTIVE (never connected) or DISABLE.")}))},
       .errors = device_errors()},
      detail_of, device_parameter());
}

Operation get_device_status() {
  return operation<OfOneDevice>(
      {.name = "GetDeviceStatus",
       .family = Family::devices,
       .summary = "Answers whether a device is connected.",
       .calls_per_second = 500,
       .answer = {object("Data", "",
                         {text("Status", "ONLINE, OFFLINE, UNACTIVE or DISABLE."),
                          long_integer("Timestamp", "Since when, in milliseconds.")})},
       .errors = device_errors()},
      status, device_parameter());
}

Operation batch_get_device_state() {
  return operation<BatchGetDeviceState>(
      {.name = "BatchGetDeviceState",
       .family = Family::devices,
       .summary = "Answers which of up to 50 devices are connected. Unknown ones are left out.",
       .calls_per_second = 50,
       .answer = {object(
           "DeviceStatusList", "",
           {list("DeviceStatus", "One device.",
                 {text("DeviceName", "Its name."), text("IotId", "Its id."),
                  text("Status", "ONLINE, OFFLINE, UNACTIVE or DISABLE."),
                  text("LastOnlineTime", "When its last connection began or ended, UTC+8."),
                  long_integer("Timestamp", "The same in milliseconds."),
                  text("AsAddress", "Of its last connection."), text("DeviceId", "Never set.")})})},
       .errors = {Code::instance_not_found, Code::product_key_empty, Code::product_key_malformed,
                  Code::product_not_found, Code::device_name_empty,
                  Code::device_name_in_list_malformed, Code::device_names_missing,
                  Code::device_names_too_many}},
      states,
      Param<std::optional<std::string_view>>{.name = "ProductKey",
                                             .doc = "The product of the named devices.",
                                             .example = "a1BwAGVxxxx"},
      Param<DeviceNames>{.name = "DeviceName",
                         .doc = "Devices by their names.",
                         .example = "light01",
                         .bounds = {0, states_at_once_max}},
      Param<Texts>{.name = "IotId",
                   .doc = "Devices by their ids, of any product; names do not count then.",
                   .example = "4z819VQHk6VSLmmBJfrf00107e****",
                   .bounds = {0, states_at_once_max}});
}

Operation delete_device() {
  return operation<OfOneDevice>(
      {.name = "DeleteDevice",
       .family = Family::devices,
       .summary = "Deletes a device, its session and what waits for it, and ends its connection.",
       .calls_per_second = 50,
       .writes = true,
       .errors = device_errors()},
      remove, device_parameter());
}

Operation disable_thing() {
  return operation<OfOneDevice>(
      {.name = "DisableThing",
       .family = Family::devices,
       .summary = "Ends a device's connection and lets it in no more. What waits for it stays.",
       .calls_per_second = 500,
       .writes = true,
       .errors = device_errors()},
      disable, device_parameter());
}

Operation enable_thing() {
  return operation<OfOneDevice>({.name = "EnableThing",
                                 .family = Family::devices,
                                 .summary = "Lets a device in again that was disabled.",
                                 .calls_per_second = 500,
                                 .writes = true,
                                 .errors = device_errors()},
                                enable, device_parameter());
}

Operation reset_thing() {
  return operation<OfOneDevice>(
      {.name = "ResetThing",
       .family = Family::devices,
       .summary = "Lets a device fetch its secret by dynamic registration once more, and ends what "
                  "it is in topologies.",
       .calls_per_second = 500,
       .writes = true,
       .answer = {text("JobId", "Never set: there are no jobs.")},
       .errors = device_errors()},
      reset, device_parameter());
}

}  // namespace

std::vector<Operation> device_operations() {
  std::vector<Operation> family;
  family.push_back(register_device());
  family.push_back(query_device_detail());
  family.push_back(get_device_status());
  family.push_back(batch_get_device_state());
  family.push_back(delete_device());
  family.push_back(disable_thing());
  family.push_back(enable_thing());
  family.push_back(reset_thing());
  return family;
}

}  // namespace herald::api
