#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>

#include "herald_access.h"
#include "measure.h"
#include "signed_request.h"

namespace herald::bench {

struct UnheardWork {
  Signature signature = Signature::v1;
  std::size_t batch = 100;  // Devices of one call; none is connected.
  std::size_t payload_bytes = 64;
  std::size_t callers = 4;
  std::size_t calls = 0;  // Of all callers together; 0: as many as fit into the time.
};

// BatchPub with QoS 0 to devices that are not there: what a call costs by itself. A number of calls
// is made without warming up before. Errors: failed.
Result<Figures> measure_unheard_calls(const net::Address& api, const Access& access,
                                      const UnheardWork& work, std::chrono::seconds duration,
                                      pid_t server);

}  // namespace herald::bench
