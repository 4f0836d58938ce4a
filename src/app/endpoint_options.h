#pragma once

#include <CLI/App.hpp>
#include <string>

#include "client/caller.h"

namespace herald::app {

// Where a command calls, and as whom: options, else the environment that Alibaba's own tools read.
struct EndpointOptions {
  std::string endpoint = "127.0.0.1:8080";
  std::string access_key_id;
  std::string access_key_secret;
  std::string instance;

  void add_to(CLI::App& command);
  // Gives up when no key is known.
  client::Caller caller() const;
};

}  // namespace herald::app
