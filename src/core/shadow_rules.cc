#include "core/shadow_rules.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <utility>

#include "thing/json_text.h"

namespace herald::shadow {
namespace {

namespace json = boost::json;

constexpr std::string_view null_text = "null";  // How devices write it.
constexpr std::int64_t begin_anew = -1;         // As a version.
constexpr std::int64_t not_compared = 0;        // As a version of applications.

std::int64_t seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

// One half of a shadow: attributes, and when each was set.
struct Section {
  json::object state;
  json::object metadata;

  void stamp(const json::object& attributes, std::int64_t now) {
    // What clear() left.
    if (const auto* cleared = metadata.if_contains("timestamp"); cleared && !cleared->is_object()) {
      metadata.erase("timestamp");
    }
    for (const auto& [name, value] : attributes) metadata[name] = {{"timestamp", now}};
  }
  void clear(std::int64_t now) {
    state.clear();
    metadata = {{"timestamp", now}};
  }
};

struct Shadow {
  Section reported;
  Section desired;
  std::int64_t timestamp = 0;
  std::int64_t version = 0;
};

// Nothing: it is no JSON, or too deep. Two levels stand above `reported`.
std::optional<json::value> parse(std::string_view text) {
  return thing::parse_json(text, depth_max + 2);
}

const json::object* object_at(const json::object& parent, std::string_view name) {
  const json::value* value = parent.if_contains(name);
  return value != nullptr ? value->if_object() : nullptr;
}

std::optional<std::int64_t> integer_at(const json::object& parent, std::string_view name) {
  const json::value* value = parent.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<std::string_view> text_at(const json::object& parent, std::string_view name) {
  const json::value* value = parent.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

bool is_null(const json::value& value) {
  return value.is_null() || (value.is_string() && value.get_string() == null_text);
}

// Documents are this program's own: what cannot be read of one is as if it were not there.
Shadow read(std::string_view document) {
  Shadow shadow;
  if (document.empty()) return shadow;
  const auto value = parse(document);
  const json::object* root = value ? value->if_object() : nullptr;
  if (root == nullptr) return shadow;
  const auto section = [root](Section& into, std::string_view name) {
    if (const auto* state = object_at(*root, "state")) {
      if (const auto* attributes = object_at(*state, name)) into.state = *attributes;
    }
    if (const auto* metadata = object_at(*root, "metadata")) {
      if (const auto* times = object_at(*metadata, name)) into.metadata = *times;
    }
  };
  section(shadow.reported, "reported");
  section(shadow.desired, "desired");
  shadow.timestamp = integer_at(*root, "timestamp").value_or(0);
  shadow.version = integer_at(*root, "version").value_or(0);
  return shadow;
}

json::object both(const json::object& reported, const json::object& desired) {
  json::object sections;
  if (!reported.empty()) sections.emplace("reported", reported);
  if (!desired.empty()) sections.emplace("desired", desired);
  return sections;
}
json::object state_of(const Shadow& shadow) {
  return both(shadow.reported.state, shadow.desired.state);
}
json::object metadata_of(const Shadow& shadow) {
  return both(shadow.reported.metadata, shadow.desired.metadata);
}

std::string text_of(const Shadow& shadow) {
  return thing::print_json(json::object{{"state", state_of(shadow)},
                                        {"metadata", metadata_of(shadow)},
                                        {"timestamp", shadow.timestamp},
                                        {"version", shadow.version}});
}

// What the device is sent when it asks, and when an application changed something.
std::string whole(std::string_view method, const Shadow& shadow, Time now) {
  return thing::print_json(json::object{
      {"method", method},
      {"payload",
       {{"status", "success"}, {"state", state_of(shadow)}, {"metadata", metadata_of(shadow)}}},
      {"version", shadow.version},
      {"timestamp", seconds(now)}});
}

// Attributes at any depth; objects count as well as what is in them.
std::size_t count(const json::object& attributes) {
  std::size_t sum = attributes.size();
  for (const auto& [name, value] : attributes) {
    if (const auto* inner = value.if_object()) sum += count(*inner);
  }
  return sum;
}

bool has_nothing(const json::object& attributes) {
  return std::ranges::any_of(attributes, [](const auto& attribute) {
    if (attribute.key().empty() || attribute.value().is_null()) return true;
    const auto* inner = attribute.value().if_object();
    return inner != nullptr && has_nothing(*inner);
  });
}

bool has_too_many(const Shadow& shadow) {
  return count(shadow.reported.state) > attributes_max ||
         count(shadow.desired.state) > attributes_max;
}
bool is_too_large(const Shadow& shadow) {
  return thing::print_json(state_of(shadow)).size() > bytes_max;
}

// Objects attribute by attribute; everything else, lists too, is replaced.
void merge_into(json::object& into, const json::object& attributes) {
  for (const auto& [name, value] : attributes) {
    json::value& there = into[name];
    if (value.is_object() && there.is_object()) {
      merge_into(there.get_object(), value.get_object());
    } else {
      there = value;
    }
  }
}

// Removes what is marked with null.
void remove(Section& section, const json::object& marks) {
  const auto remove_marked = [](auto& self, json::object& from,
                                const json::object& marked) -> void {
    for (const auto& [name, value] : marked) {
      json::value* there = from.if_contains(name);
      if (there == nullptr) continue;
      if (is_null(value)) {
        from.stable_erase(from.find(name));
      } else if (value.is_object() && there->is_object()) {
        self(self, there->get_object(), value.get_object());
      }
    }
  };
  remove_marked(remove_marked, section.state, marks);
  for (const auto& [name, value] : marks) {
    const auto time = section.metadata.find(name);
    if (!section.state.contains(name) && time != section.metadata.end()) {
      section.metadata.stable_erase(time);
    }
  }
}

// Devices.

// What a device is told when nothing comes of its message.
struct Refusal {
  std::int64_t code;
  std::string_view message;
};
namespace refusals {
constexpr Refusal not_json{400, "The message is no JSON object, too long or too deep"};
constexpr Refusal no_method{401, "There is no method"};
constexpr Refusal no_state{402, "There is no state"};
constexpr Refusal no_version{403, "The version is no whole number"};
constexpr Refusal no_reported{404, "There is no reported state"};
constexpr Refusal nothing_reported{405, "A reported attribute is empty, or there is none"};
constexpr Refusal unknown_method{406, "The method is unknown"};
constexpr Refusal no_content{407, "The message is empty"};
constexpr Refusal too_many{408, "The shadow has too many attributes, or is too large"};
constexpr Refusal version_conflict{409, "The version is not above that of the shadow"};
constexpr Refusal failed{500, "The server failed"};
}  // namespace refusals

std::string reply_of(const Refusal& refusal, Time now) {
  return thing::print_json(json::object{
      {"method", "reply"},
      {"payload",
       {{"status", "error"},
        {"content",
         {{"errorcode", std::to_string(refusal.code)}, {"errormessage", refusal.message}}}}},
      {"timestamp", seconds(now)}});
}

using Refused = std::optional<Refusal>;

// Whether the version may follow that of the shadow.
bool follows(std::int64_t version, const Shadow& shadow) {
  return version == begin_anew || version > shadow.version;
}
void set_version(Shadow& shadow, std::int64_t version, std::int64_t now) {
  shadow.version = version == begin_anew ? 0 : version;
  shadow.timestamp = now;
}

Refused update(Shadow& shadow, const json::object& state, std::int64_t version, std::int64_t now) {
  const json::value* reported = state.if_contains("reported");
  const json::value* desired = state.if_contains("desired");
  const bool clears_desired = desired != nullptr && is_null(*desired);
  if (reported == nullptr && !clears_desired) return refusals::no_reported;
  const json::object* attributes = reported != nullptr ? reported->if_object() : nullptr;
  if (reported != nullptr) {
    if (attributes == nullptr || attributes->empty() || has_nothing(*attributes)) {
      return refusals::nothing_reported;
    }
  }
  if (!follows(version, shadow)) return refusals::version_conflict;
  if (attributes != nullptr) {
    merge_into(shadow.reported.state, *attributes);
    shadow.reported.stamp(*attributes, now);
  }
  if (clears_desired) shadow.desired.clear(now);
  return std::nullopt;
}

Refused erase(Shadow& shadow, const json::object& state, std::int64_t version, std::int64_t now) {
  const json::value* reported = state.if_contains("reported");
  const json::value* desired = state.if_contains("desired");
  if (reported == nullptr && desired == nullptr) return refusals::no_reported;
  for (const json::value* section : {reported, desired}) {
    if (section == nullptr || is_null(*section)) continue;
    if (!section->is_object() || section->get_object().empty()) return refusals::nothing_reported;
  }
  if (!follows(version, shadow)) return refusals::version_conflict;
  const auto apply = [now](Section& section, const json::value* marks) {
    if (marks == nullptr) return;
    if (const auto* attributes = marks->if_object()) {
      remove(section, *attributes);
    } else {
      section.clear(now);
    }
  };
  apply(shadow.reported, reported);
  apply(shadow.desired, desired);
  return std::nullopt;
}

// Changes the shadow as `step` says. The state and the version are checked before.
template <class Step>
Answer write(Shadow shadow, const json::object& message, Time now, Step step) {
  const json::object* state = object_at(message, "state");
  if (state == nullptr) return {reply_of(refusals::no_state, now), std::nullopt};
  const auto version = integer_at(message, "version");
  if (!version) return {reply_of(refusals::no_version, now), std::nullopt};
  Refused refused = step(shadow, *state, *version, seconds(now));
  if (!refused && (has_too_many(shadow) || is_too_large(shadow))) refused = refusals::too_many;
  if (refused) return {reply_of(*refused, now), std::nullopt};
  set_version(shadow, *version, seconds(now));
  std::string reply =
      thing::print_json(json::object{{"method", "reply"},
                                     {"payload", {{"status", "success"}, {"version", *version}}},
                                     {"timestamp", seconds(now)}});
  return {std::move(reply), text_of(shadow)};
}

}  // namespace

Answer answer_device(std::string_view document, std::string_view message, Time now) {
  const auto refuse = [now](const Refusal& refusal) {
    return Answer{reply_of(refusal, now), std::nullopt};
  };
  if (message.empty()) return refuse(refusals::no_content);
  if (message.size() > bytes_max) return refuse(refusals::not_json);
  const auto value = parse(message);
  const json::object* asked = value ? value->if_object() : nullptr;
  if (asked == nullptr) return refuse(refusals::not_json);
  const auto method = text_at(*asked, "method");
  if (!method) return refuse(refusals::no_method);
  if (*method == "get") return {whole("reply", read(document), now), std::nullopt};
  if (*method == "update") return write(read(document), *asked, now, update);
  if (*method == "delete") return write(read(document), *asked, now, erase);
  return refuse(refusals::unknown_method);
}

std::string failure_reply(Time now) { return reply_of(refusals::failed, now); }

// Applications.

Result<Change> change(std::string_view document, std::string_view message, bool merge, Time now) {
  if (message.empty()) return fail(Code::shadow_message_empty);
  if (message.size() > bytes_max) {
    return fail(Code::shadow_message_too_large, std::to_string(message.size()) + " bytes");
  }
  const auto value = parse(message);
  const json::object* asked = value ? value->if_object() : nullptr;
  if (asked == nullptr) return fail(Code::shadow_message_not_json, "it cannot be read");
  const json::value* method = asked->if_contains("method");
  if (method == nullptr || method->is_null()) return fail(Code::shadow_method_missing);
  if (text_at(*asked, "method") != "update") {
    return fail(Code::shadow_method_not_update, thing::print_json(*method).substr(0, 64));
  }
  const json::value* stated = asked->if_contains("version");
  if (stated == nullptr || is_null(*stated)) return fail(Code::shadow_version_missing);
  const json::object* state = object_at(*asked, "state");
  if (state == nullptr) return fail(Code::shadow_state_missing);
  const json::value* desired = state->if_contains("desired");
  if (desired == nullptr) return fail(Code::shadow_desired_missing);
  if (desired->is_null()) return fail(Code::shadow_desired_null);
  const json::object* attributes = desired->if_object();
  if (attributes == nullptr) return fail(Code::shadow_desired_not_object);
  if (attributes->empty()) return fail(Code::shadow_desired_empty);
  if (has_nothing(*attributes)) return fail(Code::shadow_attribute_null, "in desired");

  Shadow shadow = read(document);
  const auto version = integer_at(*asked, "version");
  if (!version || (*version != not_compared && !follows(*version, shadow))) {
    return fail(Code::shadow_version_invalid, thing::print_json(*stated).substr(0, 64) + " after " +
                                                  std::to_string(shadow.version));
  }
  if (!merge) shadow.desired = {};
  merge_into(shadow.desired.state, *attributes);
  shadow.desired.stamp(*attributes, seconds(now));
  if (has_too_many(shadow)) {
    return fail(Code::shadow_attributes_too_many, std::to_string(count(shadow.desired.state)));
  }
  if (is_too_large(shadow)) return fail(Code::shadow_message_too_large, "with what is there");
  set_version(shadow, *version == not_compared ? shadow.version : *version, seconds(now));
  return Change{.document = text_of(shadow), .push = whole("control", shadow, now)};
}

std::string shown(std::string_view document) { return text_of(read(document)); }

}  // namespace herald::shadow
