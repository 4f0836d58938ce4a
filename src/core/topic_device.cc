#include "core/topic_device.h"

namespace herald {
namespace {

// Takes the levels of a topic one after the other, from behind its first slash.
class Levels {
 public:
  explicit Levels(std::string_view topic) : rest_(topic) {}

  std::string_view next() {
    const auto slash = rest_.find('/');
    const std::string_view level = rest_.substr(0, slash);
    rest_.remove_prefix(slash == rest_.npos ? rest_.size() : slash + 1);
    return level;
  }
  // The next two, with the slash between them.
  std::optional<std::string_view> next_two() const {
    const auto first = rest_.find('/');
    if (first == 0 || first == rest_.npos) return std::nullopt;
    const auto second = rest_.find('/', first + 1);
    if (second == first + 1 || first + 1 == rest_.size()) return std::nullopt;
    return rest_.substr(0, second);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace

std::optional<std::string_view> device_in_topic(std::string_view topic) {
  if (!topic.starts_with('/')) return std::nullopt;
  Levels custom(topic.substr(1));
  Levels levels = custom;
  const std::string_view first = levels.next();
  if (first == "sys") return levels.next_two();
  if (first == "broadcast") return std::nullopt;
  if (first == "ext") {
    const std::string_view what = levels.next();
    if (what == "session" || what == "error" || what == "ntp") return levels.next_two();
    if (what != "rrpc") return std::nullopt;
    levels.next();  // The message's id; behind it any topic, with its slash or without.
    if (levels.rest().starts_with('/')) return device_in_topic(levels.rest());
    return levels.next_two();
  }
  if (first == "shadow") {
    levels.next();
    return levels.next_two();
  }
  if (first == "ota") {
    levels.next();
    levels.next();
    return levels.next_two();
  }
  return custom.next_two();
}

}  // namespace herald
