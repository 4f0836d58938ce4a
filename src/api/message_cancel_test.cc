#include <gtest/gtest.h>

#include "api/testing.h"

namespace herald::api {
namespace {

using testing::Answer;
using testing::Pairs;
using testing::TestPlatform;

// Two lights that are away with a kept session, and a third that never connected.
class CancelMessageTest : public ::testing::Test {
 protected:
  CancelMessageTest() : product_(platform_.make_product("Lamps")) {
    std::vector<KeptSession> sessions;
    for (const std::string name : {"light01", "light02", "light03"}) {
      platform_.make_device(product_, name);
      if (name == "light03") continue;
      const auto id = platform_.registry.device_id(ProductKey::parse(product_).value(), name);
      sessions.push_back({.device = id.value(),
                          .subscriptions = {{"/" + product_ + "/" + name + "/user/get", 1}}});
    }
    platform_.homes.restore(sessions);
  }

  Answer publish(Pairs more = {{"Qos", "1"}}) {
    Pairs params{{"ProductKey", product_},
                 {"DeviceName.1", "light01"},
                 {"DeviceName.2", "light02"},
                 {"MessageContent", "aGVsbG8="},
                 {"TopicShortName", "get"}};
    params.insert(params.end(), more.begin(), more.end());
    return platform_.call("BatchPub", std::move(params));
  }
  Answer cancel(Pairs params, const AccessKey* key = nullptr) {
    return platform_.call("CancelMessage", std::move(params), key);
  }
  std::vector<std::int64_t> counts(const Answer& answer) {
    return {answer.data("Cancelled").as_int64(), answer.data("InFlight").as_int64(),
            answer.data("Ended").as_int64()};
  }
  std::int64_t total(const std::string& message, const char* state) {
    const Answer answer = platform_.call("QueryMessageReceipts", {{"MessageId", message}});
    return answer.data("Totals").at(state).as_int64();
  }

  TestPlatform platform_;
  std::string product_;
};

TEST_F(CancelMessageTest, EndsAMessageForAllWhoWait) {
  const std::string id = publish().text("MessageId");
  EXPECT_EQ(total(id, "queued"), 2);
  const Answer answer = cancel({{"MessageId", id}});
  EXPECT_EQ(answer.code(), "");
  EXPECT_EQ(answer.data("MessageId").as_string(), id);
  EXPECT_EQ(counts(answer), (std::vector<std::int64_t>{2, 0, 0}));
  EXPECT_EQ(total(id, "cancelled"), 2);
  EXPECT_EQ(counts(cancel({{"MessageId", id}})), (std::vector<std::int64_t>{0, 0, 2}));
}

TEST_F(CancelMessageTest, TakesTheRequestIdOfThePublishingCall) {
  const Answer published = publish();
  const Answer answer = cancel({{"RequestId", published.text("RequestId")}});
  EXPECT_EQ(answer.data("MessageId").as_string(), published.text("MessageId"));
  EXPECT_EQ(total(published.text("MessageId"), "cancelled"), 2);
}

TEST_F(CancelMessageTest, EndsItForThoseAloneWhoAreNamed) {
  const std::string id = publish().text("MessageId");
  const Answer answer = cancel({{"MessageId", id}, {"DeviceName.1", "light02"}});
  EXPECT_EQ(counts(answer), (std::vector<std::int64_t>{1, 0, 0}));
  EXPECT_EQ(total(id, "queued"), 1);
}

TEST_F(CancelMessageTest, RefusesWhoIsNoRecipientAndCancelsNothing) {
  const std::string id = publish().text("MessageId");
  for (const char* name : {"light03", "unknown"}) {
    EXPECT_EQ(
        cancel({{"MessageId", id}, {"DeviceName.1", "light01"}, {"DeviceName.2", name}}).code(),
        "iot.device.NotExistedDevice");
  }
  EXPECT_EQ(total(id, "queued"), 2);
}

TEST_F(CancelMessageTest, Qos0HasEndedAlready) {
  const std::string id = publish({{"Qos", "0"}}).text("MessageId");
  EXPECT_EQ(counts(cancel({{"MessageId", id}})), (std::vector<std::int64_t>{0, 0, 2}));
}

TEST_F(CancelMessageTest, IsForTheAccountThatPublished) {
  const std::string id = publish().text("MessageId");
  Registry::NewAccount other;
  platform_.registry.create_account("other", [&](auto made) { other = std::move(made.value()); });
  EXPECT_EQ(cancel({{"MessageId", id}}, &other.key).code(), "iot.messagebroker.NotExistedMessage");
  EXPECT_EQ(cancel({{"MessageId", "1"}}).code(), "iot.messagebroker.NotExistedMessage");
  EXPECT_EQ(cancel({}).code(), "MissingMessageId");
  EXPECT_EQ(total(id, "queued"), 2);
}

}  // namespace
}  // namespace herald::api
