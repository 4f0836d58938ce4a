#include "net/loops.h"

#include <sys/eventfd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <latch>
#include <utility>

#include "base/log.h"

namespace herald::net {

namespace {

// The loop that this thread runs, if any.
thread_local const void* own_loop = nullptr;

}  // namespace

Loops::Loop::Loop() : bell(context, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Loops::Loops(ShardIndex count) {
  for (ShardIndex i = 0; i < count; ++i) {
    loops_.push_back(std::make_unique<Loop>());
    listen(*loops_.back());
  }
}

Loops::~Loops() { stop(); }

void Loops::post(ShardIndex shard, Task task) {
  Loop& loop = *loops_[shard];
  {
    const std::lock_guard lock(loop.mutex);
    loop.inbox.push_back(std::move(task));
    // One wake-up for all that gathers until the loop comes round.
    if (std::exchange(loop.woken, true)) return;
  }
  if (is_here(shard)) {
    boost::asio::post(loop.context, [&loop] { drain(loop); });
  } else {
    eventfd_write(loop.bell.native_handle(), 1);
  }
}

bool Loops::is_here(ShardIndex shard) const { return own_loop == loops_[shard].get(); }

void Loops::listen(Loop& loop) {
  loop.bell.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [&loop](const boost::system::error_code& error) {
                         if (error) return;
                         eventfd_t count = 0;
                         eventfd_read(loop.bell.native_handle(), &count);
                         drain(loop);
                         listen(loop);
                       });
}

void Loops::post_after(ShardIndex self, Milliseconds delay, Task task) {
  auto timer = std::make_unique<boost::asio::steady_timer>(loops_[self]->context, delay);
  auto& waiting = *timer;
  waiting.async_wait([timer = std::move(timer),
                      task = std::move(task)](const boost::system::error_code& error) mutable {
    if (!error) task();
  });
}

void Loops::drain(Loop& loop) {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(loop.mutex);
    tasks.swap(loop.inbox);
    loop.woken = false;
  }
  for (Task& task : tasks) {
    try {
      task();
    } catch (const std::exception& error) {
      // A library threw. This task is lost; the others, and the loop, go on.
      log::error("a task failed: {}", error.what());
    }
  }
}

void Loops::start() {
  for (auto& loop : loops_) {
    loop->thread = std::thread([&loop = *loop] {
      own_loop = &loop;
      const auto work = boost::asio::make_work_guard(loop.context);
      while (!loop.context.stopped()) {
        try {
          loop.context.run();
        } catch (const std::exception& error) {
          // A library threw out of a handler. The handler is lost, the loop goes on.
          log::error("a handler failed: {}", error.what());
        }
      }
    });
  }
}

void Loops::stop() {
  for (auto& loop : loops_) loop->context.stop();
  for (auto& loop : loops_) {
    if (loop->thread.joinable()) loop->thread.join();
  }
  // What never ran may own what belongs to another loop: it goes while all of them are there.
  for (auto& loop : loops_) loop->inbox.clear();
}

void Loops::run_on_all(const std::function<void(ShardIndex)>& task) {
  std::latch done(static_cast<std::ptrdiff_t>(loops_.size()));
  for (ShardIndex i = 0; i < count(); ++i) {
    post(i, [&task, &done, i] {
      task(i);
      done.count_down();
    });
  }
  done.wait();
}

}  // namespace herald::net
