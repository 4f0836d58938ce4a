#include "core/broadcaster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rates.h"
#include "core/testing.h"

namespace herald {
namespace {

using testing::Bench;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BroadcasterTest : public ::testing::Test {
 protected:
  BroadcasterTest() { bench_.homes.use({.broadcasts = &broadcasts_, .rates = &rates_}); }

  // A connected device, at the first edge.
  DeviceId connected(const std::string& name) {
    const DeviceId device = bench_.add_device(name);
    bench_.connect(device, 0, /*clean_session=*/true);
    return device;
  }
  Broadcaster::Content content() const {
    return {.account = bench_.account,
            .product = bench_.product->key.text(),
            .request_id = "request",
            .payload = "news"};
  }
  Result<MessageId> to_all() {
    auto made = broadcaster_.publish_to_all(content());
    bench_.settle();
    return made;
  }
  std::vector<MessageId> delivered() const {
    std::vector<MessageId> ids;
    for (const auto& each : bench_.edges[0].delivered) ids.push_back(each.message);
    return ids;
  }

  Bench bench_;
  Rates rates_{{.device_down = 1}, bench_.clock};
  Broadcasts broadcasts_;
  Broadcaster broadcaster_{bench_.registry, broadcasts_, bench_.homes, bench_.ids, bench_.clock};
};

TEST_F(BroadcasterTest, AllWhoAreConnectedReceiveIt) {
  connected("lamp1");
  const DeviceId gone = connected("lamp2");
  bench_.gone(gone, bench_.connections.back());
  connected("lamp3");
  bench_.add_device("lamp4");
  const MessageId id = to_all().value();
  EXPECT_THAT(delivered(), ElementsAre(id, id));
  EXPECT_THAT(bench_.receipts_of(id), SizeIs(2));
}

TEST_F(BroadcasterTest, EachHasATopicOfItsOwnWithTheMessageId) {
  const DeviceId lamp = connected("lamp1");
  const MessageId id = to_all().value();
  const auto kept = bench_.homes.home_of_device(lamp).recent(id);
  EXPECT_EQ(kept->message->topic.topic_for("lamp1"), "/sys/" + bench_.product->key.text() +
                                                         "/lamp1/broadcast/request/" +
                                                         std::to_string(id.value));
  EXPECT_EQ(kept->message->payload, "news");
}

TEST_F(BroadcasterTest, NobodyIsThere) { EXPECT_TRUE(to_all().has_value()); }

TEST_F(BroadcasterTest, OnceAMinute) {
  connected("lamp1");
  EXPECT_TRUE(to_all());
  bench_.clock.advance(std::chrono::seconds(59));
  EXPECT_EQ(to_all().error().code, Code::throttled_user);
  bench_.clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(to_all());
  EXPECT_THAT(delivered(), SizeIs(2));
}

TEST_F(BroadcasterTest, RatesOfDevicesDoNotCount) {
  const DeviceId lamp = connected("lamp1");
  bench_.subscribe(lamp, bench_.connections.back(), bench_.topic("lamp1"));
  bench_.publish(Qos::at_most_once, {lamp});
  to_all();
  EXPECT_THAT(delivered(), SizeIs(2));
}

TEST_F(BroadcasterTest, ATopicIsForThoseWhoSubscribe) {
  const std::string topic = "/broadcast/" + bench_.product->key.text() + "/news";
  const DeviceId lamp = connected("lamp1");
  bench_.subscribe(lamp, bench_.connections.back(), topic);
  connected("lamp2");
  const MessageId id = broadcaster_.publish(content(), topic);
  bench_.settle();
  EXPECT_THAT(delivered(), ElementsAre(id));
  broadcaster_.publish(content(), topic + "/others");
  bench_.settle();
  EXPECT_THAT(delivered(), SizeIs(1));
}

// A hundred thousand recipients, most of whom went away since they were listed, do not keep a shard
// from what came after them.
TEST_F(BroadcasterTest, ManyAreReachedInSlices) {
  const DeviceId first = connected("lamp1");
  const DeviceId last = connected("lamp2");
  auto many = std::make_shared<Message>();
  many->id = MessageId{bench_.ids.next()};
  many->topic = TopicTemplate::parse("/sys/a/${deviceName}/broadcast/request/1");
  many->deadline = bench_.clock.now() + std::chrono::hours(1);
  many->unmetered = true;
  many->recipients = {first};
  for (std::uint64_t i = 0; i < 100'000; ++i) many->recipients.push_back({1'000'000 + i});
  many->recipients.push_back(last);
  auto one = std::make_shared<Message>(*many);
  one->id = MessageId{bench_.ids.next()};
  one->recipients = {first};
  bench_.homes.publish(many);
  bench_.homes.publish(one);
  bench_.settle();
  EXPECT_THAT(delivered(), ::testing::UnorderedElementsAre(many->id, one->id, many->id));
  EXPECT_EQ(delivered().back(), many->id) << "the last slice";
  const auto receipts = bench_.receipts_of(many->id);
  EXPECT_EQ(receipts.front().outcome, Outcome::sent);
  EXPECT_EQ(receipts[50'000].outcome, Outcome::dropped);
  EXPECT_EQ(receipts.back().outcome, Outcome::sent);
}

}  // namespace
}  // namespace herald
