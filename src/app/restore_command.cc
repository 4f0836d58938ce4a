#include <fmt/core.h>

#include <memory>
#include <string>

#include "app/backup.h"
#include "app/commands.h"
#include "app/store_check.h"
#include "app/terminal.h"
#include "base/log.h"

namespace herald::app {
namespace {

struct Options {
  std::string backup;
  std::string data;
  std::string master_key_file;
};

void restore(const Options& options) {
  log::set_level(log::Level::warning);
  if (auto restored = app::restore(options.backup, options.data); !restored) {
    give_up(restored.error().detail);
  }
  check_store(options.data, options.master_key_file);
}

}  // namespace

void add_restore_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("restore", "Make a data directory from a backup, and verify it");
  command->add_option("backup", options->backup, "The backup")->required();
  command->add_option("--data", options->data, "Data directory, new or empty")->required();
  command->add_option("--master-key-file", options->master_key_file,
                      "File of the master key (default: HERALD_MASTER_KEY, or the backup's own)");
  command->callback([options] { restore(*options); });
}

}  // namespace herald::app
