#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.h"

namespace herald {

// When to try again what fails: at once, then after pauses that double for as long as it goes on
// failing.
class Backoff {
 public:
  static constexpr Milliseconds shortest{100};
  static constexpr Milliseconds longest{5000};

  // It has failed; when to try.
  Steady::time_point failed(Steady::time_point now) {
    const bool again = last_ && now - *last_ < 2 * longest;
    pause_ = again ? std::clamp(2 * pause_, shortest, longest) : Milliseconds(0);
    last_ = now;
    return now + pause_;
  }

 private:
  std::optional<Steady::time_point> last_;
  Milliseconds pause_{};
};

}  // namespace herald
