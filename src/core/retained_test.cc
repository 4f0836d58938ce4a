#include "core/retained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/clock.h"
#include "store/testing.h"

namespace herald {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RetainedTest : public ::testing::Test {
 protected:
  Result<void> put(const std::string& topic, const std::string& payload,
                   std::optional<Time> deadline = std::nullopt) {
    std::optional<Result<void>> done;
    retained_.put({.topic = topic, .deadline = deadline, .payload = payload},
                  [&](Result<void> kept) { done = std::move(kept); });
    std::promise<void> flushed;
    store_->messages().flush([&flushed](const Result<void>&) { flushed.set_value(); });
    flushed.get_future().wait();
    return done.value();
  }
  std::vector<std::string> topics(std::string_view filter) {
    std::vector<std::string> found;
    for (const auto& each : retained_.matching(filter)) found.push_back(each->topic);
    return found;
  }

  ManualClock clock_{time_of(1'700'000'000'000)};
  IdGenerator ids_{clock_, 1};
  std::unique_ptr<Store> store_ = make_memory_store(clock_, ids_);
  Retained retained_{store_->registry(), clock_, {.topics_per_device = 2}};
};

TEST_F(RetainedTest, TheLastMessageOfATopicIsKept) {  // [MQTT-3.3.1-5]
  ASSERT_TRUE(put("/p/d/user/a", "old"));
  ASSERT_TRUE(put("/p/d/user/a", "new"));
  const auto found = retained_.matching("/p/d/user/a");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->payload, "new");
}

TEST_F(RetainedTest, WithoutAPayloadTheTopicIsCleared) {  // [MQTT-3.3.1-6]
  ASSERT_TRUE(put("/p/d/user/a", "old"));
  ASSERT_TRUE(put("/p/d/user/a", ""));
  EXPECT_THAT(topics("/p/d/user/#"), IsEmpty());
}

TEST_F(RetainedTest, FiltersFindWhatTheyMatch) {
  ASSERT_TRUE(put("/p/d/user/a", "1"));
  ASSERT_TRUE(put("/p/d/user/a/b", "2"));
  ASSERT_TRUE(put("/p/other/user/a", "3"));
  EXPECT_THAT(topics("/p/d/user/a/#"), ElementsAre("/p/d/user/a", "/p/d/user/a/b"));
  EXPECT_THAT(topics("/p/d/user/+"), ElementsAre("/p/d/user/a"));
  EXPECT_THAT(topics("/p/d/user/x"), IsEmpty());
}

TEST_F(RetainedTest, WhatHasExpiredIsNotFound) {  // [MQTT-3.3.2-5]
  ASSERT_TRUE(put("/p/d/user/a", "short", clock_.now() + 5s));
  clock_.advance(5s);
  EXPECT_THAT(topics("/p/d/user/a"), IsEmpty());
}

TEST_F(RetainedTest, ADeviceHasABoundOfTopics) {
  ASSERT_TRUE(put("/p/d/user/a", "1"));
  ASSERT_TRUE(put("/p/d/user/b", "1"));
  EXPECT_EQ(put("/p/d/user/c", "1").error().code, Code::publish_refused);
  EXPECT_TRUE(put("/p/d/user/a", "2")) << "a topic that is there may change";
  EXPECT_TRUE(put("/p/e/user/a", "1")) << "another device has its own";
}

TEST_F(RetainedTest, ADeletedDeviceLeavesNothing) {
  ASSERT_TRUE(put("/p/d/user/a", "1"));
  ASSERT_TRUE(put("/p/dd/user/a", "1"));
  retained_.forget("/p/d/");
  EXPECT_THAT(topics("/p/d/user/#"), IsEmpty());
  EXPECT_THAT(topics("/p/dd/user/#"), ElementsAre("/p/dd/user/a"));
}

}  // namespace
}  // namespace herald
