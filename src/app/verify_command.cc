#include <fmt/core.h>

#include <memory>
#include <string>

#include "app/admin_channel.h"
#include "app/commands.h"
#include "app/store_check.h"
#include "app/terminal.h"
#include "base/log.h"

namespace herald::app {
namespace {

struct Options {
  std::string data;
  std::string master_key_file;
};

void verify(const Options& options) {
  log::set_level(log::Level::warning);
  if (connect_as_admin(options.data)) {
    give_up("a server uses it: stop it first, or verify a backup of it");
  }
  check_store(options.data, options.master_key_file);
}

}  // namespace

void add_verify_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "verify", "Read every record of a stopped server or a backup, and check it");
  command->add_option("--data", options->data, "Data directory, or a backup")->required();
  command->add_option(
      "--master-key-file", options->master_key_file,
      "File of the master key (default: HERALD_MASTER_KEY, or the directory's own)");
  command->callback([options] { verify(*options); });
}

}  // namespace herald::app
