#include "core/delivery_counts.h"

#include <gtest/gtest.h>

#include "core/testing.h"

namespace herald {
namespace {

using testing::Bench;

class DeliveryCountsTest : public ::testing::Test {
 protected:
  explicit DeliveryCountsTest(const HomeLimits& limits = {}) : bench_(limits) {}

  DeviceId add_device(const std::string& name, bool clean_session = false) {
    const DeviceId device = bench_.add_device(name);
    connections_.push_back(&bench_.connect(device, bench_.homes.shard_of(device), clean_session));
    bench_.subscribe(device, *connections_.back(), bench_.topic(name));
    return device;
  }
  void acknowledge(DeviceId device) {
    const auto& edge = bench_.edges[bench_.homes.shard_of(device)];
    bench_.acknowledge(device, edge.delivered.back());
  }

  template <class TallyOf>
  std::int64_t sum(TallyOf tally_of) {
    std::int64_t sum = 0;
    for (const DeliveryCounts& counts : bench_.homes.counts()) sum += tally_of(counts).value();
    return sum;
  }
  std::int64_t in(Outcome state) {
    return sum([state](const DeliveryCounts& counts) -> auto& {
      return counts.in_state[static_cast<std::size_t>(state)];
    });
  }
  std::int64_t dropped(DropReason reason) {
    return sum([reason](const DeliveryCounts& counts) -> auto& {
      return counts.dropped[static_cast<std::size_t>(reason)];
    });
  }
  std::int64_t queued_bytes() {
    return sum([](const DeliveryCounts& counts) -> auto& { return counts.queued_bytes; });
  }
  std::int64_t connected() {
    return sum([](const DeliveryCounts& counts) -> auto& { return counts.connected; });
  }

  Bench bench_;
  std::vector<Bench::Connected*> connections_;
};

TEST_F(DeliveryCountsTest, AMessageIsInFlightAndThenAcknowledged) {
  const DeviceId lamp = add_device("lamp1");
  bench_.publish(Qos::at_least_once, {lamp});
  EXPECT_EQ(in(Outcome::inflight), 1);
  acknowledge(lamp);
  EXPECT_EQ(in(Outcome::inflight), 0);
  EXPECT_EQ(in(Outcome::acked), 1);
}

TEST_F(DeliveryCountsTest, ForADeviceThatIsAwayItIsQueuedWithItsBytes) {
  const DeviceId lamp = add_device("lamp1");
  bench_.gone(lamp, *connections_[0]);
  bench_.publish(Qos::at_least_once, {lamp}, "12345");
  EXPECT_EQ(in(Outcome::queued), 1);
  EXPECT_EQ(queued_bytes(), 5);
  bench_.connect(lamp, 0, /*clean_session=*/false);
  EXPECT_EQ(in(Outcome::queued), 0);
  EXPECT_EQ(queued_bytes(), 0);
  EXPECT_EQ(in(Outcome::inflight), 1);
}

TEST_F(DeliveryCountsTest, WhatWasInFlightIsQueuedAgainWhenTheConnectionEnds) {
  const DeviceId lamp = add_device("lamp1");
  bench_.publish(Qos::at_least_once, {lamp}, "12345");
  bench_.gone(lamp, *connections_[0]);
  EXPECT_EQ(in(Outcome::inflight), 0);
  EXPECT_EQ(in(Outcome::queued), 1);
  EXPECT_EQ(queued_bytes(), 5);
}

TEST_F(DeliveryCountsTest, ADeletedDeviceCancelsWhatWaits) {
  const DeviceId lamp = add_device("lamp1");
  bench_.publish(Qos::at_least_once, {lamp});
  bench_.gone(lamp, *connections_[0]);
  bench_.publish(Qos::at_least_once, {lamp});
  bench_.homes.cut_off(lamp);
  bench_.settle();
  EXPECT_EQ(in(Outcome::cancelled), 2);
  EXPECT_EQ(in(Outcome::queued), 0);
  EXPECT_EQ(queued_bytes(), 0);
}

TEST_F(DeliveryCountsTest, WhatIsCancelledNoLongerWaits) {
  const DeviceId lamp = add_device("lamp1");
  bench_.gone(lamp, *connections_[0]);
  bench_.cancel(bench_.publish(Qos::at_least_once, {lamp}), {0});
  EXPECT_EQ(in(Outcome::cancelled), 1);
  EXPECT_EQ(in(Outcome::queued), 0);
  EXPECT_EQ(queued_bytes(), 0);
}

TEST_F(DeliveryCountsTest, WhatNobodyTakesIsDroppedWithItsReason) {
  const DeviceId never = bench_.add_device("lamp1");
  const DeviceId away = add_device("lamp2");
  bench_.gone(away, *connections_[0]);
  bench_.publish(Qos::at_most_once, {never, away});
  bench_.publish(Qos::at_least_once, {never});
  EXPECT_EQ(dropped(DropReason::not_subscribed), 2);
  EXPECT_EQ(dropped(DropReason::offline), 1);
  EXPECT_EQ(in(Outcome::dropped), 3);
}

TEST_F(DeliveryCountsTest, Qos0IsInFlightUntilTheEdgeHasIt) {
  const DeviceId lamp = add_device("lamp1", /*clean_session=*/true);
  bench_.publish(Qos::at_most_once, {lamp});
  EXPECT_EQ(in(Outcome::inflight), 1);  // The edge of this test takes it and says nothing.
}

TEST_F(DeliveryCountsTest, WhatIsTooOldExpires) {
  const DeviceId lamp = add_device("lamp1");
  bench_.gone(lamp, *connections_[0]);
  bench_.publish(Qos::at_least_once, {lamp}, "hello", std::chrono::seconds(1));
  bench_.clock.advance(std::chrono::seconds(2));
  bench_.homes.sweep();
  bench_.settle();
  EXPECT_EQ(in(Outcome::expired), 1);
  EXPECT_EQ(in(Outcome::queued), 0);
}

TEST_F(DeliveryCountsTest, ConnectedDevicesAreCounted) {
  const DeviceId lamp = add_device("lamp1");
  add_device("lamp2");
  EXPECT_EQ(connected(), 2);
  bench_.gone(lamp, *connections_[0]);
  EXPECT_EQ(connected(), 1);
}

class FullQueue : public DeliveryCountsTest {
 protected:
  FullQueue() : DeliveryCountsTest({.queue_messages_max = 1}) {}
};

TEST_F(FullQueue, DropsWhatDoesNotFit) {
  const DeviceId lamp = add_device("lamp1");
  bench_.gone(lamp, *connections_[0]);
  for (int i = 0; i < 3; ++i) bench_.publish(Qos::at_least_once, {lamp});
  EXPECT_EQ(in(Outcome::queued), 1);
  EXPECT_EQ(dropped(DropReason::queue_full), 2);
}

}  // namespace
}  // namespace herald
