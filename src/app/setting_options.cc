#include "app/setting_options.h"

#include <fmt/core.h>

#include "app/terminal.h"

namespace herald::app {
namespace {

std::string keys_help() {
  std::string text = "\nSettings, for --set and the configuration file:\n";
  for (const SettingInfo& setting : all_settings()) {
    if (!setting.doc.empty()) text += fmt::format("  {:<32}{}\n", setting.key, setting.doc);
  }
  return text + fmt::format("  {:<32}{}\n", "quota.<Operation>",
                            "Calls a second of one account, or `unlimited`.");
}

}  // namespace

void SettingOptions::add_to(CLI::App& command) {
  command
      .add_option("--profile", profile,
                  "cloud: hold devices and accounts to the rates of the original")
      ->check(CLI::IsMember({"cloud"}));
  command.add_option("--config", config, "Configuration file (TOML)")->check(CLI::ExistingFile);
  command.add_option(
      "--master-key-file", master_key_file,
      "File of the master key (default: HERALD_MASTER_KEY, or the data directory's own)");
  command.add_option("--api", api, "HOST:PORT of the OpenAPI (default 127.0.0.1:8080)");
  command.add_option("--mqtt", mqtt, "HOST:PORT for devices (default 127.0.0.1:1883)");
  command.add_option("--set", set, "key=value, over file and environment; repeatable")
      ->allow_extra_args(false);
  command.footer(keys_help);
}

Sources SettingOptions::sources() const {
  Sources sources{.profile = profile, .file = config, .given = {}};
  if (!master_key_file.empty()) sources.given.emplace_back("master_key_file", master_key_file);
  if (!api.empty()) sources.given.emplace_back("api", api);
  if (!mqtt.empty()) sources.given.emplace_back("mqtt", mqtt);
  for (const std::string& entry : set) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos) give_up("--set takes key=value, not '" + entry + "'");
    sources.given.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return sources;
}

}  // namespace herald::app
