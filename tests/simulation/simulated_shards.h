#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/shards.h"
#include "timeline.h"

namespace herald::simulation {

// Shards that all run on one thread, a task at a time, when they are told.
class SimulatedShards final : public Shards {
 public:
  SimulatedShards(ShardIndex count, const Timeline& timeline)
      : timeline_(timeline), inboxes_(count) {}

  ShardIndex count() const override { return static_cast<ShardIndex>(inboxes_.size()); }
  void post(ShardIndex shard, Task task) override {
    if (!stopped_) inboxes_[shard].push_back(std::move(task));
  }
  bool is_here(ShardIndex shard) const override { return running_ == shard; }
  void post_after(ShardIndex self, Milliseconds delay, Task task) override {
    if (stopped_) return;
    timers_.emplace(std::pair(timeline_.now() + delay, ++set_), std::pair(self, std::move(task)));
  }

  // Posts what is due.
  void ring() {
    while (!timers_.empty() && timers_.begin()->first.first <= timeline_.now()) {
      auto [shard, task] = std::move(timers_.extract(timers_.begin()).mapped());
      post(shard, std::move(task));
    }
  }
  std::optional<Instant> next_ring() const {
    return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first.first);
  }
  bool has_work(ShardIndex shard) const { return !inboxes_[shard].empty(); }
  // On that shard: the first task that waits, or something of the server's own.
  void run_first(ShardIndex shard) {
    Task task = std::move(inboxes_[shard].front());
    inboxes_[shard].pop_front();
    run_on(shard, task);
  }
  template <class Function>
  void run_on(ShardIndex shard, Function&& function) {
    running_ = shard;
    function();
    running_.reset();
  }

  // What is posted from now on is dropped, and so is what waits, with `clear`: by then nobody is on
  // the stack who might wait for it.
  void stop() { stopped_ = true; }
  void clear() {
    for (auto& inbox : inboxes_) inbox.clear();
    timers_.clear();
  }

 private:
  const Timeline& timeline_;
  std::vector<std::deque<Task>> inboxes_;
  std::map<std::pair<Instant, std::uint64_t>, std::pair<ShardIndex, Task>> timers_;
  std::uint64_t set_ = 0;
  std::optional<ShardIndex> running_;
  bool stopped_ = false;
};

}  // namespace herald::simulation
