#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
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

// What becomes of a message that a device published.
enum class UplinkVerdict : std::uint8_t {
  taken,
  not_authorized,  // It may not publish there. Dropped: device-mqtt.md, section 9.
  rate,            // Over a rate. Dropped: section 10.
  too_large,       // Payload over 256 KiB, or too much is retained. Dropped.
  failed,          // The disk refused what had to be kept; the device may send it again.
};
using UplinkAnswered = std::move_only_function<void(UplinkVerdict)>;

}  // namespace herald
