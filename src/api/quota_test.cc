#include "api/quota.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace herald::api {
namespace {

using namespace std::chrono_literals;

const AccountId account{1};

struct QuotaTest : testing::Test {
  ManualClock clock{time_of(1'716'206'400'000)};
};

TEST_F(QuotaTest, AdmitsSoManyInAnySecond) {
  Quota quota(clock, 50);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(quota.admit(account));
  EXPECT_FALSE(quota.admit(account));
  clock.advance(999ms);
  EXPECT_FALSE(quota.admit(account));
  clock.advance(1ms);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(quota.admit(account));
  EXPECT_FALSE(quota.admit(account));
}

TEST_F(QuotaTest, HasNoEdgesBetweenSeconds) {
  Quota quota(clock, 2);
  EXPECT_TRUE(quota.admit(account));
  clock.advance(900ms);
  EXPECT_TRUE(quota.admit(account));
  clock.advance(100ms);
  EXPECT_TRUE(quota.admit(account));
  EXPECT_FALSE(quota.admit(account));
}

TEST_F(QuotaTest, AccountsDoNotShare) {
  Quota quota(clock, 1);
  EXPECT_TRUE(quota.admit(account));
  EXPECT_TRUE(quota.admit(AccountId{2}));
  EXPECT_FALSE(quota.admit(AccountId{2}));
}

TEST_F(QuotaTest, EvenCallersAreNeverRefused) {
  Quota quota(clock, 50);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(quota.admit(account));
    clock.advance(20ms);
  }
}

TEST_F(QuotaTest, NoWindowHoldsMoreAndRefusalsDoNotCount) {
  Quota quota(clock, 7);
  std::mt19937 random(1);
  std::vector<Time> admitted;
  for (int i = 0; i < 5'000; ++i) {
    clock.advance(Milliseconds(random() % 100));
    const auto in_window =
        std::ranges::count_if(admitted, [&](Time at) { return clock.now() - at < 1s; });
    const bool expected = in_window < 7;
    ASSERT_EQ(quota.admit(account), expected);
    if (expected) admitted.push_back(clock.now());
  }
}

}  // namespace
}  // namespace herald::api
