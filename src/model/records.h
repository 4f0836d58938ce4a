#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "model/ids.h"
#include "model/message.h"
#include "model/names.h"
#include "model/topic.h"

// What the platform knows and keeps, apart from messages: each a value that is stored whole.
namespace herald {

struct Account {
  AccountId id;
  std::string name;
  Time created;
  std::string password;  // For the console, as hash_password makes it; empty: no sign-in.
};

struct AccessKey {
  std::string id;
  std::string secret;
  AccountId account;
  bool active = true;
  Time created;
  std::string user;  // The RAM user that it is of; empty: of the account itself.
};

// Somebody who calls for an account and may do what policies say.
struct RamUser {
  AccountId account;
  std::string name;
  std::string id;
  std::string display_name;
  std::string mobile_phone;
  std::string email;
  std::string comments;
  Time created;
  Time updated;
  // Names of policies, `Custom/…` or `System/…`, and when they were attached.
  std::vector<std::pair<std::string, Time>> policies;
  // For the console, as hash_password makes it; empty: no sign-in.
  std::string password;
  bool must_change_password = false;
  std::optional<Time> login_created;
};

// Who somebody may become for a while, and what they may do then.
struct RamRole {
  AccountId account;
  std::string name;
  std::string id;
  std::string description;
  std::string trust;  // The policy that says who may assume it.
  std::int32_t session_seconds_max = 3'600;
  Time created;
  Time updated;
  std::vector<std::pair<std::string, Time>> policies;  // As those of users.
};

// A policy of an account's own.
struct RamPolicy {
  AccountId account;
  std::string name;
  std::string description;
  std::string document;
  Time created;
};

struct Instance {
  std::string id;  // Empty: the public instance, which calls need not name.
  AccountId account;
  std::string name;
  Time created;
};

// What owners say about products and devices, each key once.
using Tags = std::vector<std::pair<std::string, std::string>>;

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
  bool dynamic_registration = false;  // Its devices may fetch their secret: section 4.
  Tags tags;
  bool deleting = false;  // There for nobody but those who delete its devices.
};

struct Device {
  DeviceId id;
  ProductKey product;
  DeviceName name;
  std::string iot_id;  // What the API calls the device.
  std::string nickname;
  bool disabled = false;
  Time created;
  std::optional<Time> activated;    // The first connection.
  std::optional<Time> last_online;  // When the last connection began or ended.
  std::string address;              // Of the last connection.
  // May fetch its secret again although it was active before: ResetThing.
  bool reset = false;
  std::string
      certificate;  // SHA-256 in hex of its X.509 certificate; empty: it signs in by secret.
  Tags tags;
};

// What a device authenticates with. Apart from the device, because it stays on the disk.
struct DeviceSecret {
  DeviceId device;
  std::string secret;
};

struct Subscription {
  std::string filter;    // With `$share/<group>/` in front where the subscription is shared.
  std::uint8_t qos = 0;  // What the device asked for; delivery is at the publisher's QoS.
  Time since;
  // MQTT 5.0 section 3.8.3.1.
  bool no_local = false;
  bool retain_as_published = false;
  friend bool operator==(const Subscription&, const Subscription&) = default;
};

// How long a session outlives its connection, in seconds: MQTT 5.0 section 3.1.2.11.2.
using SessionExpiry = std::uint32_t;
constexpr SessionExpiry never_expires = 0xFFFF'FFFF;

// The session of a device that asked to keep it: CleanSession 0 in MQTT 3.1.1 section 3.1.2.4, a
// Session Expiry Interval in MQTT 5.0.
struct KeptSession {
  DeviceId device;
  std::vector<Subscription> subscriptions;
  SessionExpiry expiry = never_expires;
  std::optional<Time> disconnected;  // Since when nobody has been connected, if nobody is.
};

// The last message that was published with RETAIN under a topic, MQTT 5.0 section 3.3.1.3.
struct RetainedMessage {
  std::string topic;
  AccountId account;
  std::string product;
  Qos qos = Qos::at_most_once;
  Time created;
  std::optional<Time> deadline;
  MessageProperties properties;
  DeviceId source;
  std::string payload;
};

// Where what a device publishes under one of its custom topics goes, too: custom topics of other
// devices of the account. operations.md, CreateTopicRouteTable.
struct TopicRoute {
  std::string source;
  std::vector<std::string> destinations;
  AccountId account;
};

