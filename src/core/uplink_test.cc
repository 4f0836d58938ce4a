#include "core/uplink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "core/platform_topics.h"
#include "core/testing.h"

// What becomes of what devices publish.
namespace herald {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class UplinkTest : public ::testing::Test {
 protected:
  UplinkTest() {
    connect_homes(bench_.homes, broadcasts_, retained_, uplink_, bench_.publisher, rates_);
    bench_.registry.create_topic(bench_.product->key,
                                 {.suffix = "both", .permission = Permission::all}, [](auto) {});
    bench_.settle();
    lamp_ = bench_.add_device("lamp1");
    lamp_connection_ = bench_.connect(lamp_, 0, /*clean_session=*/true).connection;
  }

  UplinkVerdict publish(UplinkMessage message, bool may_retain = true) {
    std::promise<UplinkVerdict> verdict;  // May come from a thread of the store.
    auto given = verdict.get_future();
    uplink_.publish(*bench_.registry.device(lamp_)->device, std::move(message), may_retain,
                    [&verdict](UplinkVerdict said) { verdict.set_value(said); });
    bench_.settle();
    return given.get();
  }
  std::vector<std::string> retained() {
    std::vector<std::string> payloads;
    for (const auto& each : retained_.matching(both_)) payloads.push_back(each->payload);
    return payloads;
  }
  // The connection of a device that leaves a will ends without a word.
  void leave_a_will(UplinkMessage will) {
    const ConnectionRef connection{0, 900, 1};
    Home& home = bench_.homes.home_of_device(lamp_);
    home.gone(lamp_, lamp_connection_, {});
    home.connect({.device = bench_.registry.device(lamp_)->device,
                  .connection = connection,
                  .will = Will{.message = std::move(will)}},
                 [](const ConnectAnswer&) {});
    bench_.settle();
    home.gone(lamp_, connection, {});
    bench_.settle();
  }

  testing::Bench bench_;
  Broadcasts broadcasts_;
  Retained retained_{bench_.store->registry(), bench_.clock};
  TopicRoutes routes_{bench_.store->registry()};
  Rates rates_{{.device_up_qos1 = 3}, bench_.clock};
  Rrpc rrpc_{bench_.shards, bench_.homes, bench_.registry, bench_.ids, bench_.clock};
  Shadows shadows_{bench_.shards, bench_.store->registry(), bench_.registry, bench_.publisher,
                   bench_.clock};
  SystemTopics system_topics_ = platform_topics(bench_.publisher, rrpc_, shadows_, bench_.clock);
  Uplink uplink_{bench_.registry,  routes_, broadcasts_, retained_,   system_topics_,
                 bench_.publisher, rates_,  bench_.ids,  bench_.clock};
  DeviceId lamp_;
  ConnectionRef lamp_connection_;
  const std::string both_ = bench_.topic("lamp1", "both");
};

TEST_F(UplinkTest, WhatADeviceMayNotPublishIsDropped) {
  EXPECT_EQ(publish({.topic = bench_.topic("lamp2", "both")}), UplinkVerdict::not_authorized);
  EXPECT_EQ(publish({.topic = bench_.topic("lamp1", "get")}), UplinkVerdict::not_authorized);
}

TEST_F(UplinkTest, APayloadAboveTheLimitIsDropped) {
  EXPECT_EQ(publish({.topic = both_, .payload = std::string(256 * 1024, 'x')}),
            UplinkVerdict::taken);
  EXPECT_EQ(publish({.topic = both_, .payload = std::string(256 * 1024 + 1, 'x')}),
            UplinkVerdict::too_large);
}

TEST_F(UplinkTest, OverItsRateADeviceIsNotHeard) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(publish({.topic = both_, .qos = Qos::at_least_once}), UplinkVerdict::taken);
  }
  EXPECT_EQ(publish({.topic = both_, .qos = Qos::at_least_once}), UplinkVerdict::rate);
  bench_.clock.advance(Milliseconds(1000));
  EXPECT_EQ(publish({.topic = both_, .qos = Qos::at_least_once}), UplinkVerdict::taken);
}

TEST_F(UplinkTest, WithoutRetainNothingIsKeptOrRemoved) {  // [MQTT-3.3.1-8]
  publish({.topic = both_, .payload = "passing"});
  EXPECT_THAT(retained(), IsEmpty());
  publish({.topic = both_, .retain = true, .payload = "kept"});
  publish({.topic = both_, .payload = "passing"});
  publish({.topic = both_});
  EXPECT_THAT(retained(), ElementsAre("kept"));
}

TEST_F(UplinkTest, InVersion3NothingIsRetained) {
  publish({.topic = both_, .retain = true, .payload = "kept"}, /*may_retain=*/false);
  EXPECT_THAT(retained(), IsEmpty());
}

