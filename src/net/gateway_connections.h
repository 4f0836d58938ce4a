#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/gateway_requests.h"
#include "core/homes.h"
#include "core/platform.h"
#include "core/sub_logins.h"
#include "net/device_connections.h"

namespace herald::net {

// The sub-devices that are signed in on connections of one shard: docs/gateways.md. Each has its
// own session at its own home, which knows the connection of the gateway for the device's.
//
// Every sign-in has a number on its connection. It goes along with what is sent to the device, so
// that an acknowledgement is known to be for it, and one that comes after the device has signed out
// for nobody. Connections without sub-devices cost nothing here.
class GatewayConnections {
 public:
  // Of the QoS 1 messages that are sent to one sub-device at a time.
  static constexpr std::uint32_t window = 8;

  using Login = std::uint16_t;  // From 1; 0 is the connection's own device.

  GatewayConnections(ShardIndex shard, Shards& shards, const Platform& platform);

  // Before anything else.
  void use(DeviceConnections& connections) { connections_ = &connections; }

  // Whether it is a request to sign sub-devices in or out; then it is answered.
  bool take(const ConnectionRef& connection, const DeviceIdentity& gateway, std::string_view topic,
            std::string_view payload);
  // The gateway used a topic of a device that is not signed in.
  void refuse(const ConnectionRef& connection, const DeviceIdentity& gateway,
              std::string_view path);

  struct Entering;
  struct SubDevice {
    DeviceIdentity device;
    Login login = 0;
    std::shared_ptr<Entering> entering;  // Until its home has answered.
    bool has_entered() const { return entering == nullptr; }
  };
  // Null: it is not signed in there. Valid until the next call.
  const SubDevice* find(const ConnectionRef& connection, DeviceId device);
  // By `${productKey}/${deviceName}`; only those that have entered.
  const SubDevice* find(const ConnectionRef& connection, std::string_view path);
  // Whose sign-in it was.
  std::optional<DeviceId> device_of(const ConnectionRef& connection, Login login);

  // Deliveries of QoS 1 for which a connection has no free slot, in order. False: nobody was ever
  // signed in there, and there is no reason to wait.
  struct Held {
    SharedMessage message;
    EdgeTarget target;
  };
  bool hold(const ConnectionRef& connection, Held held);
  bool holds_any() const { return held_ > 0; }
  bool holds(const ConnectionRef& connection);
  std::optional<Held> next_held(const ConnectionRef& connection);

  // The device's home ends its part in the connection.
  void cut(const ConnectionRef& connection, DeviceId device, CutReason reason);
  // The connection has ended, and with it the sessions on it.
  void ended(const ConnectionRef& connection, const mqtt::Session& session);

  // What the session knows a message by.
  static mqtt::DeliveryKey key_of(MessageId message, RecipientIndex recipient, Login login) {
    return {.message = message.value, .recipient = recipient | std::uint32_t{login} << 16U};
  }
  static Login login_of(mqtt::DeliveryKey key) { return static_cast<Login>(key.recipient >> 16U); }
  static RecipientIndex recipient_of(mqtt::DeliveryKey key) { return key.recipient & 0xffffU; }
  // What was sent with this sign-in and not acknowledged.
  static std::vector<SentUnacknowledged> unacknowledged(const mqtt::Session& session, Login login);

 private:
  struct Gateway {
    explicit Gateway(const DeviceIdentity& device) : gateway(device) {}
    DeviceIdentity gateway;
    std::uint32_t generation = 0;
    Login last_login = 0;
    std::unordered_map<DeviceId, SubDevice> devices;
    std::unordered_map<std::string, DeviceId> by_path;
    std::unordered_map<Login, DeviceId> by_login;
    std::deque<Held> held;
  };
  using SharedEntering = std::shared_ptr<Entering>;

  void log_in(const ConnectionRef& connection, GatewayRequest request);
  void log_out(const ConnectionRef& connection, const GatewayRequest& request);
  void enter(const ConnectionRef& connection, GatewayRequest request, const SubLogins& checked);
  void ask_home(const SharedEntering& entering, const SubLogin& login, Login number,
                std::uint32_t slots);
  void entered(const SharedEntering& entering, DeviceId device, Login login,
               const ConnectAnswer& answer);
  // One of its devices is in, or why not.
  void settle(const SharedEntering& entering, const GatewayFault& outcome);
  void reply(const ConnectionRef& connection, const GatewayRequest& request,
             const GatewayFault& outcome);

  Gateway* gateway_at(const ConnectionRef& connection);
  Gateway& make_gateway(const ConnectionRef& connection, const DeviceIdentity& device);
  static Login next_login(Gateway& gateway);
  static void forget(Gateway& gateway, DeviceId device);
  GatewayFault refusal_of(DeviceId device, const ConnectAnswer& answer) const;
  GatewayFault fault_of(DeviceId device, CutReason reason) const;
  // Its session goes on without a connection, if it is kept. One that ends tells all of them.
  void leave(const ConnectionRef& connection, DeviceId device);
  void tell_gone(const ConnectionRef& connection, const SubDevice& sub,
                 const mqtt::Session& session);
  void push_error(const ConnectionRef& connection, const DeviceIdentity& gateway,
                  const GatewayFault& fault, std::string_view path);
  void push(const ConnectionRef& connection, std::string_view topic, const std::string& payload);

  ShardIndex shard_;
  Shards& shards_;
  const Platform& platform_;
  Mail& mail_;
  DeviceConnections* connections_ = nullptr;
  std::unordered_map<std::uint32_t, Gateway> gateways_;  // By their connections' slots.
  std::size_t held_ = 0;                                 // Of all of them.
  std::uint32_t errors_ = 0;                             // That were pushed: their ids.
};

}  // namespace herald::net
