#pragma once

#include <sys/types.h>

#include <cstddef>

#include "herald_access.h"
#include "measure.h"
#include "target.h"

// Devices that are away, and what is kept for them. Errors: failed.
namespace herald::bench {

// Connects the devices of `work`, has them subscribe in sessions that are kept, and go.
Result<void> keep_sessions(const net::Address& mqtt, const Access& access, const Work& work);

// Calls with QoS 1, without a pace, until `each` messages have been taken for every device. A
// device hears of one caller only, and its messages begin with their number: see measure_drain.
Result<Figures> measure_leaving(Target& target, const Work& work, std::size_t each, pid_t server);

// The devices of `work` as they come back.
std::vector<client::FleetDevice> returning_devices(const Access& access, const Work& work);

}  // namespace herald::bench
