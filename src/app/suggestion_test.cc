#include "app/suggestion.h"

#include <gtest/gtest.h>

namespace herald::app {
namespace {

TEST(Suggestion, DistancesAreThoseOfSingleEdits) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("level", "level"), 0u);
  EXPECT_EQ(edit_distance("levle", "level"), 2u);
}

TEST(Suggestion, WhatIsCloseIsMeant) {
  const std::vector<std::string_view> known{"log.level", "limits.window", "shards"};
  EXPECT_EQ(nearest("loglevel", known), "log.level");
  EXPECT_EQ(nearest("limit.window", known), "limits.window");
  EXPECT_EQ(nearest("shard", known), "shards");
}

TEST(Suggestion, WhatIsFarFromAllIsNotGuessedAt) {
  EXPECT_EQ(nearest("certificate", {"shards", "api"}), std::nullopt);
  EXPECT_EQ(nearest(std::string(10'000, 'x'), {"shards"}), std::nullopt);
  EXPECT_EQ(nearest("shards", {}), std::nullopt);
}

}  // namespace
}  // namespace herald::app
