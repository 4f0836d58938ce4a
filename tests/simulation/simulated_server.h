#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "chance.h"
#include "core/platform.h"
#include "net/device_edge.h"
#include "simulated_connections.h"
#include "simulated_disk.h"
#include "simulated_shards.h"
#include "store/disk_store.h"
#include "timeline.h"

namespace herald::simulation {

// One run of the server, from its start to its end or its crash: its own parts as the program puts
// them together, on simulated shards, connections, disk and clock. Nothing happens in it but by
// turns.
class SimulatedServer {
 public:
  struct Settings {
    ShardIndex shards = 2;
    HomeLimits homes;
    RateLimits rates;
    SimulatedConnections::Limits connections;
    std::size_t line_bytes = 64 * 1024;  // That one takes before its receiver has them.
  };

  // Reads what is on the platter, and is ready. `while_syncing` is called while the disk syncs, for
  // others to take their turns.
  SimulatedServer(Platter& platter, Timeline& timeline, Chance& chance, const Settings& settings,
                  std::function<void()> while_syncing);
  ~SimulatedServer();

  // Who may take a turn now.
  struct Turn {
    enum class Of : std::uint8_t { shard_tasks, shard_connections, committer, reader };
    Of of;
    ShardIndex shard = 0;
  };
  // While the committer syncs it is in the middle of its turn.
  void collect(std::vector<Turn>& turns, bool committer_is_busy);
  void take(const Turn& turn);
  // When somebody will have a turn that nobody has now.
  std::optional<Instant> next(bool committer_is_busy) const;

  // From outside, any time.
  Line connect();
  void run_at(ShardIndex shard, Task task);
  Platform& platform();
  Store& store() { return *store_; }
  ShardIndex shards() const { return settings_.shards; }
  void tick();

  // From here on the disk hears nothing and nobody answers; what turns are under way end in vain.
  void crash();
  bool has_crashed() const { return crashed_; }

  // An end in order, in steps; turns have to be taken after each.
  void hold_all();
  void close_connections();
  void close_log(std::function<void()> closed);

  // At rest every recipient is in one state.
  bool is_balanced() const;
  std::int64_t count(Outcome outcome) const;

 private:
  struct Parts;
  void restore();

  Timeline& timeline_;
  Chance& chance_;
  const Settings settings_;
  SimulatedClock clock_;
  IdGenerator ids_;
  SimulatedDisk* disk_ = nullptr;  // The store's.
  std::unique_ptr<HandStore> store_;
  std::unique_ptr<Parts> parts_;
  bool crashed_ = false;
};

}  // namespace herald::simulation
