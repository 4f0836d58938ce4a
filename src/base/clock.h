#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace herald {

// Time is the wall clock in milliseconds since 1970, UTC.
using Milliseconds = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Milliseconds>;

constexpr std::int64_t millis(Time time) { return time.time_since_epoch().count(); }
constexpr Time time_of(std::int64_t millis_since_1970) {
  return Time(Milliseconds(millis_since_1970));
}

// Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock at start plus what the monotonic clock has counted since: no jump of the wall clock
  // moves a deadline while the program runs.
  virtual Time now() const = 0;
  // The wall clock as it stands: only for comparing with what others say the time is.
  virtual Time wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  SystemClock();
  Time now() const override;
  Time wall() const override;

 private:
  std::chrono::system_clock::time_point wall_at_start_;
  std::chrono::steady_clock::time_point steady_at_start_;
};

// A clock that tests turn by hand.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : millis_(millis(start)) {}
  Time now() const override { return time_of(millis_.load()); }
  Time wall() const override { return now(); }
  void advance(Milliseconds by) { millis_ += by.count(); }

 private:
  std::atomic<std::int64_t> millis_;
};

}  // namespace herald
