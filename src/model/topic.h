#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "model/ids.h"
#include "model/names.h"

namespace herald {

// What a device may do with the topics of a category: operations.md, CreateProductTopic.
enum class Permission : std::uint8_t { pub = 0, sub = 1, all = 2 };

constexpr bool may_publish(Permission permission) { return permission != Permission::sub; }
constexpr bool may_subscribe(Permission permission) { return permission != Permission::pub; }

// A class of custom topics of a product: /${productKey}/${deviceName}/user/<suffix>.
struct TopicCategory {
  TopicId id;
  std::string suffix;  // May hold + and # where devices subscribe only.
  Permission permission = Permission::sub;
  std::string description;
};

// What custom topics are held to; device-mqtt.md, section 9.
struct TopicLimits {
  std::size_t bytes = limits::topic_bytes_max;
  std::size_t slashes = limits::custom_topic_slashes_max;
};

// A topic with the device left open, split where its name goes.
class TopicTemplate {
 public:
  static constexpr std::string_view placeholder = "${deviceName}";

  TopicTemplate() = default;
  // The custom topic with this suffix. The suffix is not checked.
  static TopicTemplate custom(const ProductKey& product, std::string_view suffix);
  // A full text with the placeholder, as QueryProductTopic shows it; without one the topic is the
  // same for every device.
  static TopicTemplate parse(std::string_view text);

  std::string topic_for(std::string_view device) const;
  std::string text() const;
  std::string_view before() const { return before_; }
  std::string_view after() const { return after_; }
  bool names_device() const { return names_device_; }
  friend bool operator==(const TopicTemplate&, const TopicTemplate&) = default;

 private:
  std::string before_;
  std::string after_;
  bool names_device_ = false;
};

// The suffix behind /${productKey}/${deviceName}/user/ when the template is that of a custom topic
// of this product.
std::optional<std::string_view> custom_suffix(const TopicTemplate& topic,
                                              const ProductKey& product);

// `/${productKey}/${deviceName}/user/<suffix>` with the names filled in. Views into the text.
struct CustomTopic {
  std::string_view product;
  std::string_view device;
  std::string_view suffix;
};
std::optional<CustomTopic> parse_custom_topic(std::string_view topic);

// Topics that the platform and the devices' SDKs own: device-mqtt.md, sections 8 and 11.
bool is_system_topic(std::string_view topic);
// `/broadcast/${productKey}/…`, which all devices of a product share: section 11.
bool is_broadcast_topic(std::string_view topic);
// One of this product that can be published to.
bool is_broadcast_topic_of(const ProductKey& product, std::string_view topic);

// What a filter asks for: MQTT 5.0 section 4.8.2. The group is empty when it is not shared.
struct ShareFilter {
  std::string_view group;
  std::string_view filter;
};
// Nothing when `$share/` is not followed by a group and a filter.
std::optional<ShareFilter> parse_share(std::string_view filter);

// Levels of letters, digits and underscores, none empty; + and # only where they are allowed, as
// whole levels and # as the last one: operations.md, CreateProductTopic.
bool is_category_suffix(std::string_view suffix, bool wildcards);

// A topic that can be published to, MQTT 3.1.1 section 4.7: no wildcard, no NUL, no empty text.
bool is_topic_name(std::string_view topic);
// A filter that can be subscribed to: + and # stand alone in their level, # is the last.
bool is_topic_filter(std::string_view filter);

// MQTT 3.1.1 section 4.7.
bool matches(std::string_view filter, std::string_view topic);
// Whether every topic that `narrow` matches is matched by `wide`, too.
bool covers(std::string_view wide, std::string_view narrow);

}  // namespace herald
