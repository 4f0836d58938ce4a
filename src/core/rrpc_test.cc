#include "core/rrpc.h"

#include <gtest/gtest.h>

#include <optional>

#include "core/platform_topics.h"
#include "core/rates.h"
#include "core/testing.h"

namespace herald {
namespace {

using testing::Bench;

// A lamp and who asks it; connected at its home's shard, and at the other one.
class RrpcTest : public ::testing::TestWithParam<ShardIndex> {
 protected:
  RrpcTest() {
    bench_.homes.use({.rates = &rates_});
    lamp_ = bench_.add_device("lamp1");
    other_ = bench_.add_device("lamp2");
  }

  Bench::Connected& connect(DeviceId device) { return bench_.connect(device, edge(device), true); }
  ShardIndex edge(DeviceId device) const {
    return (bench_.homes.shard_of(device) + GetParam()) % bench_.shards.count();
  }
  const std::vector<testing::RecordedEdge::Delivered>& delivered(DeviceId device) {
    return bench_.edges[edge(device)].delivered;
  }

  // What was answered by now.
  using Waiting = std::shared_ptr<std::optional<Result<RrpcAnswer>>>;
  Waiting call(std::string topic) {
    auto waiting = std::make_shared<std::optional<Result<RrpcAnswer>>>();
    rrpc_.call(request(std::move(topic)), std::chrono::seconds(5),
               [waiting](Result<RrpcAnswer> answer) {
                 EXPECT_FALSE(waiting->has_value());
                 waiting->emplace(std::move(answer));
               });
    bench_.settle();
    return waiting;
  }
  Waiting call() { return call(system_topic_); }
  RrpcRequest request(std::string topic) const {
    return {.device = lamp_,
            .account = bench_.account,
            .product = bench_.product->key.text(),
            .request_id = "",
            .topic = std::move(topic),
            .payload = "on?"};
  }
  static std::string code(const Waiting& waiting) {
    return waiting->has_value() ? std::string(name_of(waiting->value().value().code)) : "waits";
  }
  void answer(DeviceId device, MessageId message, std::string payload = "on") {
    rrpc_.answer(device, std::to_string(message.value), std::move(payload));
    bench_.settle();
  }
  std::int64_t total(Tally RrpcCounts::* tally) const {
    std::int64_t sum = 0;
    for (const RrpcCounts& counts : rrpc_.counts()) sum += (counts.*tally).value();
    return sum;
  }

