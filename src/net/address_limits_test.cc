#include "net/address_limits.h"

#include <gtest/gtest.h>

#include <chrono>

namespace herald::net {
namespace {

using namespace std::chrono_literals;

class AddressLimitsTest : public ::testing::Test {
 protected:
  ManualClock clock_{time_of(1'700'000'000'000)};
  AddressLimits limits_{clock_,
                        {.half_open_max = 2, .half_open_total_max = 3, .failures_per_minute = 2}};
};

TEST_F(AddressLimitsTest, OneAddressHasABoundOfHalfOpenConnections) {
  EXPECT_TRUE(limits_.opened("a"));
  EXPECT_TRUE(limits_.opened("a"));
  EXPECT_FALSE(limits_.opened("a"));
  EXPECT_TRUE(limits_.opened("b"));
}

TEST_F(AddressLimitsTest, AllTogetherHaveABound) {
  for (const char* address : {"a", "b", "c"}) EXPECT_TRUE(limits_.opened(address));
  EXPECT_FALSE(limits_.opened("d"));
}

TEST_F(AddressLimitsTest, WhoHasSignedInMakesRoom) {
  limits_.opened("a");
  limits_.opened("a");
  limits_.settled("a");
  EXPECT_TRUE(limits_.opened("a"));
}

TEST_F(AddressLimitsTest, WhoFailsTooOftenIsKeptOutForTheRestOfTheMinute) {
  limits_.failed("a");
  EXPECT_TRUE(limits_.opened("a"));
  limits_.failed("a");
  EXPECT_FALSE(limits_.opened("a"));
  EXPECT_TRUE(limits_.opened("b"));
  clock_.advance(60s);
  EXPECT_TRUE(limits_.opened("a"));
}

}  // namespace
}  // namespace herald::net
