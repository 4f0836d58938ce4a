#include "api/text.h"

#include <gtest/gtest.h>

namespace herald::api {
namespace {

TEST(Text, IsMeasuredInCharactersAndInWidth) {
  EXPECT_EQ(characters("a中é😀"), 4u);
  EXPECT_EQ(width("a中é😀"), 5u);
}

TEST(Text, ProductNames) {
  EXPECT_TRUE(is_short_name("Lamp_2中"));
  EXPECT_FALSE(is_short_name("Lamp 2"));
  EXPECT_FALSE(is_short_name("ébcd"));
}

}  // namespace
}  // namespace herald::api
