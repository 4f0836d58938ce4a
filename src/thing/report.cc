#include "thing/report.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "thing/json_text.h"

namespace herald::thing {
namespace {

namespace json = boost::json;

// `{"value": …, "time": …}`: no feature is called so.
bool is_timed(const json::value& value) {
  const auto* object = value.if_object();
  return object != nullptr && object->contains("value") &&
         std::ranges::all_of(*object, [](const auto& member) {
           return member.key() == "value" || member.key() == "time";
         });
}

std::optional<std::int64_t> whole(const json::value& value) {
  if (const auto* number = value.if_int64()) return *number;
  const auto* text = value.if_string();
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// Collects values, up to what one message may hold.
class Collector {
 public:
  explicit Collector(const ReportRules& rules) : rules_(rules) {}

  void property(std::string_view identifier, const json::value& reported) {
    add(ReportKind::property, identifier, reported);
  }
  void event(std::string_view identifier, const json::value& reported) {
    add(ReportKind::event, identifier, reported);
  }

  // Members by name, each one value or a list of timed ones.
  void all(ReportKind kind, const json::value* members) {
    if (members == nullptr) return;
    const auto* object = members->if_object();
    if (object == nullptr)
      return refuse(alink_code::malformed, "properties and events are objects");
    count(kind, object->size());
    for (const auto& [identifier, reported] : *object) {
      const auto* list = reported.if_array();
      if (list == nullptr || list->empty() || !std::ranges::all_of(*list, is_timed)) {
        add(kind, identifier, reported);
        continue;
      }
      for (const json::value& each : *list) add(kind, identifier, each);
    }
  }

  void count(ReportKind kind, std::size_t features) {
    (kind == ReportKind::property ? properties_ : events_) += features;
    if (properties_ > limits::reported_properties) {
      refuse(alink_code::too_many_properties, "map size must less than 200");
    }
    if (events_ > limits::reported_events) {
      refuse(alink_code::too_many_events, "a message has up to 20 events");
    }
  }

  void refuse(std::int32_t code, std::string why) {
    if (report_.fault.is_success()) report_.fault = {code, std::move(why)};
  }
  bool sound() const { return report_.fault.is_success(); }

  Report take() {
    if (!sound()) report_.values.clear();
    return std::move(report_);
  }

 private:
  void add(ReportKind kind, std::string_view identifier, const json::value& reported) {
    if (!sound()) return;
    const bool timed = is_timed(reported);
    const json::value& value = timed ? reported.get_object().at("value") : reported;
    Time time = rules_.now;
    if (const auto* given = timed ? reported.get_object().if_contains("time") : nullptr) {
      const auto read = time_in(*given);
      if (!read) return refuse(alink_code::time, "the time is none, or too far ahead");
      time = *read;
    }
    if (identifier.empty() || identifier.size() > limits::reported_identifier_bytes) return;
    if (report_.values.size() == limits::reported_values) {
      return refuse(alink_code::too_many_properties, "there are too many values");
    }
    const bool is_property = kind == ReportKind::property;
    report_.values.push_back({.kind = kind,
                              .identifier = std::string(identifier),
                              .time = time,
                              .value = is_property ? plain_text(value) : print_json(value),
                              .fits = fits(kind, identifier, value)});
  }

  bool fits(ReportKind kind, std::string_view identifier, const json::value& value) const {
    if (rules_.model == nullptr || rules_.strictness == Strictness::none) return false;
    if (kind == ReportKind::property) {
      return !check_property(*rules_.model, identifier, value, rules_.strictness);
    }
    const Event* event = rules_.model->event(identifier);
    return event != nullptr && !check_event(*event, value, rules_.strictness);
  }

  std::optional<Time> time_in(const json::value& given) const {
    const auto ms = whole(given);
    if (!ms || *ms < 0 || *ms > millis(rules_.now + limits::ahead)) return std::nullopt;
    return time_of(*ms);
  }

  const ReportRules& rules_;
  Report report_;
  std::size_t properties_ = 0;
  std::size_t events_ = 0;
};

Report refused(std::int32_t code, std::string why) {
  return {.values = {}, .fault = {code, std::move(why)}};
}

}  // namespace

Report read_properties(const json::value& params, const ReportRules& rules) {
  const auto* object = params.if_object();
  if (object == nullptr || object->empty()) {
    return refused(alink_code::malformed, "params is an object of properties");
  }
  Collector collector(rules);
  collector.count(ReportKind::property, object->size());
  for (const auto& [identifier, reported] : *object) collector.property(identifier, reported);
  return collector.take();
}

Report read_event(std::string_view identifier, const json::value& params,
                  const ReportRules& rules) {
  if (!params.is_object()) return refused(alink_code::malformed, "params is an object");
  Collector collector(rules);
  collector.event(identifier, params);
  return collector.take();
}

Report read_pack(const json::value& params, const ReportRules& rules) {
  const auto* object = params.if_object();
  if (object == nullptr || object->empty()) {
    return refused(alink_code::malformed, "params is an object of properties and events");
  }
  const json::value* subs = object->if_contains("subDevices");
  if (subs != nullptr && !(subs->is_array() && subs->get_array().empty())) {
    return refused(alink_code::not_in_topology, "the device has no sub-devices");
  }
  Collector collector(rules);
  collector.all(ReportKind::property, object->if_contains("properties"));
  collector.all(ReportKind::event, object->if_contains("events"));
  return collector.take();
}

Report read_history(const json::value& params, const ReportIdentity& self,
                    const ReportRules& rules) {
  const auto* packs = params.if_array();
  if (packs == nullptr || packs->empty()) {
    return refused(alink_code::malformed, "params is a list of packs");
  }
  const auto says = [](const json::object& identity, std::string_view name, std::string_view own) {
    const json::value* member = identity.if_contains(name);
    return member != nullptr && member->is_string() &&
           std::string_view(member->get_string()) == own;
  };
  Collector collector(rules);
  for (const json::value& each : *packs) {
    const auto* pack = each.if_object();
    const json::value* identity = pack == nullptr ? nullptr : pack->if_contains("identity");
    if (identity == nullptr || !identity->is_object()) {
      return refused(alink_code::malformed, "a pack is an object with an identity");
    }
    if (!says(identity->get_object(), "productKey", self.product_key) ||
        !says(identity->get_object(), "deviceName", self.device_name)) {
      return refused(alink_code::not_in_topology, "a pack is of another device");
    }
    for (const auto& [name, kind] :
         {std::pair("properties", ReportKind::property), std::pair("events", ReportKind::event)}) {
      const json::value* list = pack->if_contains(name);
      if (list == nullptr) continue;
      if (!list->is_array()) {
        return refused(alink_code::malformed, "properties and events are lists");
      }
      for (const json::value& members : list->get_array()) collector.all(kind, &members);
    }
  }
  return collector.take();
}

}  // namespace herald::thing
