#include "api/reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "api/operations.h"

namespace herald::api {
namespace {

// A change of a declaration shows as a change of this file. HERALD_GOLDEN=write writes it anew.
TEST(Reference, IsTheReviewedOne) {
  const std::string path = std::string(HERALD_SOURCE_DIR) + "/docs/operations.md";
  const std::string now = reference(all_operations());
  if (const char* mode = std::getenv("HERALD_GOLDEN"); mode && mode == std::string_view("write")) {
    std::ofstream(path) << now;
  }
  std::ifstream file(path);
  const std::string reviewed{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(now, reviewed) << "review the difference, then run with HERALD_GOLDEN=write";
}

}  // namespace
}  // namespace herald::api
