#include "core/rates.h"

#include <gtest/gtest.h>

#include "core/testing.h"

namespace herald {
namespace {

const DeviceId lamp{1}, fan{2};
const AccountId owner{1}, other{2};

class RatesTest : public ::testing::Test {
 protected:
  ManualClock clock_{time_of(1'700'000'000'000)};
};

TEST_F(RatesTest, NothingIsLimitedUntilItIsSet) {
  Rates rates({}, clock_);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(rates.admit_down(lamp, owner));
    ASSERT_TRUE(rates.admit_up(lamp, owner, Qos::at_least_once));
    ASSERT_TRUE(rates.admit_connect(lamp, owner));
  }
}

TEST_F(RatesTest, EachDeviceHasItsOwn) {
  Rates rates({.device_up_qos0 = 2, .device_up_qos1 = 1}, clock_);
  EXPECT_TRUE(rates.admit_up(lamp, owner, Qos::at_most_once));
  EXPECT_TRUE(rates.admit_up(lamp, owner, Qos::at_most_once));
  EXPECT_FALSE(rates.admit_up(lamp, owner, Qos::at_most_once));
  EXPECT_TRUE(rates.admit_up(lamp, owner, Qos::at_least_once));
  EXPECT_FALSE(rates.admit_up(lamp, owner, Qos::at_least_once));
  EXPECT_TRUE(rates.admit_up(fan, owner, Qos::at_most_once));
  clock_.advance(Milliseconds(1000));
  EXPECT_TRUE(rates.admit_up(lamp, owner, Qos::at_least_once));
}

TEST_F(RatesTest, AllDevicesOfAnAccountShareItsRate) {
  Rates rates({.account_down = 2}, clock_);
  EXPECT_TRUE(rates.admit_down(lamp, owner));
  EXPECT_TRUE(rates.admit_down(fan, owner));
  EXPECT_FALSE(rates.admit_down(lamp, owner));
  EXPECT_TRUE(rates.admit_down(lamp, other));
}

TEST_F(RatesTest, ConnectsAreCountedByTheMinute) {
  clock_.advance(Milliseconds(40'000));  // To the beginning of one.
  Rates rates({.device_connects = 1}, clock_);
  EXPECT_TRUE(rates.admit_connect(lamp, owner));
  clock_.advance(Milliseconds(59'999));
  EXPECT_FALSE(rates.admit_connect(lamp, owner));
  clock_.advance(Milliseconds(1));
  EXPECT_TRUE(rates.admit_connect(lamp, owner));
}

class DownRateTest : public ::testing::Test {
 protected:
  DownRateTest() { bench_.homes.use({.rates = &rates_}); }
  herald::testing::Bench bench_;
  Rates rates_{{.device_down = 2}, bench_.clock};
};

TEST_F(DownRateTest, Qos0OverTheRateIsDropped) {
  const DeviceId device = bench_.add_device("lamp01");
  const auto& connected = bench_.connect(device, 0, true);
  bench_.subscribe(device, connected, bench_.topic("lamp01"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(bench_.state_of(bench_.publish(Qos::at_most_once, {device})), "sent");
  }
  EXPECT_EQ(bench_.state_of(bench_.publish(Qos::at_most_once, {device})), "dropped(rate)");
  bench_.clock.advance(Milliseconds(1000));
  EXPECT_EQ(bench_.state_of(bench_.publish(Qos::at_most_once, {device})), "sent");
}

TEST_F(DownRateTest, Qos1OverTheRateWaitsAndKeepsItsOrder) {
  const DeviceId device = bench_.add_device("lamp01");
  const auto& connected = bench_.connect(device, 0, false);
  bench_.subscribe(device, connected, bench_.topic("lamp01"));
  std::vector<MessageId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(bench_.publish(Qos::at_least_once, {device}));
  auto& delivered = bench_.edges[0].delivered;
  ASSERT_EQ(delivered.size(), 2u);
  bench_.acknowledge(device, delivered[0]);
  EXPECT_EQ(delivered.size(), 2u) << "an acknowledgement lifts no rate";
  EXPECT_EQ(bench_.state_of(ids[4]), "queued");
  bench_.clock.advance(Milliseconds(1000));
  bench_.shards.run_late();
  ASSERT_EQ(delivered.size(), 5u) << "what has waited is not held to the rate";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(delivered[i].message, ids[i]);
}

TEST(RateMeter, ARateThatChangesGoesOnCounting) {
  RateMeter<int> meter(3, Milliseconds(1000));
  const Time now = time_of(5'000);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(meter.admit(1, now));
  EXPECT_FALSE(meter.admit(1, now));
  meter.set(4);
  EXPECT_TRUE(meter.admit(1, now));
  EXPECT_FALSE(meter.admit(1, now));
  meter.set(std::nullopt);
  EXPECT_TRUE(meter.admit(1, now));
}

TEST_F(DownRateTest, AQueueDrainsOnReconnectWithoutRegardToTheRate) {
  const DeviceId device = bench_.add_device("lamp01");
  const auto& first = bench_.connect(device, 0, false);
  bench_.subscribe(device, first, bench_.topic("lamp01"));
  bench_.gone(device, first);
  for (int i = 0; i < 5; ++i) bench_.publish(Qos::at_least_once, {device});
  bench_.connect(device, 0, false);
  EXPECT_EQ(bench_.edges[0].delivered.size(), 5u);
}

}  // namespace
}  // namespace herald
