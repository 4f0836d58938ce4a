#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace herald::testing {

// A number that the command line gives through the environment.
inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::stoull(value) : otherwise;
}

}  // namespace herald::testing
