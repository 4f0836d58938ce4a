#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

// For tests of what is generated into `docs/` and reviewed there.
namespace herald::testing {

inline std::string file_of_project(std::string_view name) {
  std::ifstream file(std::string(HERALD_SOURCE_DIR) + "/" + std::string(name));
  return {std::istreambuf_iterator<char>(file), {}};
}

// The file is what is generated now, so that a change of a declaration shows as a change of it.
// HERALD_GOLDEN=write writes it anew.
inline void expect_reviewed(std::string_view name, const std::string& now) {
  if (const char* mode = std::getenv("HERALD_GOLDEN"); mode && mode == std::string_view("write")) {
    std::ofstream(std::string(HERALD_SOURCE_DIR) + "/" + std::string(name)) << now;
  }
  EXPECT_EQ(now, file_of_project(name))
      << "review the difference, then run with HERALD_GOLDEN=write";
}

}  // namespace herald::testing
