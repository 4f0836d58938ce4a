#pragma once

#include <sys/types.h>

#include <cstddef>

#include "measure.h"
#include "target.h"

namespace herald::bench {

// Connects one batch of devices that then read nothing, and makes calls to them: by how much the
// server's resident memory grows with each of the latter half of the calls. The first half fills
// what the kernel holds for a socket. Errors: failed.
Result<Figures> measure_unread(Target& target, const Work& work, std::size_t calls, pid_t server);

}  // namespace herald::bench
