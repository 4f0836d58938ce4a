#include "base/clock.h"

namespace herald {

SystemClock::SystemClock()
    : wall_at_start_(std::chrono::system_clock::now()),
      steady_at_start_(std::chrono::steady_clock::now()) {}

Time SystemClock::now() const {
  const auto since_start = std::chrono::steady_clock::now() - steady_at_start_;
  return std::chrono::time_point_cast<Milliseconds>(
      wall_at_start_ +
      std::chrono::duration_cast<std::chrono::system_clock::duration>(since_start));
}

Time SystemClock::wall() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

}  // namespace herald
