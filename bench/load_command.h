#pragma once

#include <sys/types.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "measure.h"
#include "target.h"

// What the commands of `load` have in common.
namespace herald::bench {

struct Options {
  std::string api;
  std::string server;  // Where the devices connect.
  std::string access;
  Work work;
  unsigned seconds = 5;
  double rate = 0;
  pid_t server_pid = 0;
  bool json = false;

  std::chrono::seconds duration() const { return std::chrono::seconds(seconds); }
};

net::Address address(const std::string& text);

// --seconds, --server-pid and --json.
void add_measuring(CLI::App& command, Options& options);
// --api, --mqtt and --access.
void add_herald(CLI::App& command, Options& options);

// Has `command` measure and print the figures, or say on standard error why there are none and end
// with status 1. The process ends in time, whatever it waits for.
void run_with(CLI::App& command, const Options& options, std::function<Result<Figures>()> measure);

}  // namespace herald::bench
