#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "api/thing_parts.h"
#include "thing/command.h"

// What devices reported that fits their thing model: operations.md, section 7.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t page_max = 50, page_of_several_max = 100, identifiers_max = 10;

struct QueryDevicePropertyStatus {
  SelectedDevice device;
  std::optional<std::string_view> block;
};
struct QueryDevicePropertyData {
  SelectedDevice device;
  std::string_view identifier;
  std::int64_t start;
  std::int64_t end;
  std::int32_t page_size;
  std::int32_t order;
};
struct QueryDevicePropertiesData {
  SelectedDevice device;
  Texts identifiers;
  std::int64_t start;
  std::int64_t end;
  std::int32_t page_size;
  std::int32_t order;
};
struct QueryDeviceEventData {
  SelectedDevice device;
  std::optional<std::string_view> identifier;
  std::optional<std::string_view> type;
  std::int64_t start;
  std::int64_t end;
  std::int32_t page_size;
  std::int32_t order;
};
struct QueryDeviceServiceData {
  SelectedDevice device;
  std::optional<std::string_view> identifier;
  std::int64_t start;
  std::int64_t end;
  std::int32_t page_size;
  std::int32_t order;
};

using Entries = Result<std::vector<ThingEntry>>;

// The place of a page in the answer.
void put_page(json::object& into, const ThingPage& page) {
  into["NextValid"] = page.more;
  if (page.more) into["NextTime"] = millis(page.next);
}

std::string unit_of(const thing::DataType& type) {
  const auto* number = std::get_if<thing::NumberType>(&type);
  return number == nullptr ? std::string() : number->unit;
}

// Every property of the block, in the order of the model.
json::array status_of(const thing::FunctionBlock& block, const std::vector<ThingEntry>& latest) {
  std::map<std::string_view, const ThingEntry*> values;
  for (const ThingEntry& each : latest) values.emplace(each.identifier, &each);
  json::array list;
  for (const thing::Property& property : block.properties) {
    const std::string identifier = thing::full_identifier(block.id, property.identifier);
    json::object info{{"Identifier", identifier},
                      {"Name", property.name},
                      {"DataType", thing::name_of(property.type)},
                      {"Unit", unit_of(property.type)}};
    if (const auto at = values.find(identifier); at != values.end()) {
      info["Value"] = at->second->value;
      info["Time"] = time_text(at->second->place.time);
    }
    list.push_back(std::move(info));
  }
  return list;
}

void query_status(QueryDevicePropertyStatus call, Context& context, Done<Reply> done) {
  const auto rules = thing_rules(*call.device.product, context);
  if (!rules) return done(tl::unexpected(rules.error()));
  const auto* block = rules->model->block(call.block.value_or(""));
  if (block == nullptr) {
    return done(fail(Code::thing_feature_not_found, std::string(*call.block)));
  }
  context.platform.thing_use.history.read_latest(
      call.device.view.device->id, {ThingStream::properties},
      [model = rules->model, block, done = std::move(done)](const Entries& latest) mutable {
        if (!latest) return done(tl::unexpected(latest.error()));
        done(Reply{{"Data", {{"List", {{"PropertyStatusInfo", status_of(*block, *latest)}}}}}});
      });
}

void query_property(QueryDevicePropertyData call, Context& context, Done<Reply> done) {
  const auto rules = thing_rules(*call.device.product, context);
  if (!rules) return done(tl::unexpected(rules.error()));
  if (rules->model->property(call.identifier) == nullptr) {
    return done(fail(Code::property_not_found, std::string(call.identifier)));
  }
  const auto times = check_times(call.start, call.end);
  if (!times) return done(tl::unexpected(times.error()));
  const auto size = static_cast<std::size_t>(call.page_size);
  const bool newest_first = call.order == 0;
  ThingRange range = range_of(call.device.view.device->id, *times, {ThingStream::properties},
                              newest_first, size + 1);
  range.identifiers = {std::string(call.identifier)};
  context.platform.thing_use.history.read(
      std::move(range), [size, newest_first, done = std::move(done)](Entries entries) mutable {
        if (!entries) return done(tl::unexpected(std::move(entries.error())));
        const ThingPage page = page_of(*std::move(entries), size, newest_first);
        json::array list;
        for (const ThingEntry& each : page.entries) {
          list.push_back({{"Value", each.value}, {"Time", time_text(each.place.time)}});
        }
        json::object data{{"List", {{"PropertyInfo", std::move(list)}}}};
        put_page(data, page);
        done(Reply{{"Data", std::move(data)}});
      });
}

