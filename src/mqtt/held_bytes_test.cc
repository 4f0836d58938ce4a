#include "mqtt/held_bytes.h"

#include <gtest/gtest.h>

namespace herald::mqtt {
namespace {

TEST(HeldBytes, GivesBackWhatWasAppendedInOrder) {
  HeldBytes held;
  held.append("ab");
  held.append("cd");
  EXPECT_EQ(held.view(), "abcd");
}

TEST(HeldBytes, TakesFromTheFront) {
  HeldBytes held;
  held.append("abcd");
  held.take(3);
  EXPECT_EQ(held.view(), "d");
  EXPECT_EQ(held.size(), 1u);
}

TEST(HeldBytes, AppendsAfterTaking) {
  HeldBytes held;
  std::string_view text = "abcdefgh";
  for (const char c : text) {
    held.append(std::string(2, c));
    held.take(1);
  }
  EXPECT_EQ(held.view(), "eeffgghh");
}

}  // namespace
}  // namespace herald::mqtt
