#include "core/shadows.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <optional>

#include "core/shadow_rules.h"
#include "core/testing.h"

namespace herald {
namespace {

namespace json = boost::json;

class ShadowsTest : public ::testing::Test {
 protected:
  ShadowsTest() : lamp_(bench_.add_device("lamp1")) {
    bench_.connect(lamp_, 0, /*clean_session=*/true);
  }

  // Asks without waiting for the disk.
  void publish(const std::string& message) {
    verdict_.reset();
    const auto device = bench_.registry.device(lamp_)->device;
    const DeviceIdentity identity(*device);
    const UplinkMessage uplink{.payload = message};
    shadows_.take(
        {.device = identity, .account = bench_.account, .wildcards = {}, .message = uplink},
        [this](UplinkVerdict verdict) { verdict_ = verdict; });
    bench_.settle();
  }
  void update(const std::string& message) {
    updated_.reset();
    shadows_.update(lamp_, bench_.account, message, /*merge=*/false, {},
                    [this](Result<void> done) { updated_ = std::move(done); });
    bench_.settle();
  }
  // What the device was told last.
  json::value told() {
    const auto& delivered = bench_.edges[0].delivered;
    if (delivered.empty()) return {};
    const auto kept = bench_.homes.home_of_device(lamp_).recent(delivered.back().message);
    EXPECT_EQ(kept->message->topic.text(), "/shadow/get/" + bench_.product->key.text() + "/lamp1");
    return json::parse(kept->message->payload);
  }
  std::string state() {
    std::string state = "unknown";
    shadows_.get(lamp_, [&](Result<std::string> document) {
      if (document) state = json::serialize(json::parse(*document).at("state"));
    });
    bench_.settle();
    return state;
  }
  static std::string report(int value, int version) {
    return R"({"method":"update","state":{"reported":{"on":)" + std::to_string(value) +
           R"(}},"version":)" + std::to_string(version) + "}";
  }
  static std::string wish(int value, int version) {
    return R"({"method":"update","state":{"desired":{"on":)" + std::to_string(value) +
           R"(}},"version":)" + std::to_string(version) + "}";
  }

  testing::Bench bench_;
  testing::HandStorage storage_;
  Shadows shadows_{bench_.shards, storage_, bench_.registry, bench_.publisher, bench_.clock};
  DeviceId lamp_;
  std::optional<UplinkVerdict> verdict_;
  std::optional<Result<void>> updated_;
};

TEST_F(ShadowsTest, ADeviceIsAnsweredWhenTheDiskHasIt) {
  storage_.holds = true;
  publish(report(1, 1));
  EXPECT_FALSE(verdict_);
  EXPECT_TRUE(bench_.edges[0].delivered.empty());
  storage_.keep_first();
  bench_.settle();
  EXPECT_EQ(verdict_, UplinkVerdict::taken);
  EXPECT_EQ(told().at("payload").at("status"), "success");
  EXPECT_EQ(state(), R"({"reported":{"on":1}})");
}

TEST_F(ShadowsTest, AnApplicationToo) {
  storage_.holds = true;
  update(wish(1, 1));
  EXPECT_FALSE(updated_);
  storage_.keep_first();
  bench_.settle();
  EXPECT_TRUE(updated_->has_value());
  EXPECT_EQ(told().at("method"), "control");
}

TEST_F(ShadowsTest, WhatTheDiskRefusesIsUndone) {
  publish(report(1, 1));
  storage_.next = fail(Code::refused);
  publish(report(2, 2));
  EXPECT_EQ(verdict_, UplinkVerdict::failed);
  EXPECT_EQ(told().at("payload").at("content").at("errorcode"), "500");
  EXPECT_EQ(state(), R"({"reported":{"on":1}})");
  update(wish(2, 2));
  EXPECT_EQ(updated_->error().code, Code::refused);
  EXPECT_EQ(state(), R"({"reported":{"on":1}})");
}

TEST_F(ShadowsTest, OfSeveralWritesThoseThatWereKeptStay) {
  storage_.holds = true;
  publish(report(1, 1));
  publish(report(2, 2));
  publish(report(3, 3));
  EXPECT_EQ(state(), R"({"reported":{"on":3}})") << "the next ones follow these";
  storage_.keep_first();
  storage_.refuse_first();
  storage_.refuse_first();
  bench_.settle();
  EXPECT_EQ(state(), R"({"reported":{"on":1}})");
}

TEST_F(ShadowsTest, ARefusedFirstOneLeavesNone) {
  storage_.next = fail(Code::refused);
  publish(report(1, 1));
  EXPECT_EQ(state(), "{}");
}

TEST_F(ShadowsTest, AReadIsNotWritten) {
  storage_.next = fail(Code::refused);
  publish(R"({"method":"get"})");
  EXPECT_EQ(verdict_, UplinkVerdict::taken);
  EXPECT_EQ(told().at("payload").at("status"), "success");
}

TEST_F(ShadowsTest, GarbageIsAnsweredAndTaken) {
  publish(std::string("\0\xff", 2));
  EXPECT_EQ(verdict_, UplinkVerdict::taken);
  EXPECT_EQ(told().at("payload").at("content").at("errorcode"), "400");
}

TEST_F(ShadowsTest, WhoIsAwayIsNotToldLater) {
  bench_.gone(lamp_, bench_.connections.back());
  update(wish(1, 1));
  EXPECT_TRUE(updated_->has_value());
  bench_.connect(lamp_, 0, /*clean_session=*/false);
  EXPECT_TRUE(bench_.edges[0].delivered.empty());
  publish(R"({"method":"get"})");
  EXPECT_EQ(json::serialize(told().at("payload").at("state")), R"({"desired":{"on":1}})");
}

TEST_F(ShadowsTest, TwentyRequestsASecond) {
  for (int i = 0; i < 10; ++i) {
    publish(R"({"method":"get"})");
    EXPECT_EQ(verdict_, UplinkVerdict::taken);
    update(wish(i, 0));
    EXPECT_TRUE(updated_->has_value());
  }
  publish(R"({"method":"get"})");
  EXPECT_EQ(verdict_, UplinkVerdict::rate);
  update(wish(1, 0));
  EXPECT_EQ(updated_->error().code, Code::rate_limited);
  bench_.clock.advance(std::chrono::seconds(1));
  publish(R"({"method":"get"})");
  EXPECT_EQ(verdict_, UplinkVerdict::taken);
}

TEST_F(ShadowsTest, ADeletedDeviceHasNone) {
  storage_.holds = true;
  publish(report(1, 1));
  bench_.registry.delete_device(lamp_, {}, [](const Result<void>&) {});
  bench_.settle();
  shadows_.forget(std::vector{lamp_});
  bench_.settle();
  storage_.keep_first();
  bench_.settle();
  EXPECT_EQ(state(), "unknown");
  update(wish(1, 1));
  EXPECT_EQ(updated_->error().code, Code::device_not_found);
}

TEST_F(ShadowsTest, IsThereAgainAfterARestart) {
  Shadows again(bench_.shards, bench_.store->registry(), bench_.registry, bench_.publisher,
                bench_.clock);
  again.restore({.device = lamp_, .document = shadow::shown("")});
  again.restore({.device = {1}, .document = "of a device that was deleted"});
  std::string document;
  again.get(lamp_, [&](Result<std::string> got) { document = got.value(); });
  bench_.settle();
  EXPECT_EQ(document, shadow::shown(""));
}

}  // namespace
}  // namespace herald