// Each property by itself; where to go on is where the first of them was cut short.
Reply reply_of(const std::vector<std::string>& identifiers, const std::vector<ThingEntry>& entries,
               std::size_t size, bool newest_first) {
  json::array infos;
  ThingPage all;
  for (const std::string& identifier : identifiers) {
    std::vector<ThingEntry> own;
    std::ranges::copy_if(entries, std::back_inserter(own),
                         [&](const ThingEntry& each) { return each.identifier == identifier; });
    const ThingPage page = page_of(std::move(own), size, newest_first);
    json::array list;
    for (const ThingEntry& each : page.entries) {
      list.push_back({{"Value", each.value}, {"Time", millis(each.place.time)}});
    }
    infos.push_back({{"Identifier", identifier}, {"List", {{"PropertyInfo", std::move(list)}}}});
    if (!page.more) continue;
    const Time first = newest_first ? std::max(all.next, page.next) : std::min(all.next, page.next);
    all.next = all.more ? first : page.next;
    all.more = true;
  }
  Reply reply{{"PropertyDataInfos", {{"PropertyDataInfo", std::move(infos)}}}};
  put_page(reply, all);
  return reply;
}

void query_properties(QueryDevicePropertiesData call, Context& context, Done<Reply> done) {
  const auto rules = thing_rules(*call.device.product, context);
  if (!rules) return done(tl::unexpected(rules.error()));
  std::vector<std::string> identifiers(call.identifiers.begin(), call.identifiers.end());
  for (const std::string& each : identifiers) {
    if (rules->model->property(each) == nullptr) {
      return done(fail(Code::property_not_found, each));
    }
  }
  const bool newest_first = call.order == 0;
  // Here the range begins where reading does.
  const auto times =
      newest_first ? check_times(call.end, call.start) : check_times(call.start, call.end);
  if (!times) return done(tl::unexpected(times.error()));
  const auto size = static_cast<std::size_t>(call.page_size);
  ThingRange range = range_of(call.device.view.device->id, *times, {ThingStream::properties},
                              newest_first, size + 1);
  range.identifiers = identifiers;
  range.limit_each = true;
  context.platform.thing_use.history.read(
      std::move(range), [identifiers = std::move(identifiers), size, newest_first,
                         done = std::move(done)](const Entries& entries) mutable {
        if (!entries) return done(tl::unexpected(entries.error()));
        done(reply_of(identifiers, *entries, size, newest_first));
      });
}

// Full identifiers of the model's events of one type.
std::vector<std::string> events_of(const thing::ThingModel& model, std::string_view type) {
  std::vector<std::string> identifiers;
  for (const thing::FunctionBlock& block : model.blocks()) {
    for (const thing::Event& event : block.events) {
      if (name_of(event.type) != type) continue;
      identifiers.push_back(thing::full_identifier(block.id, event.identifier));
    }
  }
  return identifiers;
}

