#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/master_key.h"
#include "app/terminal.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

namespace herald::app {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string data;
  std::string file;
  std::string new_file;
};

// Where the next start finds the key is written when both keys open the store, so that a start
// after any interruption comes with one that does.
void rotate(const Options& options) {
  log::set_level(log::Level::warning);
  const fs::path store = fs::path(options.data) / "store";
  if (!fs::is_directory(store)) give_up(options.data + " is no data directory of Herald");
  const fs::path file = master_key_file(options.data, options.file);
  if (file.empty() && options.new_file.empty()) {
    give_up(std::string("the key is in ") + master_key_variable +
            ": name the next one with --new-key-file");
  }
  auto next = options.new_file.empty() ? MasterKey::random() : MasterKey::read(options.new_file);
  if (!next) give_up(next.error().detail);

  std::size_t records = 0;
  const SystemClock clock;
  auto resealed = reseal_rocks_store(
      store, clock,
      [&](bool first) {
        return MasterKey::find(options.data, options.file, first).map([](const MasterKey& key) {
          return key.sealing();
        });
      },
      next->sealing(), [&] { return file.empty() ? Result<void>() : next->write(file); },
      [&](std::size_t done) {
        records = done;
        if (is_terminal()) fmt::print(stderr, "\r{} records", records);
      });
  if (is_terminal()) fmt::print(stderr, "\n");
  if (!resealed) give_up(resealed.error().detail);
  fmt::print("{} records are sealed with the new key, and the old one opens none.\n", records);
  if (file.empty()) {
    fmt::print("Start Herald with the new key in {}.\n", master_key_variable);
  } else {
    fmt::print("The new key is in {}: back it up.\n", file.string());
  }
}

}  // namespace

void add_key_command(CLI::App& app) {
  CLI::App* key = app.add_subcommand("key", "The master key, which opens the secrets of the store");
  key->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* command = key->add_subcommand(
      "rotate", "Seal every secret with a new key; the server is stopped meanwhile");
  command->add_option("--data", options->data, "Data directory")->required();
  command->add_option("--master-key-file", options->file,
                      "File of the key; default: HERALD_MASTER_KEY, or the data directory's own");
  command->add_option("--new-key-file", options->new_file,
                      "File of the new key, 64 hexadecimal digits; default: a random one");
  command->callback([options] { rotate(*options); });
}

}  // namespace herald::app
