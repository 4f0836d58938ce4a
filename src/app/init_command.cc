#include <memory>

#include "app/commands.h"
#include "app/new_account.h"
#include "app/terminal.h"
#include "base/log.h"

namespace herald::app {
namespace {

struct Options {
  std::string data;
  std::vector<std::string> hosts;
  std::string master_key_file;
  bool public_instance = false;
  bool json = false;
};

void init(const Options& options) {
  log::set_level(log::Level::warning);
  Settings settings;
  settings.store.free_bytes_min = 0;  // What a person asks for is small.
  settings.master_key_file = options.master_key_file;
  auto herald = Herald::open(options.data, std::move(settings));
  if (!herald) give_up(herald.error().detail);
  if ((*herald)->registry().has_accounts()) {
    give_up(options.data + " is a data directory already; nothing was changed");
  }
  auto made = initialise(**herald, options.data, options.hosts, options.public_instance);
  if (!made) give_up(made.error().detail);
  (*herald)->stop();
  print_new_account(*made, options.json);
}

}  // namespace

void add_init_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "init",
      "Make a data directory: an account, its default instance, an AccessKey, a certificate");
  command->add_option("--data", options->data, "Data directory")->required();
  command->add_option("--host", options->hosts,
                      "Name or address under which callers reach this server, for its certificate; "
                      "repeatable");
  command->add_option("--master-key-file", options->master_key_file,
                      "File of the master key; default: HERALD_MASTER_KEY, or one that is made");
  command->add_flag("--public-instance", options->public_instance,
                    "The default instance has no id, and calls need not name it");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] { init(*options); });
}

}  // namespace herald::app