// A device of a product with dynamic registration that proved itself without pre-registration:
// device-mqtt.md, section 4. It signs in with client id and token.
struct DeviceToken {
  DeviceId device;
  std::string client_id;
  std::string token;
};

// Devices that were asked for together: operations.md, BatchCheckDeviceNames.
struct DeviceApplication {
  std::uint64_t id = 0;
  ProductKey product;
  std::vector<std::pair<std::string, std::string>> devices;  // DeviceName, Nickname.
  bool made = false;                                         // The devices exist.
  Time created;
};

// Devices that belong together: operations.md, section 5.
struct DeviceGroup {
  AccountId account;
  std::string id;
  std::string instance;
  std::string name;
  std::string description;
  std::string parent;  // The id of the group that it is in; empty: none.
  Time created;
  Tags tags;
};
struct DeviceGroupMember {
  AccountId account;
  std::string group;
  DeviceId device;
};

// What a device reported last and what applications want of it, as a JSON document: alink.md,
// section 7.
struct DeviceShadow {
  DeviceId device;
  std::string document;
};

// That a device is reached through another one: device-mqtt.md, section 13.
struct SubDevice {
  DeviceId device;
  DeviceId gateway;
  friend bool operator==(const SubDevice&, const SubDevice&) = default;
};

// How many calls of one operation an account may make in a second, where that is not as for others.
struct AccountQuota {
  AccountId account;
  std::string operation;
  std::optional<std::uint32_t> calls_per_second;  // Nothing: unlimited.
};

// What devices of a product are and do, as it is being edited: its blocks in TSL, thing/tsl.h.
struct ThingDraft {
  AccountId account;
  ProductKey product;
  std::vector<std::string> blocks;
};

// The same as it was published.
struct ThingVersion {
  std::string version;
  std::string description;
  Time created;
  std::vector<std::string> blocks;
};
// What was published of a product and is kept, the oldest first.
struct ThingVersions {
  AccountId account;
  ProductKey product;
  std::vector<ThingVersion> versions;
};

// That a signed request was seen, so that nobody sends it again: a keyed hash of key and nonce.
struct SeenNonce {
  std::array<char, 16> hash{};
  Time forget_at;
};

using Record = std::variant<Account, AccessKey, Instance, Product, Device, KeptSession, SeenNonce,
                            RetainedMessage, TopicRoute, DeviceToken, DeviceApplication, RamUser,
                            RamPolicy, RamRole, DeviceGroup, DeviceGroupMember, DeviceSecret,
                            AccountQuota, DeviceShadow, ThingDraft, ThingVersions, SubDevice>;

// The names under which records are erased.
struct ErasedProduct {
  ProductKey key;
};
struct ErasedDevice {
  DeviceId id;
};
struct ErasedDeviceSecret {
  DeviceId device;
};
struct ErasedSession {
  DeviceId device;
};
struct ErasedAccessKey {
  std::string id;
};
struct ErasedRamUser {
  AccountId account;
  std::string name;
};
struct ErasedRamPolicy {
  AccountId account;
  std::string name;
};
struct ErasedRamRole {
  AccountId account;
  std::string name;
};
struct ErasedDeviceGroup {
  AccountId account;
  std::string name;  // Its id.
};
struct ErasedDeviceGroupMember {
  DeviceGroupMember member;
};
struct ErasedInstance {
  AccountId account;
  std::string id;
};
struct ErasedAccountQuota {
  AccountId account;
  std::string operation;
};
struct ErasedDeviceShadow {
  DeviceId device;
};
struct ErasedThingDraft {
  AccountId account;
  std::string name;  // Its product's key.
};
struct ErasedThingVersions {
  AccountId account;
  std::string name;  // Their product's key.
};
struct ErasedSubDevice {
  DeviceId device;
};
struct ErasedRetained {
  std::string topic;
};
struct ErasedRoute {
  std::string source;
};
struct ErasedDeviceToken {
  DeviceId device;
  std::string client_id;
};

using Change =
    std::variant<Record, ErasedProduct, ErasedDevice, ErasedSession, ErasedAccessKey,
                 ErasedRetained, ErasedRoute, ErasedDeviceToken, ErasedRamUser, ErasedRamPolicy,
                 ErasedRamRole, ErasedDeviceGroup, ErasedDeviceGroupMember, ErasedInstance,
                 ErasedDeviceSecret, ErasedAccountQuota, ErasedDeviceShadow, ErasedThingDraft,
                 ErasedThingVersions, ErasedSubDevice>;
using Changes = std::vector<Change>;

}  // namespace herald
