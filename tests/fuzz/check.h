#pragma once

#include <cstdio>
#include <cstdlib>

namespace herald::fuzz {

// A fuzzer's finding is a crash.
inline void check(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace herald::fuzz
