#include "api/reference.h"

#include <gtest/gtest.h>

#include "api/operations.h"
#include "base/golden.h"

namespace herald::api {
namespace {

TEST(Reference, IsTheReviewedOne) {
  testing::expect_reviewed("docs/operations.md", reference(all_operations()));
}

}  // namespace
}  // namespace herald::api
