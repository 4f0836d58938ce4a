#include <fmt/core.h>

#include <csignal>
#include <memory>

#include "app/commands.h"
#include "app/file_limit.h"
#include "app/herald.h"
#include "app/new_account.h"
#include "app/terminal.h"
#include "base/log.h"

namespace herald::app {
namespace {

struct Options {
  std::string data;
  std::string profile;
  std::string config;
  std::string master_key_file;
  std::string api;
  std::string mqtt;
  std::vector<std::string> set;
};

// Errors: malformed, failed.
Result<Settings> settings_of(const Options& options) {
  Settings settings;
  Result<void> done;
  if (!options.profile.empty()) done = use_profile(settings, options.profile);
  if (done && !options.config.empty()) done = read_file(settings, options.config);
  if (done && !options.api.empty()) done = set(settings, "api", options.api);
  if (done && !options.mqtt.empty()) done = set(settings, "mqtt", options.mqtt);
  if (done && !options.master_key_file.empty()) {
    done = set(settings, "master_key_file", options.master_key_file);
  }
  for (const std::string& entry : options.set) {
    if (!done) break;
    const auto equals = entry.find('=');
    done = equals == entry.npos
               ? fail(Code::malformed, "--set takes key=value, not '" + entry + "'")
               : set(settings, entry.substr(0, equals), entry.substr(equals + 1));
  }
  if (!done) return tl::unexpected(std::move(done.error()));
  return settings;
}

void serve(const Options& options) {
  // Blocked in all threads from here on, and waited for below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto settings = settings_of(options);
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
    (*herald)->reload_certificates(/*always=*/true);
  }
  log::info("stopping on signal {}", signal);
  (*herald)->stop();
}

std::string settings_help() {
  std::string text = "\nSettings, for --set and the configuration file:\n";
  for (const SettingInfo& setting : all_settings()) {
    text += fmt::format("  {:<32}{}\n", setting.key, setting.doc);
  }
  return text;
}

}  // namespace

void add_serve_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("serve", "Serve; makes an account in an empty data directory");
  command->add_option("--data", options->data, "Data directory")->required();
  command
      ->add_option("--profile", options->profile,
                   "cloud: hold devices and accounts to the rates of the original")
      ->check(CLI::IsMember({"cloud"}));
  command->add_option("--config", options->config, "Configuration file (TOML)")
      ->check(CLI::ExistingFile);
  command->add_option(
      "--master-key-file", options->master_key_file,
      "File of the master key (default: HERALD_MASTER_KEY, or the data directory's own)");
  command->add_option("--api", options->api, "HOST:PORT of the OpenAPI (default 127.0.0.1:8080)");
  command->add_option("--mqtt", options->mqtt, "HOST:PORT for devices (default 127.0.0.1:1883)");
  command->add_option("--set", options->set, "key=value, over the configuration file; repeatable")
      ->allow_extra_args(false);
  command->footer(settings_help);
  command->callback([options] { serve(*options); });
}

}  // namespace herald::app
