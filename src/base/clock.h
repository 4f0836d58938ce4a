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

// For all that measures: never set, only ever moves on.
using Steady = std::chrono::steady_clock;

// Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock at start plus what the monotonic clock has counted since: no jump of the wall clock
  // moves a deadline while the program runs.
  virtual Time now() const = 0;
  // The wall clock as it stands: only for comparing with what others say the time is.
  virtual Time wall() const = 0;
  // While starting, with what the store knows: it has been this late already, whatever the wall
  // clock says, so now() goes on from there.
  virtual void not_before(Time time) = 0;
  // The monotonic clock, for intervals and pauses.
  virtual Steady::time_point steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  // Where it takes the time from; tests turn hands of their own.
  struct Sources {
    std::chrono::system_clock::time_point (*wall)() = &std::chrono::system_clock::now;
    Steady::time_point (*steady)() = &Steady::now;
  };

  SystemClock() : SystemClock(Sources()) {}
  explicit SystemClock(const Sources& sources);
  Time now() const override;
  Time wall() const override;
  void not_before(Time time) override;
  Steady::time_point steady() const override { return sources_.steady(); }

 private:
  Sources sources_;
  std::chrono::system_clock::time_point wall_at_start_;
  Steady::time_point steady_at_start_;
  std::atomic<std::int64_t> ahead_{0};  // Milliseconds that not_before() has added.
};

// A clock whose time of day tests turn by hand; what measures goes by the real one.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : millis_(millis(start)) {}
  Time now() const override { return time_of(millis_.load()); }
  Time wall() const override { return now(); }
  void not_before(Time time) override {
    if (now() < time) millis_ = millis(time);
  }
  Steady::time_point steady() const override { return Steady::now(); }
  void advance(Milliseconds by) { millis_ += by.count(); }

 private:
  std::atomic<std::int64_t> millis_;
};

}  // namespace herald
