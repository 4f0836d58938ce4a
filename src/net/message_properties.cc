#include "net/message_properties.h"

#include <algorithm>
#include <chrono>

#include "base/limits.h"

namespace herald::net {

MessageProperties message_properties(const mqtt::Properties& properties) {
  MessageProperties made;
  const auto text = [](const std::optional<std::string_view>& view) {
    return view.transform([](std::string_view it) { return std::string(it); });
  };
  for (const auto& [name, value] : properties.user) {
    if (made.user.size() == user_properties_max) break;
    made.user.emplace_back(name, value);
  }
  if (properties.response_topic) {
    made.response_topic = TopicTemplate::parse(*properties.response_topic);
  }
  made.correlation_data = text(properties.correlation_data);
  made.content_type = text(properties.content_type);
  made.payload_format = properties.payload_format;
  return made;
}

const mqtt::Properties* WrittenProperties::of(const Message& message, std::string_view device,
                                              Time now) {
  const MessageProperties& said = message.properties;
  // Seven days are the platform's, not the publisher's.
  const bool expires = message.deadline - message.created < limits::message_lifetime_max;
  const bool silent = said == MessageProperties() && !expires;
  if (silent) return nullptr;
  mqtt::Properties& properties = properties_.emplace();
  for (const auto& [name, value] : said.user) properties.user.emplace_back(name, value);
  if (said.response_topic) {
    response_topic_ = said.response_topic->topic_for(device);
    properties.response_topic = response_topic_;
  }
  properties.correlation_data = said.correlation_data;
  properties.content_type = said.content_type;
  properties.payload_format = said.payload_format;
  if (expires) {  // [MQTT-3.3.2-6]: what is left of it.
    const auto left = std::chrono::ceil<std::chrono::seconds>(message.deadline - now).count();
    properties.message_expiry = static_cast<std::uint32_t>(std::max<std::int64_t>(left, 1));
  }
  return &properties;
}

}  // namespace herald::net
