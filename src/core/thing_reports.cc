#include "core/thing_reports.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <utility>

#include "core/alink_exchange.h"
#include "thing/json_text.h"
#include "thing/tsl.h"

namespace herald {
namespace {

namespace json = boost::json;
namespace code = thing::alink_code;

constexpr std::size_t desired_max = 200;  // Of one request: alink.md, section 6.
// device-mqtt.md, section 14; of one request, and of a device.
constexpr std::size_t tags_max = 200;
constexpr std::size_t tag_key_max = 64, tag_value_max = 512;

ThingStream stream_of(const thing::Reported& reported) {
  if (reported.kind == thing::ReportKind::property) {
    return reported.fits ? ThingStream::properties : ThingStream::unchecked_properties;
  }
  return reported.fits ? ThingStream::events : ThingStream::unchecked_events;
}

// A property has one value in a millisecond; of two events both are kept.
std::vector<ThingEntry> entries_of(DeviceId device, std::vector<thing::Reported> values,
                                   IdGenerator& ids) {
  std::vector<ThingEntry> entries;
  entries.reserve(values.size());
  for (thing::Reported& each : values) {
    const bool is_event = each.kind == thing::ReportKind::event;
    entries.push_back({.device = device,
                       .identifier = std::move(each.identifier),
                       .place = {.time = each.time,
                                 .sequence = is_event ? ids.next() : 0,
                                 .stream = stream_of(each)},
                       .value = std::move(each.value)});
  }
  return entries;
}

bool is_tag_key(std::string_view key) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !key.empty() && key.size() <= tag_key_max && is_letter(key.front()) &&
         std::ranges::all_of(key, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// Errors: malformed.
Result<Tags> tags_from(const json::value& params, bool with_values) {
  const auto* list = params.if_array();
  if (list == nullptr || list->empty() || list->size() > tags_max) {
    return fail(Code::malformed, "params is a list of up to 200 tags");
  }
  Tags tags;
  for (const json::value& each : *list) {
    const auto* tag = each.if_object();
    const json::value* key = tag == nullptr ? nullptr : tag->if_contains("attrKey");
    if (key == nullptr || !key->is_string() || !is_tag_key(key->get_string())) {
      return fail(Code::malformed, "an attrKey is up to 64 letters, digits and underscores");
    }
    // What SDKs say of themselves with each connection is answered, and no owner's tag.
    const json::value* domain = tag->if_contains("domain");
    if (domain != nullptr && domain->is_string() && domain->get_string() == "SYSTEM") continue;
    std::string text;
    if (with_values) {
      const json::value* value = tag->if_contains("attrValue");
      if (value == nullptr || value->is_null()) {
        return fail(Code::malformed, "a tag has an attrValue");
      }
      text = thing::plain_text(*value);
      if (text.size() > tag_value_max) return fail(Code::malformed, "an attrValue is too long");
    }
    tags.emplace_back(key->get_string(), std::move(text));
  }
  return tags;
}

// Identifiers, each with the version that it names. Errors: malformed.
Result<std::vector<DesiredProperties::Fulfilled>> fulfilled_from(const json::object& params) {
  std::vector<DesiredProperties::Fulfilled> all;
  for (const auto& [identifier, value] : params) {
    const auto* object = value.if_object();
    if (object == nullptr) return fail(Code::malformed, "each identifier has an object");
    std::optional<std::uint64_t> version;
    if (const auto* given = object->if_contains("version")) {
      const auto* number = given->if_int64();
      if (number == nullptr || *number < 0) return fail(Code::malformed, "a version is a number");
      version = static_cast<std::uint64_t>(*number);
    }
    all.push_back({std::string(identifier), version});
  }
  return all;
}

}  // namespace

ThingReports::ThingReports(Registry& registry, const ThingModels& models, ThingHistory& history,
                           DesiredProperties& desired, Publisher& publisher, IdGenerator& ids,
                           const Clock& clock)
    : registry_(registry),
      models_(models),
      history_(history),
      desired_(desired),
      publisher_(publisher),
      ids_(ids),
      clock_(clock) {}

void ThingReports::take_properties(const SystemMessage& from, UplinkAnswered answered) {
  take(from, thing::read_properties, std::move(answered));
}

void ThingReports::take_pack(const SystemMessage& from, UplinkAnswered answered) {
  take(from, thing::read_pack, std::move(answered));
}

void ThingReports::take_history(const SystemMessage& from, UplinkAnswered answered) {
  const thing::ReportIdentity self{from.device.product.view(), from.device.name.view()};
  take(
      from,
      [&](const json::value& params, const thing::ReportRules& rules) {
        return thing::read_history(params, self, rules);
      },
      std::move(answered));
}

void ThingReports::take_event(const SystemMessage& from, UplinkAnswered answered) {
  take(
      from,
      [&](const json::value& params, const thing::ReportRules& rules) {
        return thing::read_event(from.wildcards.front(), params, rules);
      },
      std::move(answered));
}

void ThingReports::take(const SystemMessage& from, const Read& read, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  const auto& request = exchange.request();
  if (!request.fault.is_success()) return exchange.refuse(request.fault);
  const auto product = registry_.product(from.device.product.view());
  if (!product) return exchange.fail();  // It is being deleted, and the device with it.
  const ThingRules rules = rules_of(*product, models_);
  thing::Report report =
      read(request.params,
           {.model = rules.model.get(), .strictness = rules.strictness, .now = clock_.now()});
  if (!report.fault.is_success()) return exchange.refuse(report.fault);
  keep(entries_of(from.device.id, std::move(report.values), ids_), from.message.qos,
       [exchange = std::move(exchange)](const Result<void>& kept) mutable { exchange.end(kept); });
}

void ThingReports::keep(std::vector<ThingEntry> entries, Qos qos, Done<void> done) {
  if (qos == Qos::at_least_once && !entries.empty()) {
    return history_.keep(std::move(entries), std::move(done));
  }
  if (!entries.empty()) history_.keep_soon(std::move(entries));
  done({});
}

void ThingReports::get_desired(const SystemMessage& from, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  const auto& request = exchange.request();
  if (!request.fault.is_success()) return exchange.refuse(request.fault);
  const auto* list = request.params.if_array();
  const bool are_texts =
      list != nullptr && !list->empty() &&
      std::ranges::all_of(*list, [](const json::value& each) { return each.is_string(); });
  if (!are_texts) return exchange.refuse({code::malformed, "params is a list of identifiers"});
  if (list->size() > desired_max) {
    return exchange.refuse({code::too_many_desired, "a request names up to 200 properties"});
  }
  std::vector<std::string> wanted;
  for (const json::value& each : *list) wanted.emplace_back(each.get_string());
  desired_.of(from.device.id, [exchange = std::move(exchange), wanted = std::move(wanted)](
                                  Result<std::vector<DesiredProperty>> all) mutable {
    if (!all) return exchange.refuse({code::failed, "desired values cannot be read now"});
    json::object data;
    for (const DesiredProperty& each : *all) {
      if (!each.value || std::ranges::find(wanted, each.identifier) == wanted.end()) continue;
      data[each.identifier] = {{"value", thing::parse_json(*each.value).value_or(nullptr)},
                               {"version", each.version}};
    }
    exchange.succeed(data);
  });
}

void ThingReports::delete_desired(const SystemMessage& from, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  const auto& request = exchange.request();
  if (!request.fault.is_success()) return exchange.refuse(request.fault);
  const auto* params = request.params.if_object();
  if (params == nullptr || params->empty()) {
    return exchange.refuse({code::malformed, "params is an object of identifiers"});
  }
  if (params->size() > desired_max) {
    return exchange.refuse({code::too_many_desired, "a request names up to 200 properties"});
  }
  auto all = fulfilled_from(*params);
  if (!all) return exchange.refuse({code::malformed, all.error().detail});
  desired_.clear(from.device.id, *std::move(all),
                 [exchange = std::move(exchange)](const Result<void>& kept) mutable {
                   if (kept) return exchange.succeed();
                   exchange.refuse({code::failed, "desired values cannot be changed now"});
                 });
}

void ThingReports::update_tags(const SystemMessage& from, UplinkAnswered answered) {
  change_tags(from, /*erases=*/false, std::move(answered));
}

void ThingReports::delete_tags(const SystemMessage& from, UplinkAnswered answered) {
  change_tags(from, /*erases=*/true, std::move(answered));
}

// What a device says with each connection is no reason to write each time.
bool ThingReports::has_tags(DeviceId id, const Tags& tags) const {
  const auto view = registry_.device(id);
  return view && std::ranges::all_of(tags, [&](const auto& tag) {
           return std::ranges::find(view->device->tags, tag) != view->device->tags.end();
         });
}

void ThingReports::change_tags(const SystemMessage& from, bool erases, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  const auto& request = exchange.request();
  if (!request.fault.is_success()) return exchange.refuse(request.fault);
  auto tags = tags_from(request.params, /*with_values=*/!erases);
  if (!tags) return exchange.refuse({code::malformed, tags.error().detail});
  if (!erases && has_tags(from.device.id, *tags)) return exchange.succeed();
  const auto change = [erases, tags = *std::move(tags)](Device& device) -> Result<void> {
    for (const auto& tag : tags) {
      std::erase_if(device.tags, [&](const auto& each) { return each.first == tag.first; });
      if (!erases) device.tags.push_back(tag);
    }
    if (device.tags.size() > tags_max) return fail(Code::device_tags_too_many);
    return {};
  };
  registry_.change_device(
      from.device.id, {}, change,
      [exchange = std::move(exchange)](const Result<void>& kept) mutable {
        if (!kept && kept.error().code == Code::device_tags_too_many) {
          return exchange.refuse({code::malformed, "a device has up to 200 tags"});
        }
        exchange.end(kept);
      });
}

void ThingReports::get_model(const SystemMessage& from, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  const auto& request = exchange.request();
  if (!request.fault.is_success()) return exchange.refuse(request.fault);
  const auto product = registry_.product(from.device.product.view());
  const auto model = product ? models_.published(product->key.view()) : nullptr;
  if (!model) return exchange.refuse({code::no_model, "the product has no published thing model"});
  const std::string text =
      thing::print_tsl(*model, model->blocks().front(), product->key.view(), thing::TslStyle::full);
  exchange.succeed(thing::parse_json(text).value_or(json::object()));
}

}  // namespace herald
