#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "api/thing_parts.h"
#include "thing/command.h"
#include "thing/json_text.h"

// What properties of devices are wanted to be: operations.md, section 7.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t properties_max = 10;

struct SetDeviceDesiredProperty {
  SelectedDevice device;
  WholeText items;
  WholeText versions;
};
struct QueryDeviceDesiredProperty {
  SelectedDevice device;
  Texts identifiers;
  std::optional<std::string_view> block;
};
struct ClearDeviceDesiredProperty {
  SelectedDevice device;
  Texts identifiers;
};

// Errors: those of thing_rules; validation_exempt.
Result<ThingRules> desired_rules(const Product& product, const Context& context) {
  auto rules = thing_rules(product, context);
  if (rules && rules->strictness == thing::Strictness::none) return fail(Code::validation_exempt);
  return rules;
}

// The version of one property, where the call names it. Errors: parameter_not_json.
Result<std::optional<std::uint64_t>> version_in(const json::object& versions,
                                                std::string_view identifier) {
  const json::value* given = versions.if_contains(identifier);
  if (given == nullptr) return std::nullopt;
  const auto* number = given->if_int64();
  if (number == nullptr || *number < 0) {
    return fail(Code::parameter_not_json, "Versions has numbers from 0 on");
  }
  return static_cast<std::uint64_t>(*number);
}

// Errors: those of desired_rules, parse_object, settable and version_in; illegal_request.
struct Wishes {
  json::object items;
  std::vector<DesiredProperties::Wish> wishes;
};
Result<Wishes> wishes_from(const SetDeviceDesiredProperty& call, const Context& context) {
  const auto rules = desired_rules(*call.device.product, context);
  if (!rules) return tl::unexpected(rules.error());
  auto items =
      thing::parse_object("Items", call.items.text).and_then([&](const json::object& object) {
        return thing::settable(*rules->model, object, rules->strictness, thing::Nulls::kept);
      });
  if (!items) return tl::unexpected(std::move(items.error()));
  const auto versions = thing::parse_object("Versions", call.versions.text);
  if (!versions) return tl::unexpected(versions.error());
  if (items->size() > static_cast<std::size_t>(properties_max)) {
    return fail(Code::illegal_request, "Items has up to 10 properties");
  }
  Wishes all{.items = *std::move(items), .wishes = {}};
  for (const auto& [identifier, value] : all.items) {
    const auto version = version_in(*versions, identifier);
    if (!version) return tl::unexpected(version.error());
    all.wishes.push_back(
        {.identifier = std::string(identifier),
         .value = value.is_null() ? std::nullopt : std::optional(thing::print_json(value)),
         .expected = *version});
  }
  return all;
}

std::string printed(const DesiredProperties::Versions& versions) {
  json::object object;
  for (const auto& [identifier, version] : versions) object[identifier] = version;
  return json::serialize(object);
}

// The device hears of it when it is there; otherwise it asks when it comes back.
void set(SetDeviceDesiredProperty call, Context& context, Done<Reply> done) {
  auto wishes = wishes_from(call, context);
  if (!wishes) return done(tl::unexpected(std::move(wishes.error())));
  ThingUse& things = context.platform.thing_use;
  const DeviceId device = call.device.view.device->id;
  ThingCommand command{.product = call.device.product,
                       .devices = {device},
                       .account = context.account,
                       .request_id = context.request_id,
                       .params = std::move(wishes->items)};
  for (const auto& each : wishes->wishes) {
    if (!each.value) command.params.erase(each.identifier);
  }
  things.desired.set(device, std::move(wishes->wishes), context.take_riders(),
                     [&things, command = std::move(command), done = std::move(done)](
                         Result<DesiredProperties::Versions> versions) mutable {
                       if (!versions) return done(tl::unexpected(std::move(versions.error())));
                       const std::string text = printed(*versions);
                       if (command.params.empty())
                         return done(Reply{{"Data", {{"Versions", text}}}});
                       things.commands.set_properties(
                           std::move(command), {},
                           [text, done = std::move(done)](const Result<MessageId>& sent) mutable {
                             json::object data{{"Versions", text}};
                             if (sent) data["MessageId"] = std::to_string(sent->value);
                             done(Reply{{"Data", std::move(data)}});
                           });
                     });
}

// `identifier` in full, of the block that the call names.
bool is_in_block(std::string_view identifier, std::string_view block) {
  const auto colon = identifier.find(':');
  return colon == identifier.npos ? block.empty() : identifier.substr(0, colon) == block;
}

json::object info_of(const DesiredProperty& desired, const thing::ThingModel& model) {
  json::object info{{"Identifier", desired.identifier},
                    {"Version", desired.version},
                    {"Time", time_text(desired.time)}};
  if (desired.value) {
    info["Value"] = thing::plain_text(thing::parse_json(*desired.value).value_or(nullptr));
  }
  const thing::Property* property = model.property(desired.identifier);
  if (property == nullptr) return info;
  info["Name"] = property->name;
  info["DataType"] = thing::name_of(property->type);
  const auto* number = std::get_if<thing::NumberType>(&property->type);
  info["Unit"] = number == nullptr ? std::string() : number->unit;
  return info;
}

