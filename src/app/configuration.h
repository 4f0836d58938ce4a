#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/settings.h"

// Where settings come from, and how they are written down.
namespace herald::app {

// What is wrong, a line of text for each: all of it, not only the first.
using Problems = std::vector<std::string>;

// Every key of a TOML file. What fits is set, whatever else does not.
Problems read_file(Settings& settings, const std::filesystem::path& file);

// The variable that sets a key: HERALD_LIMITS_WINDOW for `limits.window`.
std::string variable_of(std::string_view key);
using Environment = std::function<const char*(const std::string& name)>;
Problems read_environment(Settings& settings, const Environment& environment);

// What a command was told of settings; of two that say the same key, the later one here wins.
struct Sources {
  std::string profile;  // Empty: none.
  std::filesystem::path file;
  // The environment comes here.
  std::vector<std::pair<std::string, std::string>> given;  // Keys and values.
};
// Errors: malformed, with all problems.
Result<Settings> load(const Sources& sources);

// A configuration file that says this, with what each key means; secrets are left out.
std::string to_toml(const Settings& settings);
// docs/configuration.md.
std::string configuration_reference();

// The keys whose values differ.
std::vector<SettingInfo> differences(const Settings& before, const Settings& after);

}  // namespace herald::app
