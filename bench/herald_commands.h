#pragma once

#include "load_command.h"

namespace herald::bench {

// The commands for Herald alone: what no other server is asked to do, and its setting up. They
// read their arguments into `options`, which outlives the app.
void add_herald_commands(CLI::App& app, Options& options);

}  // namespace herald::bench
