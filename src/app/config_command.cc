#include <fmt/core.h>

#include <boost/json.hpp>
#include <memory>

#include "app/commands.h"
#include "app/setting_options.h"
#include "app/terminal.h"

namespace herald::app {
namespace {

namespace json = boost::json;

void print(const SettingOptions& options, bool as_json) {
  const auto settings = load(options.sources());
  if (!settings) give_up(settings.error().detail);
  if (!as_json) return fmt::print("{}", to_toml(*settings));
  json::object all;
  for (const SettingInfo& info : all_settings(*settings)) {
    // Texts and numbers are written in TOML as in JSON.
    if (!info.secret) all[info.key] = info.value ? json::parse(*info.value) : json::value();
  }
  fmt::print("{}\n", json::serialize(all));
}

void check(const std::string& file, bool as_json) {
  Settings settings;
  const Problems problems = read_file(settings, file);
  if (as_json) {
    fmt::print("{}\n", json::serialize(
                           json::object{{"File", file}, {"Problems", json::value_from(problems)}}));
  } else if (problems.empty()) {
    fmt::print("{} is fine\n", file);
  } else {
    for (const std::string& problem : problems) fmt::print(stderr, "{}\n", problem);
  }
  if (!problems.empty()) throw CLI::RuntimeError(1);
}

}  // namespace

void add_config_command(CLI::App& app) {
  CLI::App* config = app.add_subcommand("config", "Look at settings and check their file");
  config->require_subcommand(1);

  struct Options {
    SettingOptions settings;
    std::string file;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* printing =
      config->add_subcommand("print", "Write what is in effect, with defaults, as a TOML file");
  options->settings.add_to(*printing);
  printing->add_flag("--json", options->json, "Print JSON");
  printing->callback([options] { print(options->settings, options->json); });

  CLI::App* checking =
      config->add_subcommand("check", "Tell all that is wrong with a configuration file");
  checking->add_option("file", options->file, "The file")->required();
  checking->add_flag("--json", options->json, "Print JSON");
  checking->callback([options] { check(options->file, options->json); });
}

}  // namespace herald::app
