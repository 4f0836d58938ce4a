#pragma once

#include <cstdint>

#include "core/shards.h"
#include "model/message.h"

namespace herald {

// One device's connection: the shard that accepted it, its place there, and how often that place
// was used before. Never the same twice, so a late word about an old connection is told apart.
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
  storage_failed,  // Its session cannot be stored.
};

// What a home asks of the shard that holds a device's connection. Implemented by net, once per
// shard, and called on that shard's thread. A connection that is gone is no error: its end has been
// or will be reported.
class Edge {
 public:
  virtual ~Edge() = default;
  // QoS 1 only into free slots: homes count them.
  virtual void deliver(const SharedMessage& message, const EdgeTarget& target) = 0;
  virtual void cut(const ConnectionRef& connection, CutReason reason) = 0;
};

}  // namespace herald
