#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>

#include "measure.h"
#include "target.h"

// What devices cost that are sent nothing. Errors: failed.
namespace herald::bench {

using MakeTarget = std::function<Result<std::unique_ptr<Target>>(const Work&)>;

// Resident memory for each of many devices that only are connected and subscribed. The first fifth
// is not counted: it pays for what is there once, such as code and tables that grow.
Result<Figures> measure_idle(const MakeTarget& make, const Work& work, pid_t server);

// All devices connect and subscribe in clean sessions and disconnect, over and over; `duration` has
// the pauses between in it. The first time is not counted.
Result<Figures> measure_connects(const MakeTarget& make, const Work& work,
                                 std::chrono::seconds duration, pid_t server);

}  // namespace herald::bench
