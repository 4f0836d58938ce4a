#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/homes.h"
#include "core/platform.h"
#include "net/connect_counts.h"
#include "net/device_connections.h"
#include "net/device_service.h"
#include "net/gateway_connections.h"

namespace herald::net {

// The platform's side of the connections on one shard: proves who devices are, and carries what
// they say to their homes and back.
class DeviceEdge final : public Edge, public DeviceService {
 public:
  DeviceEdge(ShardIndex shard, Shards& shards, const Platform& platform);

  // Before anything else.
  void use(DeviceConnections& connections) {
    connections_ = &connections;
    gateways_.use(connections);
  }
  // Those of all shards, by shard. A connection that has signed in goes to the shard of its
  // device's home, so that no delivery and no acknowledgement has to cross over.
  void introduce(std::span<DeviceEdge* const> all) { all_ = all; }

  // Any thread.
  const ConnectCounts& connects() const { return connects_; }

  void deliver(const SharedMessage& message, const EdgeTarget& target) override;
  void cut(DeviceId device, const ConnectionRef& connection, CutReason reason) override;

  void connect(const ConnectionRef& connection, const mqtt::Connect& request,
               const Peer& peer) override;
  void subscribe(const ConnectionRef& connection, const mqtt::Subscribe& request) override;
  void unsubscribe(const ConnectionRef& connection, const mqtt::Unsubscribe& request) override;
  void publish(const ConnectionRef& connection, const mqtt::Publish& message) override;
  void acknowledged(const ConnectionRef& connection, mqtt::DeliveryKey key) override;
  void ended(const ConnectionRef& connection, const mqtt::Session& session,
             mqtt::CloseReason reason) override;
  void turn_ended() override { mail_.flush(); }

 private:
  // What is kept of CONNECT while its credentials are checked.
  struct Entering {
    std::string username;  // For the log.
    ConnectRequest wanted;
    bool assign_client_id = false;
  };
  void enter(Entering entering, Login login);
  void settle_in(Entering entering, const Login& login);
  void entered(const ConnectionRef& connection, const ConnectAnswer& answer, bool tell_identity,
               bool assign_client_id);
  void register_device(const ConnectionRef& connection, const mqtt::Connect& request,
                       const Peer& peer);
  void push(const ConnectionRef& connection, std::string_view topic, const std::string& payload);
  // Where what a filter or a topic is about is subscribed and published: the connection's own
  // device, or one that is signed in there. Null: a device that is not.
  const DeviceIdentity* speaker(const ConnectionRef& connection, const DeviceIdentity& own,
                                std::string_view topic);
  // Asks the homes of all devices that the filters are about, and answers with the codes of all.
  template <class Filter, class Ask, class Answer>
  void ask_homes(const ConnectionRef& connection, std::vector<Filter> filters, Ask ask,
                 Answer answer);
  void take(const ConnectionRef& connection, mqtt::PacketId packet_id, UplinkVerdict verdict);
  // What waited for a free slot, as long as there is one.
  void send_held(const ConnectionRef& connection);
  // `waited`: it has waited for a free slot, and its turn has come.
  void deliver(const SharedMessage& message, const EdgeTarget& target, bool waited);
  Handed hand_over(const SharedMessage& message, const EdgeTarget& target, bool waited);
  // Now, when this is the shard's thread; else posted to it.
  template <class Function>
  void run_here(Function task);
  // Null for connections that have not signed in.
  const DeviceIdentity* device_at(const ConnectionRef& connection) const;

  ShardIndex shard_;
  Shards& shards_;
  const Platform& platform_;
  Homes& homes_;
  Mail& mail_;
  DeliveryCounts& deliveries_;
  ConnectCounts connects_;
  DeviceConnections* connections_ = nullptr;
  std::span<DeviceEdge* const> all_;
  GatewayConnections gateways_;
  std::vector<std::unique_ptr<const DeviceIdentity>> devices_;  // By their connections' slots.
  std::string topic_;                                           // Room for a topic.
};

}  // namespace herald::net