  Bench bench_;
  Rates rates_{{.device_down = 3}, bench_.clock};
  Rrpc rrpc_{bench_.shards, bench_.homes, bench_.registry, bench_.ids, bench_.clock};
  DeviceId lamp_;
  DeviceId other_;
  const std::string system_topic_ =
      RrpcRequest::system_topic(bench_.product->key, DeviceName::parse("lamp1").value());
};

INSTANTIATE_TEST_SUITE_P(SameAndOtherShard, RrpcTest, ::testing::Values(0, 1));

TEST_P(RrpcTest, TheAnswerOfTheDeviceIsTheAnswer) {
  connect(lamp_);
  const Waiting waiting = call();
  ASSERT_EQ(delivered(lamp_).size(), 1u);
  EXPECT_EQ(code(waiting), "waits");
  answer(lamp_, delivered(lamp_)[0].message, std::string("\0garbage\xff", 9));
  EXPECT_EQ(code(waiting), "SUCCESS");
  EXPECT_EQ(waiting->value()->message, delivered(lamp_)[0].message);
  EXPECT_EQ(waiting->value()->payload, std::string("\0garbage\xff", 9));
  EXPECT_EQ(total(&RrpcCounts::waiting), 0);
}

TEST_P(RrpcTest, TheTopicsCarryTheMessageId) {
  connect(lamp_);
  call();
  const MessageId id = delivered(lamp_)[0].message;
  const auto kept = bench_.homes.home_of_device(lamp_).recent(id);
  EXPECT_EQ(kept->message->topic.text(), "/sys/" + bench_.product->key.text() +
                                             "/lamp1/rrpc/request/" + std::to_string(id.value));
  EXPECT_EQ(RrpcRequest::custom_topic("/a/b"), "/ext/rrpc/${messageId}/a/b");
}

TEST_P(RrpcTest, NobodyElsesAnswerCounts) {
  connect(lamp_);
  connect(other_);
  const Waiting waiting = call();
  answer(other_, delivered(lamp_)[0].message);
  EXPECT_EQ(code(waiting), "waits");
  EXPECT_EQ(total(&RrpcCounts::unmatched), 1);
}

TEST_P(RrpcTest, WhatIsNoMessageIdIsNoAnswer) {
  connect(lamp_);
  const Waiting waiting = call();
  const std::string id = std::to_string(delivered(lamp_)[0].message.value);
  for (const std::string& text : {std::string(), id + "x", " " + id, "+" + id, std::string("-1"),
                                  std::string(40, '9'), "0" + id + "0"}) {
    rrpc_.answer(lamp_, text, "on");
    bench_.settle();
    EXPECT_EQ(code(waiting), "waits") << text;
  }
}

TEST_P(RrpcTest, ALateAnswerIsCountedAndDropped) {
  connect(lamp_);
  const Waiting waiting = call();
  bench_.shards.run_late();
  EXPECT_EQ(code(waiting), "TIMEOUT");
  answer(lamp_, delivered(lamp_)[0].message);
  answer(lamp_, delivered(lamp_)[0].message);
  EXPECT_EQ(total(&RrpcCounts::unmatched), 2);
  EXPECT_EQ(total(&RrpcCounts::waiting), 0);
}

TEST_P(RrpcTest, TheFirstAnswerCounts) {
  connect(lamp_);
  const Waiting waiting = call();
  answer(lamp_, delivered(lamp_)[0].message, "first");
  answer(lamp_, delivered(lamp_)[0].message, "second");
  bench_.shards.run_late();
  EXPECT_EQ(waiting->value()->payload, "first");
}

TEST_P(RrpcTest, WhoIsAwayIsOffline) {
  EXPECT_EQ(code(call()), "OFFLINE") << "never connected";
  Bench::Connected& connection = connect(lamp_);
  bench_.gone(lamp_, connection);
  EXPECT_EQ(code(call()), "OFFLINE");
}

TEST_P(RrpcTest, AKeptSessionDoesNotReceiveItLater) {
  bench_.gone(lamp_, bench_.connect(lamp_, edge(lamp_), /*clean_session=*/false));
  EXPECT_EQ(code(call()), "OFFLINE");
  bench_.connect(lamp_, edge(lamp_), false);
  EXPECT_TRUE(delivered(lamp_).empty());
}

TEST_P(RrpcTest, WhoGoesAwayMeanwhileIsHalfConnected) {
  Bench::Connected& connection = connect(lamp_);
  const Waiting waiting = call();
  bench_.gone(lamp_, connection);
  EXPECT_EQ(code(waiting), "waits") << "it may come back";
  bench_.shards.run_late();
  EXPECT_EQ(code(waiting), "HALFCONN");
}

TEST_P(RrpcTest, WhoComesBackMayAnswer) {
  Bench::Connected& connection = connect(lamp_);
  const Waiting waiting = call();
  bench_.gone(lamp_, connection);
  connect(lamp_);
  answer(lamp_, delivered(lamp_)[0].message);
  EXPECT_EQ(code(waiting), "SUCCESS");
}

TEST_P(RrpcTest, ADeletedDeviceLeavesNothingBehind) {
  connect(lamp_);
  const Waiting waiting = call();
  bench_.registry.delete_device(lamp_, {}, [](const Result<void>&) {});
  bench_.settle();
  bench_.homes.cut_off(lamp_);
  bench_.shards.run_late();
  EXPECT_EQ(code(waiting), "HALFCONN");
  EXPECT_EQ(total(&RrpcCounts::waiting), 0);
}

TEST_P(RrpcTest, ARequestThatTheConnectionDidNotTakeIsHalfConnected) {
  Bench::Connected& connection = connect(lamp_);
  const Waiting waiting = call();
  bench_.shards.post(connection.connection.shard, [&] {
    bench_.homes.mail(connection.connection.shard)
        .report({.device = lamp_,
                 .connection = connection.connection,
                 .message = delivered(lamp_)[0].message,
                 .receipt = {.outcome = Outcome::dropped, .reason = DropReason::slow}});
  });
  bench_.settle();
  bench_.shards.run_late();
  EXPECT_EQ(code(waiting), "HALFCONN");
}

TEST_P(RrpcTest, TopicsOfTheCallersOwnAreForThoseWhoUnderstandThem) {
  connect(lamp_);
  EXPECT_EQ(code(call(RrpcRequest::custom_topic("/get"))), "UNKNOWN");
  const ConnectionRef connection{edge(lamp_), 900, 1};
  const auto connect_with_ext = [&] {
    bench_.homes.home_of_device(lamp_).connect({.device = bench_.registry.device(lamp_)->device,
                                                .connection = connection,
                                                .custom_rrpc = true},
                                               [](const ConnectAnswer&) {});
  };
  bench_.gone(lamp_, bench_.connections.back());
  bench_.shards.post(bench_.homes.shard_of(lamp_), connect_with_ext);
  bench_.settle();
  EXPECT_EQ(code(call(RrpcRequest::custom_topic("/get"))), "waits");
  EXPECT_EQ(delivered(lamp_).size(), 1u);
}

TEST_P(RrpcTest, ASubscriptionSaysAsMuch) {
  Bench::Connected& connection = connect(lamp_);
  bench_.subscribe(lamp_, connection, "/ext/rrpc/+/get");
  EXPECT_EQ(code(call(RrpcRequest::custom_topic("/get"))), "waits");
  EXPECT_EQ(code(call(RrpcRequest::custom_topic("/set"))), "UNKNOWN");
}

TEST_P(RrpcTest, OverTheRateOfADeviceTheCallFails) {
  connect(lamp_);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code(call()), "waits");
  EXPECT_EQ(call()->value().error().code, Code::rate_limited);
}

TEST_P(RrpcTest, SendingDoesNotWait) {
  connect(lamp_);
  std::optional<RrpcCode> sent;
  const auto send = [&] {
    rrpc_.send(request(system_topic_), [&](Result<RrpcAnswer> made) { sent = made->code; });
    bench_.settle();
  };
  send();
  EXPECT_EQ(sent, RrpcCode::success);
  EXPECT_EQ(total(&RrpcCounts::waiting), 0);
  bench_.gone(lamp_, bench_.connections.back());
  send();
  EXPECT_EQ(sent, RrpcCode::offline);
}

TEST_P(RrpcTest, AtTheEndAllAreAnswered) {
  connect(lamp_);
  const Waiting first = call();
  const Waiting second = call();
  for (ShardIndex i = 0; i < bench_.shards.count(); ++i) {
    bench_.shards.post(i, [this, i] { rrpc_.end_all(i); });
  }
  bench_.settle();
  EXPECT_EQ(code(first), "UNKNOWN");
  EXPECT_EQ(code(second), "UNKNOWN");
  bench_.shards.run_late();
}

TEST_P(RrpcTest, SoManyCallsWaitAndNoMore) {
  rates_.set({});
  connect(lamp_);
  std::size_t refused = 0;
  for (std::size_t i = 0; i <= Rrpc::calls_max; ++i) {
    rrpc_.call(request(system_topic_), std::chrono::seconds(5),
               [&](Result<RrpcAnswer> answer) { refused += answer ? 0 : 1; });
  }
  bench_.settle();
  EXPECT_EQ(refused, 1u);
  EXPECT_EQ(total(&RrpcCounts::waiting), static_cast<std::int64_t>(Rrpc::calls_max));
  bench_.shards.run_late();
  EXPECT_EQ(total(&RrpcCounts::waiting), 0);
}

// The list of topics leads to the same place.
TEST_P(RrpcTest, DevicesAnswerUnderBothTopics) {
  connect(lamp_);
  Shadows shadows(bench_.shards, bench_.store->registry(), bench_.registry, bench_.publisher,
                  bench_.clock);
  const SystemTopics topics = platform_topics(bench_.publisher, rrpc_, shadows, bench_.clock);
  const DeviceIdentity lamp(*bench_.registry.device(lamp_)->device);
  const std::string own = bench_.product->key.text() + "/lamp1";
  const auto topic_of = [&](const std::string& form, MessageId id) {
    std::string topic = form;
    topic.replace(topic.find('#'), 1, std::to_string(id.value));
    return topic;
  };
  for (const std::string& form :
       {"/sys/" + own + "/rrpc/response/#", std::string("/ext/rrpc/#/a/user/get"),
        std::string("/ext/rrpc/#//a/user/get")}) {
    const Waiting waiting = call();
    bool taken = false;
    topics.handle(lamp, bench_.account,
                  {.topic = topic_of(form, delivered(lamp_).back().message), .payload = "on"},
                  [&](UplinkVerdict verdict) { taken = verdict == UplinkVerdict::taken; });
    bench_.settle();
    EXPECT_TRUE(taken);
    EXPECT_EQ(code(waiting), "SUCCESS") << form;
  }
}

}  // namespace
}  // namespace herald
