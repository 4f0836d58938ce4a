#include <algorithm>

#include "api/thing_parts.h"
#include "thing/command.h"

// What has devices do something: operations.md, section 7.
namespace herald::api {
namespace {

// Documented, where the metadata say 500.
constexpr std::int64_t devices_max = 100;

struct SetDeviceProperty {
  SelectedDevice device;
  WholeText items;
  Qos qos;
};
struct SetDevicesProperty {
  SharedProduct product;
  DeviceNames devices;
  WholeText items;
  Qos qos;
};
struct InvokeThingService {
  SelectedDevice device;
  std::string_view service;
  WholeText arguments;
  Qos qos;
};
struct InvokeThingsService {
  SharedProduct product;
  DeviceNames devices;
  std::string_view service;
  WholeText arguments;
  Qos qos;
};

ThingCommand command_for(std::vector<DeviceId> devices, SharedProduct product, Qos qos,
                         boost::json::object params, const Context& context) {
  return {.product = std::move(product),
          .devices = std::move(devices),
          .qos = qos,
          .account = context.account,
          .request_id = context.request_id,
          .params = std::move(params)};
}

// What is not stored reaches only who is there. Errors: device_disabled, device_inactive,
// device_offline.
Result<void> check_reachable(const DeviceView& view, Qos qos) {
  const std::string& name = view.device->name.text();
  switch (state_of(view)) {
    case DeviceState::disabled:
      return fail(Code::device_disabled, name);
    case DeviceState::unactive:
      return fail(Code::device_inactive, name);
    case DeviceState::offline:
      if (qos == Qos::at_most_once) return fail(Code::device_offline, name);
      return {};
    case DeviceState::online:
      return {};
  }
  return {};
}

Done<MessageId> in_data(Done<Reply> done) {
  return [done = std::move(done)](Result<MessageId> sent) mutable {
    done(sent.map(
        [](MessageId id) { return Reply{{"Data", {{"MessageId", std::to_string(id.value)}}}}; }));
  };
}
Done<MessageId> in_reply(Done<Reply> done) {
  return [done = std::move(done)](Result<MessageId> sent) mutable {
    done(sent.map([](MessageId id) { return Reply{{"MessageId", std::to_string(id.value)}}; }));
  };
}

// QoS 0 is not stored, and neither are riders with it.
Changes riders_of(Qos qos, Context& context) {
  return qos == Qos::at_least_once ? context.take_riders() : Changes();
}

// Errors: those of thing_rules, parse_object and settable.
Result<boost::json::object> properties_from(std::string_view items, const Product& product,
                                            const Context& context) {
  const auto rules = thing_rules(product, context);
  if (!rules) return tl::unexpected(rules.error());
  return thing::parse_object("Items", items).and_then([&](const boost::json::object& object) {
    return thing::settable(*rules->model, object, rules->strictness);
  });
}

void set(SetDeviceProperty call, Context& context, Done<Reply> done) {
  auto params = properties_from(call.items.text, *call.device.product, context);
  if (!params) return done(tl::unexpected(std::move(params.error())));
  if (auto fits = check_reachable(call.device.view, call.qos); !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  context.platform.thing_use.commands.set_properties(
      command_for({call.device.view.device->id}, call.device.product, call.qos, *std::move(params),
                  context),
      riders_of(call.qos, context), in_data(std::move(done)));
}

void set_all(SetDevicesProperty call, Context& context, Done<Reply> done) {
  auto params = properties_from(call.items.text, *call.product, context);
  if (!params) return done(tl::unexpected(std::move(params.error())));
  auto devices = context.platform.registry.device_ids(call.product->key, call.devices.names);
  if (!devices) return done(tl::unexpected(std::move(devices.error())));
  context.platform.thing_use.commands.set_properties(
      command_for(*std::move(devices), call.product, call.qos, *std::move(params), context),
      riders_of(call.qos, context), in_reply(std::move(done)));
}

struct ServiceCall {
  std::shared_ptr<const thing::ThingModel> model;  // That the service is in.
  const thing::Service* service;
  boost::json::object inputs;
};
// Errors: those of thing_rules, parse_object and inputs_of; thing_feature_not_found.
Result<ServiceCall> service_from(std::string_view identifier, std::string_view arguments,
                                 const Product& product, const Context& context) {
  auto rules = thing_rules(product, context);
  if (!rules) return tl::unexpected(std::move(rules.error()));
  const thing::Service* service = rules->model->service(identifier);
  if (service == nullptr) return fail(Code::thing_feature_not_found, std::string(identifier));
  return thing::parse_object("Args", arguments)
      .and_then([&](const boost::json::object& object) {
        return thing::inputs_of(*service, object, rules->strictness);
      })
      .map([&](boost::json::object inputs) {
        return ServiceCall{std::move(rules->model), service, std::move(inputs)};
      });
}

Result<Reply> reply_of(ThingCommands::Answer answer, const std::string& device) {
  switch (answer.code) {
    case RrpcCode::success:
      return Reply{{"Data",
                    {{"MessageId", std::to_string(answer.message.value)},
                     {"Result", std::move(answer.payload)}}}};
    case RrpcCode::timeout:
      return fail(Code::command_timed_out, device);
    case RrpcCode::offline:
      return fail(Code::command_offline, device);
    case RrpcCode::halfconn:
      return fail(Code::command_halfconn, device);
    case RrpcCode::unknown:
      return fail(Code::command_failed, device);
  }
  return fail(Code::command_failed, device);
}

void invoke(InvokeThingService call, Context& context, Done<Reply> done) {
  auto service = service_from(call.service, call.arguments.text, *call.device.product, context);
  if (!service) return done(tl::unexpected(std::move(service.error())));
  const bool waits = service->service->call_type == thing::CallType::sync;
  const Qos qos = waits ? Qos::at_most_once : call.qos;
  if (auto fits = check_reachable(call.device.view, qos); !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  const Device& device = *call.device.view.device;
  ThingCommands& commands = context.platform.thing_use.commands;
  ThingCommand command =
      command_for({device.id}, call.device.product, qos, std::move(service->inputs), context);
  if (!waits) {
    return commands.invoke(std::move(command), std::string(call.service), riders_of(qos, context),
                           in_data(std::move(done)));
  }
  commands.invoke_and_wait(std::move(command), device.name, std::string(call.service),
                           [name = device.name.text(),
                            done = std::move(done)](Result<ThingCommands::Answer> answer) mutable {
                             if (!answer) return done(tl::unexpected(std::move(answer.error())));
                             done(reply_of(*std::move(answer), name));
                           });
}

void invoke_all(InvokeThingsService call, Context& context, Done<Reply> done) {
  auto service = service_from(call.service, call.arguments.text, *call.product, context);
  if (!service) return done(tl::unexpected(std::move(service.error())));
  if (service->service->call_type == thing::CallType::sync) {
    return done(fail(Code::service_failed, "it answers at once, so call it for one device"));
  }
  auto devices = context.platform.registry.device_ids(call.product->key, call.devices.names);
  if (!devices) return done(tl::unexpected(std::move(devices.error())));
  context.platform.thing_use.commands.invoke(
      command_for(*std::move(devices), call.product, call.qos, std::move(service->inputs), context),
      std::string(call.service), riders_of(call.qos, context), in_reply(std::move(done)));
}

Param<WholeText> items_parameter() {
  return {.name = "Items",
          .doc = "A JSON object of identifiers and values, those of modules as module:identifier.",
          .example = R"({"Switch":1})"};
}
Param<std::string_view> service_parameter() {
  return {.name = "Identifier",
          .doc = "The service, those of modules as module:identifier.",
          .example = "SetWeight",
          .names = true};
}
Param<WholeText> arguments_parameter() {
  return {.name = "Args",
          .doc = "A JSON object of its inputs, {} where it has none.",
          .example = R"({"NewWeight":100.8})"};
}
Param<DeviceNames> names_parameter() {
  return {.name = "DeviceName",
          .doc = "The devices, each named once. An unknown one refuses the call.",
          .example = "light01",
          .bounds = {1, devices_max},
          .distinct = true};
}
Param<Qos> qos_parameter() {
  return {.name = "Qos",
          .doc =
              "0: at most once, to devices that are connected now. 1: at least once, kept up "
              "to 7 days for sessions that subscribed to the topic.",
          .example = "0",
          .bounds = {0, 1},
          .otherwise = Qos::at_most_once};
}

Field message_id() { return text("MessageId", "The message, for QueryMessageReceipts."); }

std::vector<Code> errors_of_one(std::initializer_list<Code> more) {
  auto all = thing_use_errors({Code::parameter_not_json, Code::device_disabled,
                               Code::device_inactive, Code::device_offline});
  all.insert(all.end(), more);
  return all;
}
std::vector<Code> errors_of_many(std::initializer_list<Code> more) {
  auto all = product_errors();
  all.insert(all.end(),
             {Code::device_names_missing, Code::device_names_too_many,
              Code::device_name_in_list_malformed, Code::device_not_found, Code::illegal_request,
              Code::thing_feature_not_found, Code::parameter_not_json});
  all.insert(all.end(), more);
  return all;
}

Operation set_device_property() {
  return operation<SetDeviceProperty>(
      {.name = "SetDeviceProperty",
       .family = Family::things,
       .summary = "Sends one device a request to set properties; success means that it was sent.",
       .calls_per_second = 500,
       .writes = true,
       .answer = {object("Data", "", {message_id()})},
       .errors = errors_of_one(
           {Code::property_not_found, Code::property_read_only, Code::property_set_failed})},
      set, device_parameter(), items_parameter(), qos_parameter());
}

Operation set_devices_property() {
  return operation<SetDevicesProperty>(
      {.name = "SetDevicesProperty",
       .family = Family::things,
       .summary = "Sends up to 100 devices of a product one request to set properties.",
       .calls_per_second = 10,
       .writes = true,
       .answer = {own(message_id())},
       .errors = errors_of_many(
           {Code::property_not_found, Code::property_read_only, Code::property_set_failed})},
      set_all, product_parameter(), names_parameter(), items_parameter(), qos_parameter());
}

Operation invoke_thing_service() {
  return operation<InvokeThingService>(
      {.name = "InvokeThingService",
       .family = Family::things,
       .summary = "Calls a service of one device. A synchronous one is waited for, 5 seconds.",
       .calls_per_second = 500,
       .writes = true,
       .answer = {object("Data", "",
                         {text("MessageId", "The message to the device."),
                          text("Result",
                               "What a synchronous service answered: the device's own "
                               "JSON.")})},
       .errors =
           errors_of_one({Code::service_failed, Code::command_timed_out, Code::command_offline,
                          Code::command_halfconn, Code::command_failed, Code::rate_limited})},
      invoke, device_parameter(), service_parameter(), arguments_parameter(), qos_parameter());
}

Operation invoke_things_service() {
  return operation<InvokeThingsService>(
      {.name = "InvokeThingsService",
       .family = Family::things,
       .summary = "Calls an asynchronous service of up to 100 devices of a product.",
       .calls_per_second = 10,
       .writes = true,
       .answer = {own(message_id())},
       .errors = errors_of_many({Code::service_failed})},
      invoke_all, product_parameter(), names_parameter(), service_parameter(),
      arguments_parameter(), qos_parameter());
}

}  // namespace

std::vector<Operation> thing_command_operations() {
  std::vector<Operation> family;
  family.push_back(set_device_property());
  family.push_back(set_devices_property());
  family.push_back(invoke_thing_service());
  family.push_back(invoke_things_service());
  return family;
}

}  // namespace herald::api
