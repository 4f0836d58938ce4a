#include <fmt/core.h>

#include <csignal>
#include <memory>

#include "app/commands.h"
#include "app/file_limit.h"
#include "app/herald.h"
#include "app/new_account.h"
#include "app/setting_options.h"
#include "app/terminal.h"
#include "base/log.h"

namespace herald::app {
namespace {

struct Options {
  std::string data;
  SettingOptions settings;
};

// What can change while serving does; a file that says something wrong changes nothing.
void reconfigure(Herald& herald, const Sources& sources) {
  if (auto settings = load(sources)) {
    herald.reconfigure(*std::move(settings));
  } else {
    log::error("the configuration stays as it was: {}", settings.error().detail);
  }
}

void serve(const Options& options) {
  // Blocked in all threads from here on, and waited for below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const Sources sources = options.settings.sources();
  auto settings = load(sources);
  if (!settings) give_up(settings.error().detail);
  log::set_level(settings->log_level);
  log::set_format(settings->log_format);
  log::info("at most {} files and connections at once", raise_file_limit());
  auto herald = Herald::open(options.data, std::move(*settings));
  if (!herald) give_up(herald.error().detail);
  if (!(*herald)->registry().has_accounts()) {
    auto made = initialise(**herald, options.data, {});
    if (!made) give_up(made.error().detail);
    print_new_account(*made, /*as_json=*/false);
    std::fflush(stdout);
  }
  if (auto started = (*herald)->start(); !started) give_up(started.error().detail);

  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    reconfigure(**herald, sources);
  }
  log::info("stopping on signal {}", signal);
  // Another one ends the program at once; nothing that was promised is lost.
  sigdelset(&signals, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  (*herald)->stop();
}

}  // namespace

void add_serve_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("serve", "Serve; makes an account in an empty data directory");
  command->add_option("--data", options->data, "Data directory")->required();
  options->settings.add_to(*command);
  command->callback([options] { serve(*options); });
}

}  // namespace herald::app
