#pragma once

#include <filesystem>
#include <functional>

#include "app/admin.h"

namespace herald::app {

// Where a command runs, and what it gets.
struct AdminRequest {
  std::filesystem::path data;
  std::filesystem::path master_key_file;  // Where no server runs.
  std::string_view command;
  boost::json::object arguments;
  int file = -1;  // Of the parameter that is one.
  // Hears events; null for the answer alone.
  std::function<void(const boost::json::object& event)> hear;
};

// Has a running server run the command, else runs it here on the data directory. Errors: failed,
// with the reason in words.
Result<boost::json::value> administer(AdminRequest request);

}  // namespace herald::app