TEST_F(UplinkTest, AWillIsRetainedOnlyWhenItAsks) {  // [MQTT-3.1.2-14], [MQTT-3.1.2-15]
  leave_a_will({.topic = both_, .payload = "gone"});
  EXPECT_THAT(retained(), IsEmpty());
  leave_a_will({.topic = both_, .retain = true, .payload = "gone"});
  EXPECT_THAT(retained(), ElementsAre("gone"));
}

TEST_F(UplinkTest, AWillKeepsTheOrderOfItsUserProperties) {  // [MQTT-3.1.3-10]
  leave_a_will({.topic = both_,
                .retain = true,
                .properties = {.user = {{"b", "1"}, {"a", "2"}, {"b", "3"}}},
                .payload = "gone"});
  EXPECT_THAT(retained_.matching(both_).at(0)->properties.user,
              ElementsAre(Pair("b", "1"), Pair("a", "2"), Pair("b", "3")));
}

TEST_F(UplinkTest, AWillFollowsThePermissionsOfItsDevice) {
  leave_a_will({.topic = bench_.topic("lamp2", "both"), .retain = true, .payload = "gone"});
  EXPECT_THAT(retained_.matching(bench_.topic("lamp2", "both")), IsEmpty());
}

TEST_F(UplinkTest, ARouteCarriesAMessageToAnotherDevice) {
  const DeviceId fan = bench_.add_device("fan1");
  const auto& connected = bench_.connect(fan, 1, /*clean_session=*/true);
  bench_.subscribe(fan, connected, bench_.topic("fan1"));
  routes_.add(bench_.account, both_, {bench_.topic("fan1")}, [](const Result<void>&) {});
  bench_.settle();
  EXPECT_EQ(publish({.topic = both_, .payload = "on"}), UplinkVerdict::taken);
  EXPECT_THAT(bench_.edges[1].delivered, SizeIs(1));
}

TEST_F(UplinkTest, ARouteOfAnotherAccountIsNotFollowed) {
  AccountId stranger;
  bench_.registry.create_account(
      "stranger", [&](Result<Registry::NewAccount> made) { stranger = made->account.id; });
  bench_.settle();
  std::shared_ptr<const Product> theirs;
  bench_.registry.create_product(
      {.key = ProductKey::parse("draft").value(), .account = stranger, .name = "theirs"},
      [&](auto made) { theirs = made.value(); });
  bench_.settle();
  DeviceId victim;
  bench_.registry.create_devices(theirs->key, {{.name = DeviceName::parse("victim").value()}},
                                 [&](auto made) { victim = made.value()[0]->id; });
  bench_.settle();
  const auto& connected = bench_.connect(victim, 1, /*clean_session=*/true);
  const std::string topic = "/" + theirs->key.text() + "/victim/user/get";
  bench_.subscribe(victim, connected, topic);
  routes_.add(bench_.account, both_, {topic}, [](const Result<void>&) {});
  bench_.settle();
  publish({.topic = both_, .payload = "on"});
  EXPECT_THAT(bench_.edges[1].delivered, IsEmpty());
}

class RefusingStorage final : public RegistryStorage {
 public:
  Result<void> load(const Visitor&) override { return {}; }
  void write(Changes, Done<void> done) override { done(fail(Code::failed, "the disk is broken")); }
  void write_soon(Changes) override {}
  void device_secrets(std::vector<DeviceId>, Done<std::vector<std::string>> done) const override {
    done(fail(Code::failed, "the disk is broken"));
  }
};

TEST_F(UplinkTest, WhatCannotBeKeptIsSaidToHaveFailed) {  // [MQTT-4.8.0-2]
  RefusingStorage broken;
  Retained retained(broken, bench_.clock);
  Uplink uplink(bench_.registry, routes_, broadcasts_, retained, system_topics_, bench_.publisher,
                rates_, bench_.ids, bench_.clock);
  std::optional<UplinkVerdict> verdict;
  uplink.publish(*bench_.registry.device(lamp_)->device,
                 {.topic = both_, .retain = true, .payload = "kept"}, /*may_retain=*/true,
                 [&verdict](UplinkVerdict given) { verdict = given; });
  bench_.settle();
  EXPECT_EQ(verdict, UplinkVerdict::failed);
}

TEST_F(UplinkTest, TheTimeIsToldToWhoAsks) {
  const std::string own = bench_.product->key.text() + "/lamp1";
  publish({.topic = "/ext/ntp/" + own + "/request", .payload = R"({"deviceSendTime":"100"})"});
  EXPECT_THAT(bench_.edges[0].delivered, SizeIs(1)) << "without a subscription";
}

}  // namespace
}  // namespace herald
