#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "model/message.h"

namespace herald {

// What a device publishes.
struct UplinkMessage {
  std::string topic;
  Qos qos = Qos::at_most_once;
  bool retain = false;
  MessageProperties properties;
  std::optional<std::chrono::seconds> expiry;
  std::string payload;
};

}  // namespace herald
