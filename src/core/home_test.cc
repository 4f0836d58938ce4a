#include "core/home.h"

#include <gtest/gtest.h>

#include "core/testing.h"

namespace herald {
namespace {

using testing::Bench;

// Every behaviour is tried with the connection on the device's home shard and on the other one.
class HomeTest : public ::testing::TestWithParam<ShardIndex> {
 protected:
  ShardIndex edge_of(DeviceId device, Bench& bench) {
    return (bench.homes.shard_of(device) + GetParam()) % bench.shards.count();
  }
  testing::RecordedEdge& edge(DeviceId device, Bench& bench) {
    return bench.edges[edge_of(device, bench)];
  }

  // A device that is connected and subscribed to its `get`.
  Bench::Connected& subscriber(Bench& bench, const std::string& name, bool clean_session,
                               std::uint32_t window = 64) {
    device_ = bench.add_device(name);
    Bench::Connected& connection =
        bench.connect(device_, edge_of(device_, bench), clean_session, window);
    EXPECT_EQ(bench.subscribe(device_, connection, bench.topic(name)), std::string(1, '\1'));
    return connection;
  }
  DeviceId device_;
};

INSTANTIATE_TEST_SUITE_P(SameAndOtherShard, HomeTest, ::testing::Values(0, 1));

TEST_P(HomeTest, Qos0ReachesASubscriberAndIsSent) {
  Bench bench;
  subscriber(bench, "lamp1", true);
  const MessageId message = bench.publish(Qos::at_most_once, {device_});
  ASSERT_EQ(edge(device_, bench).delivered.size(), 1u);
  EXPECT_EQ(bench.state_of(message), "sent");
}

TEST_P(HomeTest, Qos1IsInFlightUntilItIsAcknowledged) {
  Bench bench;
  subscriber(bench, "lamp1", true);
  const MessageId message = bench.publish(Qos::at_least_once, {device_});
  ASSERT_EQ(edge(device_, bench).delivered.size(), 1u);
  EXPECT_EQ(bench.state_of(message), "inflight");
  bench.acknowledge(device_, edge(device_, bench).delivered[0]);
  EXPECT_EQ(bench.state_of(message), "acked");
}

TEST_P(HomeTest, WhoNeverSubscribedIsToldApart) {
  Bench bench;
  const DeviceId device = bench.add_device("lamp1");
  bench.connect(device, edge_of(device, bench), true);
  EXPECT_EQ(bench.state_of(bench.publish(Qos::at_most_once, {device})), "dropped(not_subscribed)");
  EXPECT_EQ(bench.state_of(bench.publish(Qos::at_least_once, {device})), "dropped(not_subscribed)");
}

TEST_P(HomeTest, AForeignTopicCannotBeSubscribed) {
  Bench bench;
  auto& connection = subscriber(bench, "lamp1", true);
  EXPECT_EQ(bench.subscribe(device_, connection, bench.topic("lamp2")), "\x87");
}

TEST_P(HomeTest, OfflineWithAKeptSessionQos1WaitsAndQos0IsDropped) {
  Bench bench;
  auto& connection = subscriber(bench, "lamp1", false);
  bench.gone(device_, connection);
  const MessageId kept = bench.publish(Qos::at_least_once, {device_});
  const MessageId lost = bench.publish(Qos::at_most_once, {device_});
  EXPECT_EQ(bench.state_of(kept), "queued");
  EXPECT_EQ(bench.state_of(lost), "dropped(offline)");

  auto& again = bench.connect(device_, edge_of(device_, bench), false);
  EXPECT_TRUE(again.answer.session_present);
  ASSERT_EQ(edge(device_, bench).delivered.size(), 1u);
  EXPECT_EQ(edge(device_, bench).delivered[0].message, kept);
  EXPECT_FALSE(edge(device_, bench).delivered[0].target.duplicate);
}

TEST_P(HomeTest, ACleanConnectEndsTheKeptSession) {
  Bench bench;
  auto& connection = subscriber(bench, "lamp1", false);
  bench.gone(device_, connection);
  const MessageId message = bench.publish(Qos::at_least_once, {device_});
  auto& again = bench.connect(device_, edge_of(device_, bench), true);
  EXPECT_FALSE(again.answer.session_present);
  EXPECT_EQ(bench.state_of(message), "dropped(session_ended)");
  EXPECT_EQ(bench.state_of(bench.publish(Qos::at_least_once, {device_})),
            "dropped(not_subscribed)");
}

TEST_P(HomeTest, WhatWasSentAndNotAcknowledgedComesAgainAsADuplicateWithItsPacketId) {
  Bench bench;
  auto& connection = subscriber(bench, "lamp1", false);
  const MessageId first = bench.publish(Qos::at_least_once, {device_});
  const MessageId second = bench.publish(Qos::at_least_once, {device_});
  bench.gone(device_, connection, {{first, 0, 7}, {second, 0, 8}});
  bench.connect(device_, edge_of(device_, bench), false);
  const auto& delivered = edge(device_, bench).delivered;
  ASSERT_EQ(delivered.size(), 4u);
  EXPECT_EQ(delivered[2].message, first);
  EXPECT_TRUE(delivered[2].target.duplicate);
  EXPECT_EQ(delivered[2].target.packet_id, 7);
  EXPECT_EQ(delivered[3].message, second);
  EXPECT_EQ(delivered[3].target.packet_id, 8);
}

TEST_P(HomeTest, WhatTheOldConnectionNeverSentIsNoDuplicate) {
  Bench bench;
  auto& connection = subscriber(bench, "lamp1", false);
  const MessageId message = bench.publish(Qos::at_least_once, {device_});
  bench.gone(device_, connection, {});
  bench.connect(device_, edge_of(device_, bench), false);
  const auto& delivered = edge(device_, bench).delivered;
  ASSERT_EQ(delivered.size(), 2u);
  EXPECT_EQ(delivered[1].message, message);
  EXPECT_FALSE(delivered[1].target.duplicate);
}

TEST_P(HomeTest, TheWindowBoundsWhatIsInFlightAndOrderIsKept) {
  Bench bench;
  subscriber(bench, "lamp1", true, /*window=*/2);
  std::vector<MessageId> sent;
  for (int i = 0; i < 4; ++i) sent.push_back(bench.publish(Qos::at_least_once, {device_}));
  auto& delivered = edge(device_, bench).delivered;
  ASSERT_EQ(delivered.size(), 2u);
  EXPECT_EQ(bench.state_of(sent[2]), "queued");
  for (std::size_t i = 0; i < 4; ++i) {
    ASSERT_GT(delivered.size(), i);
    EXPECT_EQ(delivered[i].message, sent[i]);
    bench.acknowledge(device_, delivered[i]);
  }
}

TEST_P(HomeTest, TheNewConnectionWinsWhenTheOldOneHasEnded) {
  Bench bench;
  auto& old_one = subscriber(bench, "lamp1", false);
  const MessageId message = bench.publish(Qos::at_least_once, {device_});
  auto& new_one = bench.connect(device_, 1 - old_one.connection.shard, false);
  EXPECT_FALSE(new_one.answered);
  const auto& cuts = bench.edges[old_one.connection.shard].cuts;
  ASSERT_EQ(cuts.size(), 1u);
  EXPECT_EQ(cuts[0].first, old_one.connection);
  EXPECT_EQ(cuts[0].second, CutReason::taken_over);

  bench.gone(device_, old_one, {{message, 0, 5}});
  EXPECT_TRUE(new_one.answered);
  EXPECT_TRUE(new_one.answer.session_present);
  const auto& delivered = bench.edges[new_one.connection.shard].delivered;
  ASSERT_FALSE(delivered.empty());
  EXPECT_EQ(delivered.back().message, message);
  EXPECT_EQ(delivered.back().target.connection, new_one.connection);
}

TEST_P(HomeTest, OfTwoThatWaitTheLaterWins) {
  Bench bench;
  auto& first = subscriber(bench, "lamp1", false);
  auto& second = bench.connect(device_, 0, false);
  auto& third = bench.connect(device_, 1, false);
  EXPECT_TRUE(second.answered);
  EXPECT_FALSE(second.answer.accepted);
  bench.gone(device_, first);
  EXPECT_TRUE(third.answer.accepted);
}

TEST_P(HomeTest, ALateEndOfAnOldConnectionHarmsNothing) {
  Bench bench;
  auto& old_one = subscriber(bench, "lamp1", false);
  bench.gone(device_, old_one);
  bench.connect(device_, edge_of(device_, bench), false);
  bench.gone(device_, old_one);
  EXPECT_EQ(bench.state_of(bench.publish(Qos::at_least_once, {device_})), "inflight");
}

TEST_P(HomeTest, AFullQueueRefusesTheNewestForThatDeviceAlone) {
  Bench bench({.queue_messages_max = 2});
  auto& connection = subscriber(bench, "lamp1", false);
  const DeviceId full = device_;
  bench.gone(full, connection);
  subscriber(bench, "lamp2", true);
  bench.publish(Qos::at_least_once, {full});
  bench.publish(Qos::at_least_once, {full});
  const MessageId third = bench.publish(Qos::at_least_once, {full, device_});
  EXPECT_EQ(bench.state_of(third, 0), "dropped(queue_full)");
  EXPECT_EQ(bench.state_of(third, 1), "inflight");
}

TEST_P(HomeTest, PastItsDeadlineAMessageIsExpired) {
  Bench bench;
  auto& connection = subscriber(bench, "lamp1", false);
  bench.gone(device_, connection);
  const MessageId message =
      bench.publish(Qos::at_least_once, {device_}, "x", std::chrono::seconds(10));
  bench.clock.advance(std::chrono::seconds(10));
  bench.connect(device_, edge_of(device_, bench), false);
  EXPECT_TRUE(edge(device_, bench).delivered.empty());
  EXPECT_EQ(bench.state_of(message), "expired");
}

TEST_P(HomeTest, WhatHasExpiredTakesNoPlaceInAFullQueue) {
  Bench bench({.queue_messages_max = 2});
  auto& connection = subscriber(bench, "lamp1", false);
  bench.gone(device_, connection);
  const MessageId old_one =
      bench.publish(Qos::at_least_once, {device_}, "x", std::chrono::seconds(10));
  bench.publish(Qos::at_least_once, {device_}, "x", std::chrono::seconds(10));
  bench.clock.advance(std::chrono::seconds(10));
  bench.homes.sweep();
  bench.settle();
  EXPECT_EQ(bench.state_of(old_one), "expired");
  EXPECT_EQ(bench.state_of(bench.publish(Qos::at_least_once, {device_})), "queued");
}

TEST_P(HomeTest, LargeMessagesInFlightAreBoundedInBytes) {
  Bench bench({.inflight_bytes_max = 10});
  subscriber(bench, "lamp1", true);
  const MessageId first = bench.publish(Qos::at_least_once, {device_}, "twelve bytes");
  const MessageId second = bench.publish(Qos::at_least_once, {device_}, "x");
  EXPECT_EQ(bench.state_of(first), "inflight");
  EXPECT_EQ(bench.state_of(second), "queued");
  bench.acknowledge(device_, edge(device_, bench).delivered[0]);
  EXPECT_EQ(bench.state_of(second), "inflight");
}

TEST_P(HomeTest, WhatDoesNotFitMemoryIsReadWhenItIsDue) {
  Bench bench({.held_bytes_max = 1'000});
  auto& connection = subscriber(bench, "lamp1", false);
  bench.gone(device_, connection);
  std::vector<MessageId> sent;
  for (int i = 0; i < 80; ++i)
    sent.push_back(bench.publish(Qos::at_least_once, {device_}, "seven b"));
  bench.connect(device_, edge_of(device_, bench), false);
  auto& delivered = edge(device_, bench).delivered;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    while (delivered.size() <= i) bench.settle();  // The store reads on a thread of its own.
    EXPECT_EQ(delivered[i].message, sent[i]);
    bench.acknowledge(device_, delivered[i]);
  }
  EXPECT_EQ(bench.state_of(sent.back()), "acked");
}

// Every message is too large for the device, which its edge says at once.
class RefusingEdge final : public Edge {
 public:
  explicit RefusingEdge(Bench& bench) : bench_(bench) {}
  void deliver(const SharedMessage& message, const EdgeTarget& target) override {
    bench_.homes.mail(target.connection.shard)
        .report({.device = message->recipients[target.recipient],
                 .connection = target.connection,
                 .message = message->id,
                 .recipient = target.recipient,
                 .receipt = {.outcome = Outcome::dropped, .reason = DropReason::too_large}});
  }
  void cut(DeviceId, const ConnectionRef&, CutReason) override {}

 private:
  Bench& bench_;
};

TEST_P(HomeTest, AQueueThatIsRefusedMessageByMessageTakesNoStackForEach) {
  Bench bench;
  auto& connection = subscriber(bench, "lamp1", false);
  bench.gone(device_, connection);
  std::vector<MessageId> sent;
  for (int i = 0; i < 3'000; ++i) sent.push_back(bench.publish(Qos::at_least_once, {device_}));
  RefusingEdge refusing(bench);
  for (ShardIndex shard = 0; shard < 2; ++shard) bench.homes.introduce(shard, refusing);
  bench.connect(device_, edge_of(device_, bench), false);
  EXPECT_EQ(bench.state_of(sent.front()), "dropped(too_large)");
  EXPECT_EQ(bench.state_of(sent.back()), "dropped(too_large)");
}

TEST_P(HomeTest, ADeletedDeviceIsCutOffAndItsQueueCancelled) {
  Bench bench;
  auto& connection = subscriber(bench, "lamp1", false, /*window=*/1);
  bench.publish(Qos::at_least_once, {device_});
  const MessageId waiting = bench.publish(Qos::at_least_once, {device_});
  bench.registry.delete_device(device_, {}, [](const Result<void>&) {});
  bench.homes.cut_off(device_);
  bench.settle();
  EXPECT_EQ(bench.state_of(waiting), "cancelled(device_deleted)");
  ASSERT_EQ(edge(device_, bench).cuts.size(), 1u);
  EXPECT_EQ(edge(device_, bench).cuts[0].first, connection.connection);
  bench.gone(device_, connection);
  EXPECT_FALSE(bench.registry.device(device_));
}

// Authorisation gaps on takeover, a class of past flaws of brokers.
TEST_P(HomeTest, ASubscribeThatCrossesItsTakeoverIsRefused) {
  Bench bench;
  auto& old_one = subscriber(bench, "lamp1", true);
  auto& new_one = bench.connect(device_, 1 - old_one.connection.shard, true);
  bench.gone(device_, old_one);
  ASSERT_TRUE(new_one.answer.accepted);
  EXPECT_EQ(bench.subscribe(device_, old_one, bench.topic("lamp1")), std::string(1, '\x87'));
  EXPECT_EQ(bench.state_of(bench.publish(Qos::at_most_once, {device_})), "dropped(not_subscribed)");
}

TEST_P(HomeTest, WhoWaitsToTakeOverIsNotLetInOnceTheDeviceIsDisabled) {
  Bench bench;
  auto& old_one = subscriber(bench, "lamp1", false);
  auto& waiting = bench.connect(device_, 0, false);
  bench.registry.set_disabled(device_, true, {}, [](const Result<void>&) {});
  bench.settle();
  bench.gone(device_, old_one);
  EXPECT_TRUE(waiting.answered);
  EXPECT_FALSE(waiting.answer.accepted);
}

TEST_P(HomeTest, ADeviceMadeAgainUnderItsNameInheritsNoSession) {
  Bench bench;
  auto& before = subscriber(bench, "lamp1", false);
  bench.registry.delete_device(device_, {}, [](const Result<void>&) {});
  bench.homes.cut_off(device_);
  bench.settle();
  bench.gone(device_, before);
  device_ = bench.add_device("lamp1");
  auto& after = bench.connect(device_, edge_of(device_, bench), false);
  EXPECT_FALSE(after.answer.session_present);
  EXPECT_EQ(bench.state_of(bench.publish(Qos::at_least_once, {device_})),
            "dropped(not_subscribed)");
}

TEST_P(HomeTest, ALargeBatchReachesEachOfItsRecipientsOnce) {
  Bench bench;
  std::vector<DeviceId> all;
  for (int i = 0; i < 100; ++i) {
    subscriber(bench, "lamp" + std::to_string(i), true);
    all.push_back(device_);
  }
  const MessageId message = bench.publish(Qos::at_least_once, all);
  std::vector<int> seen(all.size());
  for (const auto& edge : bench.edges) {
    for (const auto& delivered : edge.delivered) {
      EXPECT_EQ(delivered.message, message);
      ++seen[delivered.target.recipient];
    }
  }
  EXPECT_EQ(seen, std::vector<int>(all.size(), 1));
}

// Restarting.

// The platform of a bench as the next process finds it: it reads what the first has stored.
struct Restarted {
  explicit Restarted(Bench& before)
      : registry(before.store->registry(), before.ids, before.clock),
        homes(shards, registry, before.store->messages(), before.store->registry(), before.clock) {
    for (ShardIndex i = 0; i < shards.count(); ++i) homes.introduce(i, edges[i]);
    std::vector<KeptSession> sessions;
    EXPECT_TRUE(before.store->registry().load([&](Record record) {
      if (auto* session = std::get_if<KeptSession>(&record)) {
        sessions.push_back(*session);
      } else {
        registry.restore(std::move(record));
      }
    }));
    homes.restore(sessions);
    EXPECT_TRUE(before.store->messages().replay(
        [&](const KeptMessage& kept) { homes.restore({&kept, 1}); }));
    homes.restored();
  }

  // On the first shard; whether its session was there.
  bool connect(DeviceId device) {
    bool present = false;
    shards.post(0, [&] {
      homes.mail(0).run_at(homes.shard_of(device), [&] {
        homes.home_of_device(device).connect(
            {.device = registry.device(device)->device,
             .connection = {0, 1, 1},
             .clean_start = false,
             .session_expiry = never_expires,
             .window = 64},
            [&](ConnectAnswer answer) { present = answer.session_present; });
      });
    });
    shards.run();
    return present;
  }

  testing::HandShards shards{2};
  Registry registry;
  Homes homes;
  testing::RecordedEdge edges[2];
};

TEST(HomeRestart, KeptSessionsAndWhatWaitsForThemComeBack) {
  Bench before;
  const DeviceId device = before.add_device("lamp1");
  auto& connection = before.connect(device, 0, false);
  before.subscribe(device, connection, before.topic("lamp1"));
  const MessageId acked = before.publish(Qos::at_least_once, {device});
  for (auto& edge : before.edges) {
    if (!edge.delivered.empty()) before.acknowledge(device, edge.delivered[0]);
  }
  const MessageId open = before.publish(Qos::at_least_once, {device}, "still there");

  Restarted after(before);
  EXPECT_TRUE(after.connect(device));
  while (after.edges[0].delivered.empty()) after.shards.run();
  ASSERT_EQ(after.edges[0].delivered.size(), 1u);
  EXPECT_EQ(after.edges[0].delivered[0].message, open);
  EXPECT_NE(after.edges[0].delivered[0].message, acked);
  EXPECT_TRUE(after.edges[0].delivered[0].target.duplicate);
}

TEST(HomeRestart, AMessageWaitsForSevenDaysAndNoLonger) {
  constexpr auto minute = std::chrono::minutes(1);
  for (const auto after_deadline : {-minute, minute}) {
    Bench before;
    const DeviceId device = before.add_device("lamp1");
    auto& connection = before.connect(device, 0, false);
    before.subscribe(device, connection, before.topic("lamp1"));
    before.gone(device, connection);
    const MessageId message =
        before.publish(Qos::at_least_once, {device}, "hello", limits::message_lifetime_max);
    before.clock.advance(limits::message_lifetime_max + after_deadline);

    Restarted after(before);
    EXPECT_TRUE(after.connect(device));
    const auto has_ended = [&] {
      std::promise<Outcome> outcome;
      before.store->messages().find(message, [&](Result<KeptMessage> kept) {
        outcome.set_value(kept.value().receipts.at(0).outcome);
      });
      return outcome.get_future().get() == Outcome::expired;
    };
    while (after.edges[0].delivered.empty() && !has_ended()) after.shards.run();
    EXPECT_EQ(after.edges[0].delivered.empty(), after_deadline == minute);
  }
}

}  // namespace
}  // namespace herald
