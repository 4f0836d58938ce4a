#include "model/topic.h"

#include <algorithm>

namespace herald {
namespace {

// Takes the next level off the front of `rest`; `more` tells whether another follows.
std::string_view next_level(std::string_view& rest, bool& more) {
  const auto slash = rest.find('/');
  more = slash != std::string_view::npos;
  const std::string_view level = rest.substr(0, slash);
  rest.remove_prefix(more ? slash + 1 : rest.size());
  return level;
}

bool has_valid_wildcards(std::string_view filter) {
  bool more = true;
  while (more) {
    const std::string_view level = next_level(filter, more);
    if (level == "#" && !more) return true;
    if (level == "+") continue;
    if (level.find_first_of("+#") != std::string_view::npos) return false;
  }
  return true;
}

// The walk that both relations share: a + of `narrow` is covered by a + but not by a literal.
bool covers_levels(std::string_view wide, std::string_view narrow) {
  bool wide_more = true;
  bool narrow_more = true;
  while (true) {
    const std::string_view w = next_level(wide, wide_more);
    if (w == "#") return true;
    const std::string_view n = next_level(narrow, narrow_more);
    if (n == "#") return false;
    if (w != "+" && w != n) return false;
    if (!narrow_more) {
      // `a/#` matches `a` itself, too.
      return !wide_more || wide == "#";
    }
    if (!wide_more) return false;
  }
}

}  // namespace

TopicTemplate TopicTemplate::custom(const ProductKey& product, std::string_view suffix) {
  TopicTemplate made;
  made.before_ = "/" + product.text() + "/";
  made.after_ = "/user/" + std::string(suffix);
  made.names_device_ = true;
  return made;
}

TopicTemplate TopicTemplate::parse(std::string_view text) {
  TopicTemplate made;
  const auto at = text.find(placeholder);
  made.names_device_ = at != std::string_view::npos;
  made.before_ = std::string(text.substr(0, at));
  if (made.names_device_) made.after_ = std::string(text.substr(at + placeholder.size()));
  return made;
}

std::string TopicTemplate::topic_for(std::string_view device) const {
  std::string topic;
  topic.reserve(before_.size() + device.size() + after_.size());
  topic += before_;
  if (names_device_) topic += device;
  topic += after_;
  return topic;
}

std::string TopicTemplate::text() const { return topic_for(placeholder); }

std::optional<std::string_view> custom_suffix(const TopicTemplate& topic,
                                              const ProductKey& product) {
  constexpr std::string_view user = "/user/";
  const std::string_view before = topic.before();
  const bool of_product = topic.names_device() && before.size() == product.view().size() + 2 &&
                          before.front() == '/' && before.back() == '/' &&
                          before.substr(1, product.view().size()) == product.view();
  if (!of_product || !topic.after().starts_with(user)) return std::nullopt;
  return topic.after().substr(user.size());
}

std::optional<CustomTopic> parse_custom_topic(std::string_view topic) {
  constexpr std::string_view user = "/user/";
  if (!topic.starts_with('/')) return std::nullopt;
  topic.remove_prefix(1);
  const auto product_end = topic.find('/');
  if (product_end == topic.npos) return std::nullopt;
  const std::string_view rest = topic.substr(product_end + 1);
  const auto device_end = rest.find('/');
  if (device_end == rest.npos || !rest.substr(device_end).starts_with(user)) return std::nullopt;
  return CustomTopic{.product = topic.substr(0, product_end),
                     .device = rest.substr(0, device_end),
                     .suffix = rest.substr(device_end + user.size())};
}

bool is_system_topic(std::string_view topic) {
  return topic.starts_with("/sys/") || topic.starts_with("/ext/") ||
         topic.starts_with("/shadow/") || topic.starts_with("/ota/");
}

bool is_broadcast_topic(std::string_view topic) { return topic.starts_with("/broadcast/"); }

bool is_broadcast_topic_of(const ProductKey& product, std::string_view topic) {
  const std::string start = "/broadcast/" + product.text() + "/";
  return topic.starts_with(start) && topic.size() > start.size() && is_topic_name(topic);
}

std::optional<ShareFilter> parse_share(std::string_view filter) {
  constexpr std::string_view share = "$share/";
  if (!filter.starts_with(share)) return ShareFilter{.group = {}, .filter = filter};
  filter.remove_prefix(share.size());
  const auto slash = filter.find('/');
  if (slash == filter.npos) return std::nullopt;
  const ShareFilter parsed{.group = filter.substr(0, slash), .filter = filter.substr(slash + 1)};
  // [MQTT-4.8.2-1], [MQTT-4.8.2-2]
  const bool sound = !parsed.group.empty() && parsed.group.find_first_of("+#") == filter.npos &&
                     !parsed.filter.empty();
  return sound ? std::optional(parsed) : std::nullopt;
}

bool is_category_suffix(std::string_view suffix, bool wildcards) {
  bool more = true;
  while (more) {
    const std::string_view level = next_level(suffix, more);
    if (level.empty()) return false;
    if (wildcards && (level == "+" || (level == "#" && !more))) continue;
    if (!std::ranges::all_of(level, [](char c) { return is_letter_or_digit(c) || c == '_'; })) {
      return false;
    }
  }
  return true;
}

bool is_topic_name(std::string_view topic) {
  return !topic.empty() && topic.find_first_of(std::string_view("+#\0", 3)) == topic.npos;
}

bool is_topic_filter(std::string_view filter) {
  return !filter.empty() && filter.find('\0') == filter.npos && has_valid_wildcards(filter);
}

bool matches(std::string_view filter, std::string_view topic) {
  if (filter == topic) return true;  // As with most: no need to walk along both.
  // Wildcards at the front do not match topics of the server's own, [MQTT-4.7.2-1].
  if (topic.starts_with('$') && (filter.starts_with('#') || filter.starts_with('+'))) return false;
  return covers_levels(filter, topic);
}

bool covers(std::string_view wide, std::string_view narrow) { return covers_levels(wide, narrow); }

}  // namespace herald
