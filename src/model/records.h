#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "model/ids.h"
#include "model/names.h"
#include "model/topic.h"

// What the platform knows and keeps, apart from messages: each a value that is stored whole.
namespace herald {

struct Account {
  AccountId id;
  std::string name;
  Time created;
};

struct AccessKey {
  std::string id;
  std::string secret;
  AccountId account;
  bool active = true;
  Time created;
};

struct Instance {
  std::string id;  // Empty: the public instance, which calls need not name.
  AccountId account;
  std::string name;
  Time created;
};

struct Product {
  ProductKey key;
  AccountId account;
  std::string instance;
  std::string name;
  std::string secret;
  std::string description;
  std::string commodity_code;
  std::string auth_type;
  std::string category_key;
  std::int32_t node_type = 0;
  std::int32_t data_format = 1;
  std::int32_t net_type = 3;
  std::string protocol_type;
  std::int32_t validate_type = 1;
  bool id2 = false;
  bool released = false;
  Time created;
  std::vector<TopicCategory> topics;
};

struct Device {
  DeviceId id;
  ProductKey product;
  DeviceName name;
  std::string secret;
  std::string iot_id;  // What the API calls the device.
  std::string nickname;
  bool disabled = false;
  Time created;
  std::optional<Time> activated;    // The first connection.
  std::optional<Time> last_online;  // When the last connection began or ended.
  std::string address;              // Of the last connection.
};

struct Subscription {
  std::string filter;
  std::uint8_t qos = 0;  // What the device asked for; delivery is at the publisher's QoS.
  Time since;
  friend bool operator==(const Subscription&, const Subscription&) = default;
};

// The session of a device that asked to keep it (CleanSession 0), MQTT 3.1.1 section 3.1.2.4.
struct KeptSession {
  DeviceId device;
  std::vector<Subscription> subscriptions;
};

// That a signed request was seen, so that nobody sends it again: a keyed hash of key and nonce.
struct SeenNonce {
  std::array<char, 16> hash{};
  Time forget_at;
};

using Record = std::variant<Account, AccessKey, Instance, Product, Device, KeptSession, SeenNonce>;

// The names under which records are erased.
struct ErasedProduct {
  ProductKey key;
};
struct ErasedDevice {
  DeviceId id;
};
struct ErasedSession {
  DeviceId device;
};
struct ErasedAccessKey {
  std::string id;
};

using Change = std::variant<Record, ErasedProduct, ErasedDevice, ErasedSession, ErasedAccessKey>;
using Changes = std::vector<Change>;

}  // namespace herald
