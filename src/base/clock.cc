#include "base/clock.h"

namespace herald {

SystemClock::SystemClock(const Sources& sources)
    : sources_(sources), wall_at_start_(sources.wall()), steady_at_start_(sources.steady()) {}

Time SystemClock::now() const {
  const auto since_start = sources_.steady() - steady_at_start_;
  return Milliseconds(ahead_.load(std::memory_order_relaxed)) +
         std::chrono::time_point_cast<Milliseconds>(
             wall_at_start_ +
             std::chrono::duration_cast<std::chrono::system_clock::duration>(since_start));
}

Time SystemClock::wall() const {
  return std::chrono::time_point_cast<Milliseconds>(sources_.wall());
}

void SystemClock::not_before(Time time) {
  const Milliseconds missing = time - now();
  if (missing > Milliseconds(0)) ahead_ += missing.count();
}

}  // namespace herald
