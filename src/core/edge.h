#pragma once

#include <cstdint>

#include "core/shards.h"
#include "model/message.h"

namespace herald {

// One device's connection, or that of its gateway: the shard that accepted it, its place there, and
// how often that place was used before. Never the same twice, so a late word about an old
// connection is told apart.
struct ConnectionRef {
  ShardIndex shard = 0;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const ConnectionRef&, const ConnectionRef&) = default;
};

struct EdgeTarget {
  ConnectionRef connection;
  RecipientIndex recipient = 0;
  std::uint16_t packet_id = 0;  // That it was sent with before; 0: a new one.
  bool duplicate = false;
  bool retain = false;
};

enum class CutReason : std::uint8_t {
  taken_over,
  device_gone,     // Deleted or disabled.
  left_gateway,    // It belongs to its gateway no more.
  storage_failed,  // Its session cannot be stored.
};

// What a home asks of the shard that holds a device's connection. Implemented by net, once per
// shard, and called on that shard's thread. A connection that is gone is no error: its end has been
// or will be reported.
class Edge {
 public:
  virtual ~Edge() = default;
  // QoS 1 only into free slots: homes count them, each for its own device. Devices that share a
  // connection may together have more on their way than it takes: the edge holds those back.
  virtual void deliver(const SharedMessage& message, const EdgeTarget& target) = 0;
  // The device's part in the connection ends: all of it, where the connection is its own.
  virtual void cut(DeviceId device, const ConnectionRef& connection, CutReason reason) = 0;
};

}  // namespace herald