void query_events(QueryDeviceEventData call, Context& context, Done<Reply> done) {
  const auto rules = thing_rules(*call.device.product, context);
  if (!rules) return done(tl::unexpected(rules.error()));
  const auto times = check_times(call.start, call.end);
  if (!times) return done(tl::unexpected(times.error()));
  const auto size = static_cast<std::size_t>(call.page_size);
  const bool newest_first = call.order == 0;
  ThingRange range =
      range_of(call.device.view.device->id, *times, {ThingStream::events}, newest_first, size + 1);
  if (call.type) range.identifiers = events_of(*rules->model, *call.type);
  if (call.identifier) {
    const bool fits = !call.type || std::ranges::find(range.identifiers, *call.identifier) !=
                                        range.identifiers.end();
    range.identifiers = {std::string(*call.identifier)};
    if (!fits) range.limit = 0;
  } else if (call.type && range.identifiers.empty()) {
    range.limit = 0;  // No identifier would mean all.
  }
  context.platform.thing_use.history.read(
      std::move(range),
      [model = rules->model, size, newest_first, done = std::move(done)](Entries entries) mutable {
        if (!entries) return done(tl::unexpected(std::move(entries.error())));
        const ThingPage page = page_of(*std::move(entries), size, newest_first);
        json::array list;
        for (const ThingEntry& each : page.entries) {
          const thing::Event* event = model->event(each.identifier);
          list.push_back({{"Identifier", each.identifier},
                          {"Name", event == nullptr ? std::string() : event->name},
                          {"EventType", event == nullptr ? "" : name_of(event->type)},
                          {"OutputData", each.value},
                          {"Time", time_text(each.place.time)}});
        }
        json::object data{{"List", {{"EventInfo", std::move(list)}}}};
        put_page(data, page);
        done(Reply{{"Data", std::move(data)}});
      });
}

void query_services(QueryDeviceServiceData call, Context& context, Done<Reply> done) {
  const auto rules = thing_rules(*call.device.product, context);
  if (!rules) return done(tl::unexpected(rules.error()));
  const auto times = check_times(call.start, call.end);
  if (!times) return done(tl::unexpected(times.error()));
  const auto size = static_cast<std::size_t>(call.page_size);
  const bool newest_first = call.order == 0;
  ThingRange range = range_of(call.device.view.device->id, *times, {ThingStream::services},
                              newest_first, size + 1);
  if (call.identifier) range.identifiers = {std::string(*call.identifier)};
  context.platform.thing_use.history.read(
      std::move(range),
      [model = rules->model, size, newest_first, done = std::move(done)](Entries entries) mutable {
        if (!entries) return done(tl::unexpected(std::move(entries.error())));
        const ThingPage page = page_of(*std::move(entries), size, newest_first);
        json::array list;
        for (const ThingEntry& each : page.entries) {
          const thing::Service* service = model->service(each.identifier);
          list.push_back({{"Identifier", each.identifier},
                          {"Name", service == nullptr ? std::string() : service->name},
                          {"InputData", each.input},
                          {"OutputData", each.value},
                          {"Time", time_text(each.place.time)}});
        }
        json::object data{{"List", {{"ServiceInfo", std::move(list)}}}};
        put_page(data, page);
        done(Reply{{"Data", std::move(data)}});
      });
}

Param<std::string_view> property_parameter() {
  return {.name = "Identifier",
          .doc = "The property, those of modules as module:identifier.",
          .example = "temperature",
          .names = true};
}
Param<std::optional<std::string_view>> identifier_parameter(std::string_view doc) {
  return {.name = "Identifier", .doc = doc, .example = "alarm", .names = true};
}
Param<std::int32_t> optional_order_parameter() {
  auto param = order_parameter();
  param.otherwise = 0;
  return param;
}
Param<std::int32_t> optional_page_size_parameter() {
  auto param = thing_page_size_parameter(page_max);
  param.otherwise = 10;
  return param;
}

Field list_in_data(Field list) {
  return object("Data", "",
                {object("List", "", {std::move(list)}), next_valid_field(), next_time_field()});
}
Field time_field() { return text("Time", "When, in milliseconds since 1970."); }
Field value_field() { return text("Value", "The value; structs and arrays as JSON."); }

Operation query_device_property_status() {
  return operation<QueryDevicePropertyStatus>(
      {.name = "QueryDevicePropertyStatus",
       .family = Family::things,
       .summary = "Answers the last values of all properties of a device.",
       .calls_per_second = 200,
       .answer = {object(
           "Data", "",
           {object("List", "",
                   {list("PropertyStatusInfo", "One property of the published thing model.",
                         {text("Identifier", "Its identifier."), text("Name", "Its name."),
                          text("DataType",
                               "int, float, double, enum, bool, text, date, array or struct."),
                          text("Unit", "Its unit."),
                          text("Value", "The last value; absent: none was reported."),
                          text("Time", "When, in milliseconds since 1970.")})})})},
       .errors = thing_use_errors()},
      query_status, device_parameter(), block_parameter());
}

