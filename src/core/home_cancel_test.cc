#include <gtest/gtest.h>

#include "core/testing.h"

namespace herald {
namespace {

using testing::Bench;

class HomeCancelTest : public ::testing::Test {
 protected:
  // A device that is connected in a kept session, and one more that is away.
  HomeCancelTest() : away_(add_device("away")) {
    bench_.gone(away_, *connection_);
    near_ = add_device("near");
  }

  DeviceId add_device(const std::string& name) {
    const DeviceId device = bench_.add_device(name);
    connection_ = &bench_.connect(device, bench_.homes.shard_of(device), false, /*window=*/1);
    bench_.subscribe(device, *connection_, bench_.topic(name));
    return device;
  }
  MessageId publish(std::vector<DeviceId> recipients, Milliseconds lifetime = hour) {
    return bench_.publish(Qos::at_least_once, std::move(recipients), "hello", lifetime);
  }
  std::vector<MessageId> delivered_to(DeviceId device) {
    std::vector<MessageId> ids;
    for (const auto& delivered : bench_.edges[bench_.homes.shard_of(device)].delivered) {
      if (delivered.target.connection == connection_->connection) ids.push_back(delivered.message);
    }
    return ids;
  }
  static std::vector<std::size_t> counts(const Cancellation& of) {
    return {of.cancelled, of.inflight, of.ended};
  }

  static constexpr Milliseconds hour = std::chrono::hours(1);
  Bench bench_;
  Bench::Connected* connection_ = nullptr;  // The latest.
  DeviceId away_;
  DeviceId near_;
};

TEST_F(HomeCancelTest, WhoWaitsNeverReceivesIt) {
  const MessageId first = publish({away_});
  const MessageId second = publish({away_});
  EXPECT_EQ(counts(bench_.cancel(first, {0})), (std::vector<std::size_t>{1, 0, 0}));
  EXPECT_EQ(bench_.state_of(first), "cancelled");
  connection_ = &bench_.connect(away_, bench_.homes.shard_of(away_), false);
  EXPECT_EQ(delivered_to(away_), std::vector{second});
}

TEST_F(HomeCancelTest, WhatIsOnItsWayStaysSo) {
  const MessageId id = publish({near_, away_});
  EXPECT_EQ(counts(bench_.cancel(id, {0, 1})), (std::vector<std::size_t>{1, 1, 0}));
  EXPECT_EQ(bench_.state_of(id, 0), "inflight");
  EXPECT_EQ(bench_.state_of(id, 1), "cancelled");
  bench_.acknowledge(near_, bench_.edges[bench_.homes.shard_of(near_)].delivered.back());
  EXPECT_EQ(bench_.state_of(id, 0), "acked");
}

TEST_F(HomeCancelTest, OnlyWhoIsMeantIsConcerned) {
  const DeviceId other = add_device("other");
  bench_.gone(other, *connection_);
  const MessageId id = publish({away_, other});
  EXPECT_EQ(counts(bench_.cancel(id, {1})), (std::vector<std::size_t>{1, 0, 0}));
  EXPECT_EQ(bench_.state_of(id, 0), "queued");
  EXPECT_EQ(bench_.state_of(id, 1), "cancelled");
}

TEST_F(HomeCancelTest, WhatHasEndedStaysAsItIs) {
  const DeviceId stranger = bench_.add_device("stranger");
  const MessageId id = publish({stranger, away_});
  bench_.cancel(id, {1});
  EXPECT_EQ(counts(bench_.cancel(id, {0, 1})), (std::vector<std::size_t>{0, 0, 2}));
  EXPECT_EQ(bench_.state_of(id, 0), "dropped(not_subscribed)");
  EXPECT_EQ(bench_.state_of(id, 1), "cancelled");
}

TEST_F(HomeCancelTest, WhatStoodBehindItGoesOn) {
  const MessageId inflight = publish({near_});
  const MessageId cancelled = publish({near_});
  const MessageId behind = publish({near_});
  bench_.cancel(cancelled, {0});
  bench_.acknowledge(near_, bench_.edges[bench_.homes.shard_of(near_)].delivered.back());
  EXPECT_EQ(delivered_to(near_), (std::vector{inflight, behind}));
}

TEST_F(HomeCancelTest, TheLogEndsItToo) {
  const MessageId id = publish({away_});
  bench_.cancel(id, {0});
  std::vector<MessageId> open;
  EXPECT_TRUE(bench_.store->messages().replay(
      [&](const KeptMessage& kept) { open.push_back(kept.message->id); }));
  EXPECT_TRUE(open.empty());
}

TEST_F(HomeCancelTest, PastItsDeadlineItHasExpired) {
  const MessageId read = publish({away_}, Milliseconds(1000));
  const MessageId cancelled = publish({away_}, Milliseconds(1000));
  bench_.clock.advance(Milliseconds(1000));
  EXPECT_EQ(bench_.state_of(read), "expired");
  EXPECT_EQ(counts(bench_.cancel(cancelled, {0})), (std::vector<std::size_t>{0, 0, 1}));
  EXPECT_EQ(bench_.state_of(cancelled), "expired");
}

}  // namespace
}  // namespace herald
