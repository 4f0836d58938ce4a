#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace herald::simulation {

using Instant = Steady::time_point;
using Micros = std::chrono::microseconds;

// Simulated time, and what happens at its instants outside of the server: in the network, and
// wherever devices and callers decide something.
class Timeline {
 public:
  Instant now() const { return now_; }
  void pass(Micros time) { now_ += time; }
  // On to that instant, unless it has passed.
  void go_to(Instant instant) { now_ = std::max(now_, instant); }

  // Tasks of one instant run in the order in which they were given.
  void at(Instant instant, Task task) {
    tasks_.emplace(std::pair(std::max(instant, now_), ++given_), std::move(task));
  }
  void after(Micros delay, Task task) { at(now_ + delay, std::move(task)); }

  std::optional<Instant> next() const {
    return tasks_.empty() ? std::nullopt : std::optional(tasks_.begin()->first.first);
  }
  // Runs what is due.
  void run() {
    while (!tasks_.empty() && tasks_.begin()->first.first <= now_) {
      tasks_.extract(tasks_.begin()).mapped()();
    }
  }

 private:
  // No interval that anything measures goes back to before the beginning.
  Instant now_{std::chrono::hours(1)};
  std::uint64_t given_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, Task> tasks_;
};

// The clock of a simulated server.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(const Timeline& timeline) : timeline_(timeline) {}
  Time now() const override { return wall() + ahead_; }
  Time wall() const override {
    constexpr Time at_the_beginning = time_of(1'700'000'000'000);
    return at_the_beginning +
           std::chrono::duration_cast<Milliseconds>(timeline_.now().time_since_epoch());
  }
  void not_before(Time time) override {
    if (now() < time) ahead_ += time - now();
  }
  Steady::time_point steady() const override { return timeline_.now(); }

 private:
  const Timeline& timeline_;
  Milliseconds ahead_{0};
};

}  // namespace herald::simulation
