#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "core/edge.h"
#include "mqtt/session.h"

namespace herald::net {

// What became of a delivery.
enum class Handed : std::uint8_t { over, gone, too_slow, too_large };

// The connections of MQTT clients on one shard, as their service sees them: the answers to what it
// is told, as the session's methods of these names, and what it sends on its own account. One that
// has ended is no error: nothing happens. Used on the shard's thread. Implemented on sockets and by
// the simulator.
class DeviceConnections {
 public:
  virtual ~DeviceConnections() = default;

  virtual void accept(const ConnectionRef& connection, const mqtt::Acceptance& acceptance) = 0;
  virtual void refuse(const ConnectionRef& connection, mqtt::ReasonCode reason,
                      std::string_view why) = 0;
  virtual void suback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                      std::string_view codes) = 0;
  virtual void unsuback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                        std::string_view codes) = 0;
  virtual void puback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                      mqtt::ReasonCode reason) = 0;
  virtual void close(const ConnectionRef& connection, mqtt::CloseReason reason) = 0;
  // When the turn ends, the connection goes to that shard with all that it is, and `moved` is
  // called there with what it is called from then on; not at all if it ends before. Between connect
  // and accept only, while it is asked nothing else.
  using Moved = std::move_only_function<void(const ConnectionRef& connection)>;
  virtual void move(const ConnectionRef& connection, ShardIndex to, Moved moved) = 0;

  // Null when the connection has ended.
  virtual const mqtt::Session* session(const ConnectionRef& connection) const = 0;
  // QoS 1 only into free slots. QoS 0 is too slow for a socket that does not take what it was
  // given. Small payloads are copied before this returns; others may be lent by a SharedBytes that
  // keeps them.
  virtual Handed deliver(const ConnectionRef& connection, const mqtt::Delivery& delivery) = 0;
};

}  // namespace herald::net
