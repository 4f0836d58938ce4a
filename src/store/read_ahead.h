#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"

namespace herald {

// Reads on a thread of its own, somewhat ahead, while the caller's thread goes through what was
// read before: a start has a million records of each kind.
template <class T>
class ReadAhead {
 public:
  using Visitor = std::function<void(T)>;
  // Calls `give` for each item. Its result is that of the whole.
  using Read = std::function<Result<void>(const Visitor& give)>;

  // `visit` is called for each item, in order, on the caller's thread. What it throws ends the
  // reading.
  static Result<void> each(const Read& read, const Visitor& visit) {
    ReadAhead ahead;
    Result<void> result;
    {
      const std::jthread reader([&] {
        result = read([&](T item) { ahead.give(std::move(item)); });
        ahead.hand_over(/*last=*/true);
      });
      // Before the reader is waited for, which may wait for room itself.
      const Leaving leaving{ahead};
      for (bool more = true; more;) {
        auto [items, last] = ahead.take();
        for (T& item : items) visit(std::move(item));
        more = !last;
      }
    }
    return result;
  }

 private:
  static constexpr std::size_t items_at_once = 1'024;
  static constexpr std::size_t parts_ahead = 4;

  struct Part {
    std::vector<T> items;
    bool last = false;
  };

  // Nobody takes any more: what is still read is thrown away.
  struct Leaving {
    ReadAhead& ahead;
    ~Leaving() {
      const std::scoped_lock lock(ahead.mutex_);
      ahead.left_ = true;
      ahead.changed_.notify_all();
    }
  };

  void give(T item) {
    gathered_.push_back(std::move(item));
    if (gathered_.size() == items_at_once) hand_over(/*last=*/false);
  }

  void hand_over(bool last) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return left_ || parts_.size() < parts_ahead; });
    std::vector<T> items = std::exchange(gathered_, {});
    if (left_) return;
    parts_.push_back({std::move(items), last});
    changed_.notify_all();
  }

  Part take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !parts_.empty(); });
    Part part = std::move(parts_.front());
    parts_.pop_front();
    changed_.notify_all();
    return part;
  }

  std::vector<T> gathered_;  // The reader's.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Part> parts_;
  bool left_ = false;
};

}  // namespace herald
