#include "core/shadows.h"

#include "api/device_parts.h"
#include "core/shadow_rules.h"

// operations.md, section 8.
namespace herald::api {
namespace {

struct GetDeviceShadow {
  SharedProduct product;
  DeviceName device;
};
struct UpdateDeviceShadow {
  SharedProduct product;
  DeviceName device;
  WholeText message;
  bool merge;
};

// Errors: device_not_found.
Result<DeviceId> device_of(const SharedProduct& product, const DeviceName& name,
                           const Context& context) {
  const auto id = context.platform.registry.device_id(product->key, name.view());
  if (!id) return fail(Code::device_not_found, name.text());
  return *id;
}

void get(GetDeviceShadow call, Context& context, Done<Reply> done) {
  const auto device = device_of(call.product, call.device, context);
  if (!device) return done(tl::unexpected(device.error()));
  context.platform.shadows.get(
      *device, [done = std::move(done)](Result<std::string> document) mutable {
        done(std::move(document).map(
            [](std::string text) { return Reply{{"ShadowMessage", std::move(text)}}; }));
      });
}

void update(UpdateDeviceShadow call, Context& context, Done<Reply> done) {
  const auto device = device_of(call.product, call.device, context);
  if (!device) return done(tl::unexpected(device.error()));
  context.platform.shadows.update(*device, context.account, std::string(call.message.text),
                                  call.merge, context.take_riders(), nothing_but(std::move(done)));
}

Param<DeviceName> name_parameter() {
  return {.name = "DeviceName", .doc = "The device.", .example = "light01"};
}
std::vector<Code> errors(std::initializer_list<Code> more) {
  auto all = product_errors();
  all.insert(all.end(),
             {Code::device_name_empty, Code::device_name_malformed, Code::device_not_found});
  all.insert(all.end(), more);
  return all;
}

Operation get_device_shadow() {
  return operation<GetDeviceShadow>(
      {.name = "GetDeviceShadow",
       .family = Family::devices,
       .summary = "Answers the shadow of a device.",
       .calls_per_second = 500,
       .answer = {text("ShadowMessage",
                       "The document as JSON: state, metadata, timestamp (in seconds) and version; "
                       "empty and of version 0 where there is none.")},
       .errors = errors({})},
      get, product_parameter(), name_parameter());
}

Operation update_device_shadow() {
  return operation<UpdateDeviceShadow>(
      {.name = "UpdateDeviceShadow",
       .family = Family::devices,
       .summary = "Sets the desired state in the shadow of a device, and tells the device if it is "
                  "connected.",
       .calls_per_second = 500,
       .writes = true,
       .errors = errors(
           {Code::shadow_message_empty, Code::shadow_message_not_json,
            Code::shadow_message_too_large, Code::shadow_method_missing,
            Code::shadow_method_not_update, Code::shadow_version_missing,
            Code::shadow_version_invalid, Code::shadow_state_missing, Code::shadow_desired_missing,
            Code::shadow_desired_not_object, Code::shadow_desired_null, Code::shadow_desired_empty,
            Code::shadow_attribute_null, Code::shadow_attributes_too_many, Code::rate_limited})},
      update, product_parameter(), name_parameter(),
      Param<WholeText>{
          .name = "ShadowMessage",
          .doc = "JSON with method `update`, the desired values in state.desired, and a version "
                 "above that of the shadow; 0 is not compared, -1 begins anew at 0.",
          .example = R"({"method":"update","state":{"desired":{"color":"green"}},"version":1})"},
      Param<bool>{.name = "DeltaUpdate",
                  .doc = "true: desired values that are not named stay.",
                  .example = "true",
                  .otherwise = false});
}

}  // namespace

std::vector<Operation> shadow_operations() {
  std::vector<Operation> family;
  family.push_back(get_device_shadow());
  family.push_back(update_device_shadow());
  return family;
}

}  // namespace herald::api
