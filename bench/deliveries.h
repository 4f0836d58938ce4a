#pragma once

#include <sys/types.h>

#include <chrono>

#include "measure.h"
#include "target.h"

namespace herald::bench {

struct Pace {
  std::chrono::seconds duration{5};  // Of the measured time.
  double calls_per_s = 0;            // 0: a caller's next call follows when all have the last one.
};

// Calls, and what becomes of each of their deliveries. Errors: failed.
Result<Figures> measure_deliveries(Target& target, const Work& work, const Pace& pace,
                                   pid_t server);

}  // namespace herald::bench
