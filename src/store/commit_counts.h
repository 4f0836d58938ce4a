#pragma once

#include <array>
#include <atomic>

#include "base/counters.h"

namespace herald {

inline constexpr std::array<std::int64_t, 11> commit_nanoseconds{
    500'000,    1'000'000,   2'500'000,   5'000'000,     10'000'000,   25'000'000,
    50'000'000, 100'000'000, 250'000'000, 1'000'000'000, 5'000'000'000};
inline constexpr std::array<std::int64_t, 9> commit_sizes{1, 2, 5, 10, 20, 50, 100, 500, 1000};

// What the committer has done, and what it found. Written by its thread, read by any.
struct CommitCounts {
  Histogram<Tally, commit_nanoseconds> duration;  // Of each write, with its sync if it had one.
  Histogram<Tally, commit_sizes> size;            // Messages and calls that shared one write.
  Tally refused;  // The disk could not follow just then; nothing was written.
  Tally failed;
  Tally reopened;                      // How often the disk was opened anew after it had failed.
  std::atomic<std::int64_t> free{-1};  // Bytes on the disk when it was last looked; -1: unknown.
};

}  // namespace herald
