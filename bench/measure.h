#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

// What is measured, and how.
namespace herald::bench {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;
// Names and values, printed in this order.
using Figures = std::vector<std::pair<std::string, double>>;

// Durations in buckets of at most 1.6 % of their value: any number of them in 32 KiB.
class Histogram {
 public:
  void add(std::chrono::nanoseconds duration);
  void add(const Histogram& other);
  std::uint64_t count() const { return total_; }
  // In microseconds; `share` of all durations are at most this. 0 when there are none.
  double quantile_us(double share) const;

 private:
  static constexpr unsigned precision_bits = 6;
  std::array<std::uint64_t, (64 - precision_bits + 1) << precision_bits> counts_{};
  std::uint64_t total_ = 0;
};

// User and system time of all threads, those that have ended included. The clock that is read is
// the source of /proc/PID/stat, without its rounding to ticks. Errors: absent.
Result<std::chrono::nanoseconds> cpu_time(pid_t process);

// Resident memory: VmRSS of /proc/PID/status. Errors: absent.
Result<std::size_t> resident_bytes(pid_t process);

}  // namespace herald::bench