void query(QueryDeviceDesiredProperty call, Context& context, Done<Reply> done) {
  const auto rules = desired_rules(*call.device.product, context);
  if (!rules) return done(tl::unexpected(rules.error()));
  std::vector<std::string> wanted(call.identifiers.begin(), call.identifiers.end());
  for (const std::string& each : wanted) {
    if (rules->model->property(each) == nullptr) return done(fail(Code::property_not_found, each));
  }
  context.platform.thing_use.desired.of(
      call.device.view.device->id,
      [model = rules->model, wanted = std::move(wanted),
       block = std::string(call.block.value_or("")),
       done = std::move(done)](Result<std::vector<DesiredProperty>> all) mutable {
        if (!all) return done(tl::unexpected(std::move(all.error())));
        json::array list;
        for (const DesiredProperty& each : *all) {
          const bool is_wanted = wanted.empty()
                                     ? is_in_block(each.identifier, block)
                                     : std::ranges::find(wanted, each.identifier) != wanted.end();
          if (is_wanted) list.push_back(info_of(each, *model));
        }
        done(Reply{{"Data", {{"List", {{"DesiredPropertyInfo", std::move(list)}}}}}});
      });
}

void clear(ClearDeviceDesiredProperty call, Context& context, Done<Reply> done) {
  const auto rules = desired_rules(*call.device.product, context);
  if (!rules) return done(tl::unexpected(rules.error()));
  std::vector<DesiredProperties::Wish> wishes;
  for (const std::string_view each : call.identifiers) {
    const thing::Property* property = rules->model->property(each);
    if (property == nullptr) return done(fail(Code::property_not_found, std::string(each)));
    if (!property->writable) return done(fail(Code::property_read_only, std::string(each)));
    wishes.push_back({.identifier = std::string(each), .value = {}, .expected = {}});
  }
  context.platform.thing_use.desired.set(
      call.device.view.device->id, std::move(wishes), context.take_riders(),
      [done = std::move(done)](const Result<DesiredProperties::Versions>& versions) mutable {
        if (!versions) return done(tl::unexpected(versions.error()));
        done(Reply{{"Data", {{"Versions", printed(*versions)}}}});
      });
}

Field versions_field() { return text("Versions", "The new version of each property, as JSON."); }

Operation set_device_desired_property() {
  return operation<SetDeviceDesiredProperty>(
      {.name = "SetDeviceDesiredProperty",
       .family = Family::things,
       .summary = "Keeps what up to 10 properties of a device are wanted to be, and tells the "
                  "device if it is connected.",
       .calls_per_second = 50,
       .writes = true,
       .answer = {object(
           "Data", "",
           {text("MessageId", "The message to the device, if there is one."), versions_field()})},
       .errors = thing_use_errors({Code::validation_exempt, Code::parameter_not_json,
                                   Code::illegal_request, Code::property_not_found,
                                   Code::property_read_only, Code::property_set_failed})},
      set, device_parameter(),
      Param<WholeText>{.name = "Items",
                       .doc = "A JSON object of identifiers and values; null clears.",
                       .example = R"({"Power":1})"},
      Param<WholeText>{
          .name = "Versions",
          .doc =
              "A JSON object of identifiers and the versions that they have, 0 where nothing "
              "was wanted yet; another one refuses the call. What it leaves out is not compared.",
          .example = R"({"Power":1})"});
}

Operation query_device_desired_property() {
  return operation<QueryDeviceDesiredProperty>(
      {.name = "QueryDeviceDesiredProperty",
       .family = Family::things,
       .summary = "Answers what properties of a device are wanted to be.",
       .calls_per_second = 50,
       .answer = {object(
           "Data", "",
           {object("List", "",
                   {list("DesiredPropertyInfo", "One property.",
                         {text("Identifier", "Its identifier."), text("Name", "Its name."),
                          text("DataType", "As QueryDevicePropertyStatus has it."),
                          text("Unit", "Its unit."),
                          text("Value", "What it is wanted to be; absent: it was cleared."),
                          long_integer("Version", "The version of that."),
                          text("Time", "When it was set, in milliseconds since 1970.")})})})},
       .errors = thing_use_errors({Code::validation_exempt, Code::property_not_found})},
      query, device_parameter(),
      Param<Texts>{.name = "Identifier",
                   .doc = "The properties, each named once; without it all of the block.",
                   .example = "Power",
                   .bounds = {0, properties_max},
                   .distinct = true,
                   .names = true},
      block_parameter());
}

Operation clear_device_desired_property() {
  return operation<ClearDeviceDesiredProperty>(
      {.name = "ClearDeviceDesiredProperty",
       .family = Family::things,
       .summary = "Clears what up to 10 properties of a device are wanted to be.",
       .calls_per_second = 50,
       .writes = true,
       .answer = {object("Data", "", {versions_field()})},
       .errors = thing_use_errors(
           {Code::validation_exempt, Code::property_not_found, Code::property_read_only})},
      clear, device_parameter(),
      Param<Texts>{.name = "Identifies",
                   .doc = "The properties, each named once.",
                   .example = "Power",
                   .bounds = {1, properties_max},
                   .distinct = true,
                   .in_form = true,
                   .names = true});
}

}  // namespace

std::vector<Operation> desired_property_operations() {
  std::vector<Operation> family;
  family.push_back(set_device_desired_property());
  family.push_back(query_device_desired_property());
  family.push_back(clear_device_desired_property());
  return family;
}

}  // namespace herald::api
