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
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(quota.admit(account)->admitted);
  EXPECT_FALSE(quota.admit(account)->admitted);
  clock.advance(999ms);
  EXPECT_FALSE(quota.admit(account)->admitted);
  clock.advance(1ms);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(quota.admit(account)->admitted);
  EXPECT_FALSE(quota.admit(account)->admitted);
}

TEST_F(QuotaTest, HasNoEdgesBetweenSeconds) {
  Quota quota(clock, 2);
  EXPECT_TRUE(quota.admit(account)->admitted);
  clock.advance(900ms);
  EXPECT_TRUE(quota.admit(account)->admitted);
  clock.advance(100ms);
  EXPECT_TRUE(quota.admit(account)->admitted);
  EXPECT_FALSE(quota.admit(account)->admitted);
}

TEST_F(QuotaTest, AccountsDoNotShare) {
  Quota quota(clock, 1);
  EXPECT_TRUE(quota.admit(account)->admitted);
  EXPECT_TRUE(quota.admit(AccountId{2})->admitted);
  EXPECT_FALSE(quota.admit(AccountId{2})->admitted);
}

TEST_F(QuotaTest, EvenCallersAreNeverRefused) {
  Quota quota(clock, 50);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(quota.admit(account)->admitted);
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
    ASSERT_EQ(quota.admit(account)->admitted, expected);
    if (expected) admitted.push_back(clock.now());
  }
}

TEST(Quota, TellsWhatIsLeft) {
  ManualClock clock{time_of(1'000'000)};
  Quota quota(clock, 3);
  EXPECT_EQ(quota.admit(AccountId{1})->remaining, 2u);
  clock.advance(Milliseconds(400));
  const auto second = quota.admit(AccountId{1}).value();
  EXPECT_EQ(second.remaining, 1u);
  EXPECT_EQ(second.until_more, Milliseconds(600));
  quota.admit(AccountId{1});
  const auto refused = quota.admit(AccountId{1}).value();
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.remaining, 0u);
  clock.advance(Milliseconds(600));
  EXPECT_EQ(quota.admit(AccountId{1})->remaining, 0u) << "the first has left, this one came";
  clock.advance(Milliseconds(1000));
  EXPECT_EQ(quota.admit(AccountId{1})->remaining, 2u);
}

TEST_F(QuotaTest, WhatWasAdmittedCountsWhenTheNumberChanges) {
  Quota quota(clock, 10);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(quota.admit(account)->admitted);
  clock.advance(100ms);
  quota.set(5);
  const auto refused = quota.admit(account).value();
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.remaining, 0u);
  EXPECT_EQ(refused.until_more, 900ms);
  quota.set(10);
  EXPECT_FALSE(quota.admit(account)->admitted) << "there were ten in this second";
  quota.set(12);
  EXPECT_TRUE(quota.admit(account)->admitted);
  EXPECT_TRUE(quota.admit(account)->admitted);
  EXPECT_FALSE(quota.admit(account)->admitted);
}

TEST_F(QuotaTest, AnAccountMayHaveANumberOfItsOwn) {
  Quota quota(clock, 1);
  EXPECT_TRUE(quota.admit(account, CallsPerSecond(2))->admitted);
  EXPECT_TRUE(quota.admit(account, CallsPerSecond(2))->admitted);
  EXPECT_FALSE(quota.admit(account, CallsPerSecond(2))->admitted);
  EXPECT_FALSE(quota.admit(account, CallsPerSecond())) << "unlimited";
  EXPECT_TRUE(quota.admit(AccountId{2})->admitted);
  EXPECT_FALSE(quota.admit(AccountId{2})->admitted);
}

TEST_F(QuotaTest, ALimitCanBeLiftedAndComeBack) {
  Quota quota(clock, 1);
  quota.set(std::nullopt);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(quota.admit(account));
  quota.set(1);
  EXPECT_TRUE(quota.admit(account)->admitted);
  EXPECT_FALSE(quota.admit(account)->admitted);
}

}  // namespace
}  // namespace herald::api