Operation query_device_property_data() {
  return operation<QueryDevicePropertyData>(
      {.name = "QueryDevicePropertyData",
       .family = Family::things,
       .summary = "Answers what one property of a device was in a range of times.",
       .calls_per_second = 50,
       .answer = {list_in_data(list("PropertyInfo", "", {value_field(), time_field()}))},
       .errors = thing_use_errors({Code::property_not_found, Code::illegal_request})},
      query_property, device_parameter(), property_parameter(), start_parameter(), end_parameter(),
      thing_page_size_parameter(page_max), order_parameter());
}

Operation query_device_properties_data() {
  return operation<QueryDevicePropertiesData>(
      {.name = "QueryDevicePropertiesData",
       .family = Family::things,
       .summary = "The same for up to 10 properties; with Asc 0, StartTime is the later end.",
       .calls_per_second = 10,
       .answer = {object(
                      "PropertyDataInfos", "",
                      {list("PropertyDataInfo", "One property.",
                            {text("Identifier", "Its identifier."),
                             object("List", "",
                                    {list("PropertyInfo", "",
                                          {value_field(),
                                           long_integer(
                                               "Time", "When, in milliseconds since 1970.")})})})}),
                  next_valid_field(), next_time_field()},
       .errors = thing_use_errors({Code::property_not_found, Code::illegal_request})},
      query_properties, device_parameter(),
      Param<Texts>{.name = "Identifier",
                   .doc = "The properties, each named once.",
                   .example = "temperature",
                   .bounds = {1, identifiers_max},
                   .distinct = true,
                   .names = true},
      start_parameter(), end_parameter(), thing_page_size_parameter(page_of_several_max),
      order_parameter());
}

Operation query_device_event_data() {
  return operation<QueryDeviceEventData>(
      {.name = "QueryDeviceEventData",
       .family = Family::things,
       .summary = "Answers the events of a device in a range of times.",
       .calls_per_second = 50,
       .answer = {list_in_data(list("EventInfo", "One event.",
                                    {text("Identifier", "Its identifier."),
                                     text("Name", "Its name in the published thing model."),
                                     text("EventType", "info, alert or error."),
                                     text("OutputData", "What it told, as JSON."), time_field()}))},
       .errors = thing_use_errors({Code::illegal_request})},
      query_events, device_parameter(),
      identifier_parameter("One event, those of modules as module:identifier; without it all."),
      Param<std::optional<std::string_view>>{.name = "EventType",
                                             .doc = "Only events of this type.",
                                             .example = "alert",
                                             .allowed = {"info", "alert", "error"}},
      start_parameter(), end_parameter(), optional_page_size_parameter(),
      optional_order_parameter());
}

Operation query_device_service_data() {
  return operation<QueryDeviceServiceData>(
      {.name = "QueryDeviceServiceData",
       .family = Family::things,
       .summary = "Answers the calls of services of a device in a range of times.",
       .calls_per_second = 50,
       .answer = {list_in_data(
           list("ServiceInfo", "One call.",
                {text("Identifier", "The service."),
                 text("Name", "Its name in the published thing model."),
                 text("InputData", "What it was called with, as JSON."),
                 text("OutputData",
                      "What the device gave, as JSON; empty: it has not answered. With code and "
                      "data where the code is not 200."),
                 time_field()}))},
       .errors = thing_use_errors({Code::illegal_request})},
      query_services, device_parameter(),
      identifier_parameter("One service, those of modules as module:identifier; without it all."),
      start_parameter(), end_parameter(), optional_page_size_parameter(),
      optional_order_parameter());
}

}  // namespace

std::vector<Operation> thing_data_operations() {
  std::vector<Operation> family;
  family.push_back(query_device_property_status());
  family.push_back(query_device_property_data());
  family.push_back(query_device_properties_data());
  family.push_back(query_device_event_data());
  family.push_back(query_device_service_data());
  return family;
}

}  // namespace herald::api
