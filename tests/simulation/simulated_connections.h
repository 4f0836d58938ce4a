#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "chance.h"
#include "line.h"
#include "net/device_connections.h"
#include "net/device_service.h"
#include "simulated_shards.h"

namespace herald::simulation {

// The connections of one shard, as net::DeviceSockets on lines instead of sockets: each has an MQTT
// session, what a turn causes is sent when it ends, and a connection that has ended is told of
// then.
class SimulatedConnections final : public net::DeviceConnections {
 public:
  struct Limits {
    mqtt::SessionLimits session;
    std::size_t unsent_bytes_max = 64 * 1024;
  };
  SimulatedConnections(ShardIndex shard, SimulatedShards& shards, net::DeviceService& service,
                       const Clock& clock, Chance& chance, const Limits& limits);
  ~SimulatedConnections() override;

  // Those of all shards, by shard.
  void introduce(std::span<SimulatedConnections* const> all) { all_ = all; }
  // Somebody has connected; to be accepted in a turn.
  void knock(Line line) { knocking_.push_back(std::move(line)); }
  // Whether a turn would find something to do.
  bool has_work() const;
  // On the shard, these: reads some of what has come.
  void turn();
  void tick();
  // Closes all.
  void stop();
  // The program is gone: the ends of all lines, accepted or not.
  void sever();

  void accept(const ConnectionRef& connection, const mqtt::Acceptance& acceptance) override;
  void refuse(const ConnectionRef& connection, mqtt::ReasonCode reason,
              std::string_view why) override;
  void suback(const ConnectionRef& connection, mqtt::PacketId packet_id,
              std::string_view codes) override;
  void unsuback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                std::string_view codes) override;
  void puback(const ConnectionRef& connection, mqtt::PacketId packet_id,
              mqtt::ReasonCode reason) override;
  void close(const ConnectionRef& connection, mqtt::CloseReason reason) override;
  void move(const ConnectionRef& connection, ShardIndex to, Moved moved) override;
  const mqtt::Session* session(const ConnectionRef& connection) const override;
  net::Handed deliver(const ConnectionRef& connection, const mqtt::Delivery& delivery) override;

 private:
  class Connection;
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 0;
  };
  Connection* find(const ConnectionRef& connection) const;
  ConnectionRef ref_of(const Connection& connection) const;
  void add(Line line);
  ConnectionRef settle_in(std::unique_ptr<Connection> connection);
  void read(Connection& connection);
  void touch(Connection& connection);
  void end_turn();

  ShardIndex shard_;
  SimulatedShards& shards_;
  net::DeviceService& service_;
  const Clock& clock_;
  Chance& chance_;
  const Limits limits_;
  std::vector<Line> knocking_;
  std::vector<Slot> slots_;
  std::span<SimulatedConnections* const> all_;
  std::vector<std::uint32_t> touched_;
  bool in_turn_ = false;
  bool end_posted_ = false;
  bool stopped_ = false;
};

}  // namespace herald::simulation
