#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

#include "client/device_fleet.h"
#include "measure.h"

namespace herald::bench {

// Connects devices for each of which so many messages wait in a session that was kept, and takes
// the time until all have come, each acknowledged at once. A message begins with a number, eight
// bytes in the order of this machine, that grows from each to the next of a device; one that does
// not is counted as out of order. Errors: failed.
Result<Figures> measure_drain(const net::Address& mqtt, std::vector<client::FleetDevice> devices,
                              std::size_t each, pid_t server);

}  // namespace herald::bench
