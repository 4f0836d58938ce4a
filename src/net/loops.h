#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/shards.h"

namespace herald::net {

// The shards: one thread with one event loop each.
class Loops final : public Shards {
 public:
  explicit Loops(ShardIndex count);
  ~Loops() override;  // Stops.

  ShardIndex count() const override { return static_cast<ShardIndex>(loops_.size()); }
  void post(ShardIndex shard, Task task) override;
  bool is_here(ShardIndex shard) const override;
  void post_after(ShardIndex self, Milliseconds delay, Task task) override;
  boost::asio::io_context& context(ShardIndex shard) { return loops_[shard]->context; }

  void start();
  // Ends the threads and waits for them. Tasks that wait are dropped.
  void stop();
  // Runs `task(shard)` on every shard and waits until all have.
  void run_on_all(const std::function<void(ShardIndex)>& task);

 private:
  struct Loop {
    Loop();
    boost::asio::io_context context{1};
    // Other threads wake the loop by this descriptor: Asio's own way holds a lock that the woken
    // thread wants first of all.
    boost::asio::posix::stream_descriptor bell;
    std::mutex mutex;  // Guards the two below; held for a push or a swap.
    std::vector<Task> inbox;
    bool woken = false;
    std::thread thread;
  };
  static void listen(Loop& loop);
  static void drain(Loop& loop);
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace herald::net
