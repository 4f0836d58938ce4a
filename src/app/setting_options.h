#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "app/configuration.h"

namespace herald::app {

// The options by which a command is told its settings.
struct SettingOptions {
  std::string profile;
  std::string config;
  std::string master_key_file;
  std::string api;
  std::string mqtt;
  std::vector<std::string> set;

  // All of them, and a list of the keys under the help.
  void add_to(CLI::App& command);
  // Gives up when --set is not key=value.
  Sources sources() const;
};

}  // namespace herald::app
