#pragma once

#include <cstdint>

namespace herald {

// How a part of the store runs: on a thread of its own; or when it is told, a turn at a time, on
// the thread of whoever tells it, so that a simulation decides what happens when.
enum class Runs : std::uint8_t { on_its_thread, by_hand };

}  // namespace herald
