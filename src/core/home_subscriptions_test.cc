#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/broadcasts.h"
#include "core/retained.h"
#include "core/testing.h"

// What one device subscribes to and what it is sent for it: MQTT 5.0, sections 3.8 to 3.11.
namespace herald {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char removed = 0x00, none_existed = 0x11;

class SubscriptionsTest : public ::testing::Test {
 protected:
  SubscriptionsTest() {
    bench_.homes.use({.broadcasts = &broadcasts_,
                      .retained = &retained_,
                      .publish = [this](std::unique_ptr<Message> message, Milliseconds) {
                        retained_sent_.push_back(message->payload);
                      }});
    device_ = bench_.add_device("lamp1");
    connection_ = bench_.connect(device_, 0, /*clean_session=*/false).connection;
  }

  void subscribe(WantedSubscription wanted) {
    std::vector<WantedSubscription> all;
    all.push_back(std::move(wanted));
    home().subscribe(device_, connection_, std::move(all), [](const std::string&) {});
    bench_.settle();
  }
  std::string unsubscribe(std::vector<std::string> filters) {
    std::string codes;
    home().unsubscribe(device_, connection_, std::move(filters),
                       [&codes](const std::string& given) { codes = given; });
    bench_.settle();
    return codes;
  }
  // Whether each delivery since the last call had RETAIN.
  std::vector<bool> publish_retained() {
    bench_.edges[0].delivered.clear();
    auto message = std::make_unique<Message>();
    message->account = bench_.account;
    message->product = bench_.product->key.text();
    message->topic = TopicTemplate::custom(bench_.product->key, "get");
    message->retain = Retain::published;
    message->recipients = {device_};
    message->payload = "on";
    bench_.publisher.publish(std::move(message), std::chrono::hours(1), {}, [](const auto&) {});
    bench_.settle();
    std::vector<bool> retains;
    for (const auto& each : bench_.edges[0].delivered) retains.push_back(each.target.retain);
    return retains;
  }
  std::string state_after_publishing() {
    return bench_.state_of(bench_.publish(Qos::at_most_once, {device_}));
  }
  Home& home() { return bench_.homes.home_of_device(device_); }

  testing::Bench bench_;
  Broadcasts broadcasts_;
  Retained retained_{bench_.store->registry(), bench_.clock};
  std::vector<std::string> retained_sent_;
  DeviceId device_;
  ConnectionRef connection_;
  const std::string get_ = bench_.topic("lamp1");
};

TEST_F(SubscriptionsTest, RetainIsForwardedOnlyAsPublished) {  // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
  subscribe({.filter = get_, .qos = 1});
  EXPECT_THAT(publish_retained(), ElementsAre(false));
  subscribe({.filter = get_, .qos = 1, .retain_as_published = true});
  EXPECT_THAT(publish_retained(), ElementsAre(true));
}

TEST_F(SubscriptionsTest, ASubscriptionMadeAgainReplacesTheOldOne) {  // [MQTT-3.8.4-3]
  subscribe({.filter = get_, .qos = 1});
  const MessageId waiting = bench_.publish(Qos::at_least_once, {device_});
  subscribe({.filter = get_, .qos = 1});
  EXPECT_EQ(bench_.state_of(waiting), "inflight") << "no message is lost";
  EXPECT_THAT(publish_retained(), SizeIs(1)) << "no message comes twice";
}

TEST_F(SubscriptionsTest, RetainHandlingSaysWhoIsSentRetainedMessages) {  // [MQTT-3.3.1-9] to -11
  retained_.put({.topic = get_, .product = bench_.product->key.text(), .payload = "kept"},
                [](const Result<void>&) {});
  bench_.settle();
  subscribe({.filter = get_, .qos = 1, .retain_handling = 2});
  EXPECT_THAT(retained_sent_, IsEmpty()) << "2: never";
  subscribe({.filter = get_, .qos = 1, .retain_handling = 1});
  EXPECT_THAT(retained_sent_, IsEmpty()) << "1: it is not new";
  unsubscribe({get_});
  subscribe({.filter = get_, .qos = 1, .retain_handling = 1});
  EXPECT_THAT(retained_sent_, ElementsAre("kept")) << "1: it is new";
  subscribe({.filter = get_, .qos = 1, .retain_handling = 0});
  EXPECT_THAT(retained_sent_, ElementsAre("kept", "kept")) << "0: always";
}

TEST_F(SubscriptionsTest, UnsubscribeTakesTheVeryFilterAlone) {  // [MQTT-3.10.4-1]
  subscribe({.filter = get_, .qos = 1});
  EXPECT_EQ(unsubscribe({bench_.topic("lamp1", "+")}), std::string(1, none_existed));
  EXPECT_EQ(state_after_publishing(), "sent");
  EXPECT_EQ(unsubscribe({get_}), std::string(1, removed));
  EXPECT_EQ(state_after_publishing(), "dropped(not_subscribed)");
}

TEST_F(SubscriptionsTest, WhatIsInFlightIsCompletedAfterUnsubscribe) {  // [MQTT-3.10.4-3]
  subscribe({.filter = get_, .qos = 1});
  const MessageId sent = bench_.publish(Qos::at_least_once, {device_});
  unsubscribe({get_});
  EXPECT_EQ(bench_.state_of(sent), "inflight");
  bench_.acknowledge(device_, bench_.edges[0].delivered.back());
  EXPECT_EQ(bench_.state_of(sent), "acked");
}

TEST_F(SubscriptionsTest, UnsubscribeIsAnsweredAlsoWhereNothingWasSubscribed) {  // [MQTT-3.10.4-5]
  EXPECT_EQ(unsubscribe({get_}), std::string(1, none_existed));
}

TEST_F(SubscriptionsTest, UnsubscribeAnswersInTheOrderOfTheFilters) {  // [MQTT-3.11.3-1]
  subscribe({.filter = get_, .qos = 1});
  EXPECT_EQ(unsubscribe({"/no/such", get_, "/none"}),
            std::string({none_existed, removed, none_existed}));
}

}  // namespace
}  // namespace herald
