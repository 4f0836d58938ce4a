#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace herald {

// Lets any number of users at something that its owner replaces now and then. Nobody waits to get
// in, and a user may enter again within. The lock guards the count and is held for no longer.
class Gate {
 public:
  // As long as it lives, the gate does not close.
  class Pass {
   public:
    explicit Pass(Gate& gate) : gate_(&gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    Gate* gate_;
  };

  // None while it is closed.
  std::optional<Pass> enter() {
    const std::scoped_lock lock(mutex_);
    if (closed_) return std::nullopt;
    ++users_;
    return Pass(*this);
  }
  // Lets nobody in any more, and waits until all have left.
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    left_.wait(lock, [this] { return users_ == 0; });
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    closed_ = false;
  }

 private:
  void leave() {
    // Under the lock: whoever waits may destroy the gate as soon as it has it.
    const std::scoped_lock lock(mutex_);
    if (--users_ == 0) left_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t users_ = 0;
  bool closed_ = false;
};

}  // namespace herald
