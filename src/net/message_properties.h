#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/message.h"
#include "mqtt/properties.h"

// The properties of messages, between their packets and the platform: MQTT 5.0 section 3.3.2.3.
namespace herald::net {

// device-mqtt.md, section 12: of more than these, the first count.
constexpr std::size_t user_properties_max = 20;

MessageProperties message_properties(const mqtt::Properties& properties);

// What a message to one device says; holds the texts that are made for it.
class WrittenProperties {
 public:
  // Null when there is nothing to say. Valid for as long as this object and the message.
  const mqtt::Properties* of(const Message& message, std::string_view device, Time now);

 private:
  std::optional<mqtt::Properties> properties_;
  std::string response_topic_;
};

}  // namespace herald::net
