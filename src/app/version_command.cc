#include <fmt/core.h>

#include "app/commands.h"

namespace herald::app {

void add_version_command(CLI::App& app) {
  app.add_subcommand("version", "Print the version")->callback([] {
    fmt::print("herald {}\n", HERALD_VERSION);
  });
}

}  // namespace herald::app
