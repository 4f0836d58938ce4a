#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "crash/checker.h"

// A whole server, its devices and its callers on one thread: what happens next, how long it takes
// and what a crash leaves of the disk follows from a seed. docs/durability.md, "Simulation".
namespace herald::simulation {

struct Options {
  bool disk_syncs = true;           // Without, a run is to be found wrong.
  std::ostream* history = nullptr;  // Where to write what callers and devices saw.
};

struct Verdict {
  std::vector<std::string> wrong;  // Empty: every promise was kept.
  std::uint64_t hash = 0;          // Of the history. One seed, one history.
  crash::Checker::Totals totals;
};

Verdict simulate(std::uint64_t seed, const Options& options = {});

}  // namespace herald::simulation
