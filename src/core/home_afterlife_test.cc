#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "core/broadcasts.h"
#include "core/retained.h"
#include "core/testing.h"

// What becomes of sessions and wills when connections end: MQTT 5.0, sections 3.1.2.5 and 3.1.2.11.
namespace herald {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AfterlifeTest : public ::testing::Test {
 protected:
  AfterlifeTest() {
    bench_.homes.use(
        {.broadcasts = &broadcasts_,
         .retained = &retained_,
         .publish_will = [this](const DeviceIdentity&,
                                const UplinkMessage& will) { wills_.push_back(will.payload); },
         .publish = [](std::unique_ptr<Message>, Milliseconds) {}});
  }

  // Whether the session was there already.
  bool connect(SessionExpiry expiry, bool clean_start = false, std::optional<Will> will = {}) {
    connection_ = {0, next_slot_++, 1};
    ConnectAnswer answer;
    home().connect({.device = bench_.registry.device(device_)->device,
                    .connection = connection_,
                    .clean_start = clean_start,
                    .session_expiry = expiry,
                    .window = 64,
                    .will = std::move(will)},
                   [&answer](ConnectAnswer given) { answer = given; });
    bench_.settle();
    EXPECT_TRUE(answer.accepted);
    return answer.session_present;
  }
  void end(ConnectionEnd how = {}) {
    home().gone(device_, connection_, std::move(how));
    bench_.settle();
  }
  void pass(Milliseconds time) {
    bench_.clock.advance(time);
    bench_.shards.run_late();
    bench_.settle();
  }
  static Will will(std::chrono::seconds delay) {
    return {.message = {.topic = "/t", .payload = "gone"}, .delay = delay};
  }
  Home& home() { return bench_.homes.home_of_device(device_); }

  testing::Bench bench_;
  Broadcasts broadcasts_;
  Retained retained_{bench_.store->registry(), bench_.clock};
  DeviceId device_ = bench_.add_device("lamp1");
  ConnectionRef connection_;
  std::uint32_t next_slot_ = 100;
  std::vector<std::string> wills_;
};

TEST_F(AfterlifeTest, ASessionIsThereUntilItsIntervalIsOver) {
  connect(10);
  end();
  pass(9'999ms);
  EXPECT_TRUE(connect(10));
}

TEST_F(AfterlifeTest, ASessionIsGoneWhenItsIntervalIsOverAlsoBeforeAnyoneLooks) {
  connect(10);
  end();
  bench_.clock.advance(10s);
  EXPECT_FALSE(connect(10));
}

TEST_F(AfterlifeTest, ASessionDoesNotEndWhileItsConnectionIsOpen) {  // [MQTT-4.1.0-1]
  connect(10);
  pass(1h);
  end();
  EXPECT_TRUE(connect(10));
}

TEST_F(AfterlifeTest, WhatWaitsForASessionEndsWithIt) {
  connect(10);
  home().subscribe(device_, connection_, {{.filter = bench_.topic("lamp1"), .qos = 1}},
                   [](const std::string&) {});
  bench_.settle();
  end();
  const MessageId message = bench_.publish(Qos::at_least_once, {device_});
  EXPECT_EQ(bench_.state_of(message), "queued");
  pass(10s);
  EXPECT_EQ(bench_.state_of(message), "dropped(session_ended)");
}

TEST_F(AfterlifeTest, DisconnectMayChangeTheInterval) {
  connect(never_expires);
  end({.will = false, .expiry = 0});
  EXPECT_FALSE(connect(never_expires));
}

TEST_F(AfterlifeTest, ASessionThatNeverExpiresStays) {
  connect(never_expires);
  end();
  pass(24h * 365);
  EXPECT_TRUE(connect(never_expires));
}

TEST_F(AfterlifeTest, ACleanStartEndsTheSessionBeforeIt) {  // [MQTT-3.1.2-4]
  connect(never_expires);
  end();
  EXPECT_FALSE(connect(never_expires, /*clean_start=*/true));
}

TEST_F(AfterlifeTest, AWillIsPublishedWhenTheConnectionIsLost) {  // [MQTT-3.1.2-8]
  connect(0, true, will(0s));
  end();
  EXPECT_THAT(wills_, ElementsAre("gone"));
}

TEST_F(AfterlifeTest, AWillIsForgottenAfterDisconnect) {  // [MQTT-3.1.2-10]
  connect(0, true, will(0s));
  end({.will = false});
  EXPECT_THAT(wills_, IsEmpty());
}

TEST_F(AfterlifeTest, AWillWaitsForItsDelay) {
  connect(100, true, will(5s));
  end();
  pass(4'999ms);
  EXPECT_THAT(wills_, IsEmpty());
  pass(1ms);
  EXPECT_THAT(wills_, ElementsAre("gone"));
}

TEST_F(AfterlifeTest, AWillIsForgottenWhenTheDeviceIsBackInTime) {  // [MQTT-3.1.3-9]
  connect(100, true, will(5s));
  end();
  pass(4s);
  connect(100);
  pass(10s);
  EXPECT_THAT(wills_, IsEmpty());
}

TEST_F(AfterlifeTest, AWillIsPublishedAtTheLatestWhenTheSessionEnds) {
  connect(2, true, will(60s));
  end();
  pass(2s);
  EXPECT_THAT(wills_, ElementsAre("gone"));
}

TEST_F(AfterlifeTest, ADeletedDeviceHasNoWill) {
  connect(100, true, will(5s));
  home().cut_off(device_);
  end();
  pass(10s);
  EXPECT_THAT(wills_, IsEmpty());
}

TEST_F(AfterlifeTest, ADisabledDeviceIsCutAndKeepsItsSession) {
  connect(never_expires);
  home().disconnect(device_);
  bench_.settle();
  EXPECT_EQ(bench_.edges[0].cuts.size(), 1u);
  end();
  EXPECT_TRUE(connect(never_expires));
}

}  // namespace
}  // namespace herald
