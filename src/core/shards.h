#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"

namespace herald {

using ShardIndex = std::uint32_t;

// The threads of the program, one event loop each. Implemented by net and by the simulator.
class Shards {
 public:
  virtual ~Shards() = default;
  virtual ShardIndex count() const = 0;
  // Runs `task` on the shard's thread, soon and never inside this call. Tasks of one sender to one
  // shard run in order. Any thread; after the shards have stopped tasks are dropped unrun.
  virtual void post(ShardIndex shard, Task task) = 0;
  // Whether this is called on the shard's thread.
  virtual bool is_here(ShardIndex shard) const = 0;
  // The same as post, after a while, on the caller's own shard. That shard's thread only.
  virtual void post_after(ShardIndex self, Milliseconds delay, Task task) = 0;
};

// The shard that owns what orders for a device: its queue and its kept session.
inline ShardIndex home_of(DeviceId device, ShardIndex shards) {
  return static_cast<ShardIndex>(mix(device.value) % shards);
}

}  // namespace herald
