#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "model/ids.h"
#include "model/names.h"
#include "model/topic.h"

namespace herald {

enum class Qos : std::uint8_t { at_most_once = 0, at_least_once = 1 };

// What a publisher says beside topic and payload, for receivers that speak MQTT 5.0,
// section 3.3.2.3.
struct MessageProperties {
  std::vector<std::pair<std::string, std::string>> user;
  std::optional<TopicTemplate> response_topic;
  std::optional<std::string> correlation_data;
  std::optional<std::string> content_type;
  std::optional<std::uint8_t> payload_format;
  friend bool operator==(const MessageProperties&, const MessageProperties&) = default;
};

// What RETAIN means on a message, MQTT 5.0 section 3.3.1.3.
enum class Retain : std::uint8_t {
  no = 0,
  published = 1,  // Its publisher set it: seen by subscriptions that ask for it as published.
  kept = 2,       // Sent because of a new subscription.
};

// One published payload and all whom it is for. Never changed once it has its id.
struct Message {
  MessageId id;
  AccountId account;
  std::string product;     // ProductKey of all recipients.
  std::string request_id;  // Of the call that published it.
  TopicTemplate topic;
  Qos qos = Qos::at_most_once;
  Time created;
  Time deadline;  // Not handed to a device from here on.
  MessageProperties properties;
  DeviceId source;  // The device that published it; 0: a caller of the API, or the platform.
  Retain retain = Retain::no;
  bool unmetered = false;  // Outside the rates of devices and accounts: it has a quota of its own.
  std::vector<DeviceId> recipients;
  std::string payload;
};
using SharedMessage = std::shared_ptr<const Message>;

// The memory that it takes, but for its short texts.
inline std::size_t memory_of(const Message& message) {
  return sizeof(Message) + message.payload.size() + message.recipients.size() * sizeof(DeviceId);
}

// The payload alone, keeping the whole message alive.
inline SharedBytes payload_of(const SharedMessage& message) { return {message, message->payload}; }

// What became of a message at one recipient. The first two are known to the device's home alone
// and never stored; the others are final.
enum class Outcome : std::uint8_t {
  queued = 0,
  inflight = 1,
  sent = 2,  // QoS 0, handed to the socket.
  acked = 3,
  expired = 4,
  cancelled = 5,
  dropped = 6,
};
constexpr bool is_final(Outcome outcome) { return outcome >= Outcome::sent; }

enum class DropReason : std::uint8_t {
  none = 0,
  not_subscribed = 1,
  offline = 2,  // QoS 0 only.
  slow = 3,     // QoS 0 only: the device does not read its socket.
  queue_full = 4,
  session_ended = 5,
  device_deleted = 6,
  unreadable = 7,  // Its record on the disk is damaged.
  too_large = 8,   // For the Maximum Packet Size that the device stated, MQTT 5.0.
  rate = 9,        // QoS 0 only: over a downlink rate.
};

// The words of the API.
std::string_view name_of(Outcome outcome);
std::string_view name_of(DropReason reason);

struct Receipt {
  Outcome outcome = Outcome::queued;
  DropReason reason = DropReason::none;
  Time at;  // When it came to this.
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

// A recipient by its place in Message::recipients.
using RecipientIndex = std::uint32_t;

struct ReceiptOf {
  MessageId message;
  RecipientIndex recipient = 0;
  Receipt receipt;
};

}  // namespace herald
