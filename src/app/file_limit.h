#pragma once

#include <cstdint>

namespace herald::app {

// Raises the number of files, connections among them, that this program may have open at once to
// the highest that the system lets it have, and answers it.
std::uint64_t raise_file_limit();

}  // namespace herald::app
