#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "api/testing.h"
#include "base/crypto.h"

// RRpc, AsyncRRpc, PubBroadcast and shadows, with a lamp at the only edge.
namespace herald::api {
namespace {

using testing::Answer;
using ::testing::IsEmpty;
using testing::Pairs;
using ::testing::SizeIs;
using testing::TestPlatform;

class RrpcOperationsTest : public ::testing::Test, public Edge {
 protected:
  RrpcOperationsTest() {
    platform_.homes.introduce(0, *this);
    platform_.homes.use({.broadcasts = &platform_.broadcasts, .rates = &platform_.rates});
    product_ = platform_.make_product("Lamps");
    platform_.make_device(product_, "light01");
    device_ = platform_.registry.device_id(ProductKey::parse(product_).value(), "light01").value();
  }

  // Edge. QoS 0 alone is used here; its connection says what became of it.
  void deliver(const SharedMessage& message, const EdgeTarget&) override {
    platform_.homes.counts(0).in(Outcome::inflight).add(-1);
    platform_.homes.counts(0).ended(Outcome::sent, DropReason::none);
    delivered_.push_back(message);
    if (on_delivery_) on_delivery_(message->id);
  }
  void cut(DeviceId, const ConnectionRef&, CutReason) override {}

  void connect(bool custom_rrpc = false) {
    platform_.homes.home_of_device(device_).connect(
        {.device = platform_.registry.device(device_)->device,
         .connection = {0, ++slot_, 1},
         .custom_rrpc = custom_rrpc},
        [](const ConnectAnswer& answer) { EXPECT_TRUE(answer.accepted); });
    platform_.shards.run();
  }
  void disconnect() {
    platform_.homes.home_of_device(device_).gone(device_, {0, slot_, 1}, {});
    platform_.shards.run();
  }
  void subscribe(std::string filter) {
    std::vector<WantedSubscription> wanted;
    wanted.push_back({std::move(filter)});
    platform_.homes.home_of_device(device_).subscribe(device_, {0, slot_, 1}, std::move(wanted),
                                                      [](const std::string&) {});
    platform_.shards.run();
  }
  void answer_with(std::string payload) {
    on_delivery_ = [this, payload = std::move(payload)](MessageId id) {
      platform_.rrpc.answer(device_, std::to_string(id.value), payload);
    };
  }
  void never_answer() {
    on_delivery_ = [this](MessageId) {
      platform_.shards.post(0, [this] { platform_.shards.run_late(); });
    };
  }

  Answer call(const std::string& action, Pairs more) {
    Pairs params{{"ProductKey", product_}};
    params.insert(params.end(), more.begin(), more.end());
    return platform_.call(action, std::move(params));
  }
  Answer rrpc(Pairs more = {}) {
    Pairs params{{"DeviceName", "light01"}, {"Timeout", "5000"}, {"RequestBase64Byte", "b24/"}};
    for (auto& [name, value] : more) {
      std::erase_if(params, [&](const auto& pair) { return pair.first == name; });
      params.emplace_back(name, value);
    }
    return call("RRpc", std::move(params));
  }
  Answer async_rrpc(Pairs more = {}) {
    more.insert(more.end(), {{"DeviceName", "light01"}, {"MessageContent", "b24/"}});
    return call("AsyncRRpc", std::move(more));
  }
  Answer broadcast(Pairs more = {}) {
    more.emplace_back("MessageContent", "bmV3cw==");
    platform_.clock.advance(std::chrono::seconds(1));
    return call("PubBroadcast", std::move(more));
  }
  std::string topic_of(const SharedMessage& message) { return message->topic.topic_for("light01"); }

  TestPlatform platform_;
  std::string product_;
  DeviceId device_;
  std::uint32_t slot_ = 0;
  std::vector<SharedMessage> delivered_;
  std::function<void(MessageId)> on_delivery_;
};

TEST_F(RrpcOperationsTest, RRpcAnswersWhatTheDeviceAnswers) {
  connect();
  answer_with("on");
  const Answer answer = rrpc();
  EXPECT_EQ(answer.body.at("Success"), true);
  EXPECT_EQ(answer.text("RrpcCode"), "SUCCESS");
  EXPECT_EQ(answer.text("PayloadBase64Byte"), "b24=");
  ASSERT_THAT(delivered_, SizeIs(1));
  EXPECT_EQ(answer.body.at("MessageId"), delivered_[0]->id.value);
  EXPECT_EQ(delivered_[0]->payload, "on?");
  EXPECT_EQ(delivered_[0]->request_id, answer.text("RequestId"));
  EXPECT_EQ(topic_of(delivered_[0]), "/sys/" + product_ + "/light01/rrpc/request/" +
                                         std::to_string(delivered_[0]->id.value));
}

TEST_F(RrpcOperationsTest, RRpcTellsWhyThereIsNoAnswer) {
  EXPECT_EQ(rrpc().text("RrpcCode"), "OFFLINE");
  connect();
  never_answer();
  const Answer late = rrpc();
  EXPECT_EQ(late.body.at("Success"), true) << "the call succeeded, the request did not";
  EXPECT_EQ(late.text("RrpcCode"), "TIMEOUT");
  EXPECT_FALSE(late.body.contains("PayloadBase64Byte"));
  on_delivery_ = [this](MessageId) {
    platform_.shards.post(0, [this] {
      disconnect();
      platform_.shards.run_late();
    });
  };
  EXPECT_EQ(rrpc().text("RrpcCode"), "HALFCONN");
}

TEST_F(RrpcOperationsTest, AnEmptyAnswerIsOne) {
  connect();
  answer_with("");
  const Answer answer = rrpc();
  EXPECT_EQ(answer.text("RrpcCode"), "SUCCESS");
  EXPECT_EQ(answer.body.at("PayloadBase64Byte"), "");
}

TEST_F(RrpcOperationsTest, RRpcUnderATopicOfTheCallersOwn) {
  const std::string topic = "/" + product_ + "/light01/user/get";
  answer_with("on");
  connect();
  EXPECT_EQ(rrpc({{"Topic", topic}}).text("RrpcCode"), "UNKNOWN") << "without ext=1";
  disconnect();
  connect(/*custom_rrpc=*/true);
  EXPECT_EQ(rrpc({{"Topic", topic}}).text("RrpcCode"), "SUCCESS");
  ASSERT_THAT(delivered_, SizeIs(1));
  EXPECT_EQ(topic_of(delivered_[0]),
            "/ext/rrpc/" + std::to_string(delivered_[0]->id.value) + topic);
  for (const std::string& wrong : {std::string("get"), std::string("/+"), std::string(129, '/')}) {
    EXPECT_EQ(rrpc({{"Topic", wrong}}).code(), "iot.messagebroker.InvalidFormattedTopicName");
  }
}

TEST_F(RrpcOperationsTest, RRpcChecksItsParameters) {
  EXPECT_EQ(rrpc({{"DeviceName", "light99"}}).code(), "iot.device.NotExistedDevice");
  for (const char* timeout : {"999", "8001", "-1"}) {
    EXPECT_EQ(rrpc({{"Timeout", timeout}}).code(), "iot.messagebroker.InvalidTimeoutValue");
  }
  EXPECT_EQ(rrpc({{"Timeout", "soon"}}).code(), "InvalidTimeout");
  EXPECT_EQ(rrpc({{"RequestBase64Byte", "?"}}).code(),
            "iot.messagebroker.MessageContentIsNotBase64Encode");
  EXPECT_EQ(rrpc({{"RequestBase64Byte", ""}}).code(), "iot.messagebroker.NullMessageContent");
}

TEST_F(RrpcOperationsTest, OverTheRateOfTheDevice) {
  platform_.rates.set({.device_down = 1});
  connect();
  answer_with("on");
  EXPECT_EQ(rrpc().text("RrpcCode"), "SUCCESS");
  EXPECT_EQ(rrpc().code(), "iot.messagebroker.RateLimit");
}

TEST_F(RrpcOperationsTest, AsyncRRpcDoesNotWait) {
  EXPECT_EQ(async_rrpc().code(), "iot.device.InactiveDevice");
  connect();
  const Answer sent = async_rrpc();
  ASSERT_THAT(delivered_, SizeIs(1));
  EXPECT_EQ(sent.body.at("MessageId"), delivered_[0]->id.value);
  disconnect();
  EXPECT_EQ(async_rrpc().code(), "iot.device.OfflineDevice");
}

TEST_F(RrpcOperationsTest, AsyncRRpcUnderACustomTopic) {
  connect();
  const std::string topic = "/" + product_ + "/light01/user/get";
  EXPECT_EQ(async_rrpc({{"TopicFullName", topic}}).code(), "");
  EXPECT_THAT(delivered_, IsEmpty()) << "it has not subscribed";
  subscribe(topic);
  EXPECT_EQ(async_rrpc({{"TopicFullName", topic}}).code(), "");
  ASSERT_THAT(delivered_, SizeIs(1));
  EXPECT_EQ(topic_of(delivered_[0]), topic);
  EXPECT_EQ(async_rrpc({{"TopicFullName", "/" + product_ + "/light02/user/get"}}).code(),
            "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(async_rrpc({{"TopicFullName", topic + "/none"}}).code(),
            "iot.messagebroker.TopicTemplateIsNotFound");
  EXPECT_EQ(async_rrpc({{"TopicFullName", "/" + product_ + "/light01/user/update"}}).code(),
            "iot.messagebroker.PublishMessageFailed");
}

TEST_F(RrpcOperationsTest, PubBroadcastReachesAllOnceAMinute) {
  connect();
  const Answer answer = broadcast();
  ASSERT_THAT(delivered_, SizeIs(1));
  EXPECT_EQ(answer.body.at("MessageId"), delivered_[0]->id.value);
  EXPECT_EQ(topic_of(delivered_[0]), "/sys/" + product_ + "/light01/broadcast/request/" +
                                         std::to_string(delivered_[0]->id.value));
  const Answer again = broadcast();
  EXPECT_EQ(again.code(), "Throttling.User");
  EXPECT_EQ(again.status, 400);
}

TEST_F(RrpcOperationsTest, PubBroadcastAndPubReachSubscribersOfATopic) {
  connect();
  const std::string topic = "/broadcast/" + product_ + "/news";
  EXPECT_EQ(broadcast({{"TopicFullName", topic}}).code(), "");
  EXPECT_THAT(delivered_, IsEmpty());
  subscribe(topic);
  const Answer answer = broadcast({{"TopicFullName", topic}});
  ASSERT_THAT(delivered_, SizeIs(1));
  EXPECT_EQ(answer.body.at("MessageId"), delivered_[0]->id.value);
  EXPECT_EQ(topic_of(delivered_[0]), topic);
  EXPECT_EQ(
      call("Pub", {{"TopicFullName", topic}, {"MessageContent", "bmV3cw=="}, {"Qos", "1"}}).code(),
      "");
  ASSERT_THAT(delivered_, SizeIs(2));
  EXPECT_EQ(delivered_[1]->qos, Qos::at_most_once);
}

TEST_F(RrpcOperationsTest, PubBroadcastChecksItsParameters) {
  for (const std::string& topic :
       {std::string("/broadcast/other/news"), "/broadcast/" + product_ + "/",
        "/broadcast/" + product_ + "/+", "/" + product_ + "/light01/user/get"}) {
    EXPECT_EQ(broadcast({{"TopicFullName", topic}}).code(),
              "iot.messagebroker.InvalidFormattedTopicName")
        << topic;
  }
  platform_.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(call("PubBroadcast", {{"MessageContent", to_base64(std::string(65'537, 'x'))}}).code(),
            "iot.system.IllegalRequest");
}

TEST_F(RrpcOperationsTest, AShadowIsWhatWasWantedLast) {
  const auto update = [&](const std::string& message, const char* delta = "false") {
    return call("UpdateDeviceShadow",
                {{"DeviceName", "light01"}, {"ShadowMessage", message}, {"DeltaUpdate", delta}});
  };
  const auto shadow = [&] {
    return boost::json::parse(
        call("GetDeviceShadow", {{"DeviceName", "light01"}}).text("ShadowMessage"));
  };
  EXPECT_EQ(shadow().at("version"), 0);
  connect();
  EXPECT_EQ(
      update(R"({"method":"update","state":{"desired":{"color":"green"}},"version":1})").code(),
      "");
  ASSERT_THAT(delivered_, SizeIs(1));
  EXPECT_EQ(topic_of(delivered_[0]), "/shadow/get/" + product_ + "/light01");
  EXPECT_EQ(boost::json::parse(delivered_[0]->payload).at("method"), "control");
  EXPECT_EQ(
      update(R"({"method":"update","state":{"desired":{"on":1}},"version":2})", "true").code(), "");
  EXPECT_EQ(shadow().at("state").at("desired"), boost::json::parse(R"({"color":"green","on":1})"));
  EXPECT_EQ(update("").code(), "iot.messagebroker.NullShadowMessage");
  EXPECT_EQ(update("x").code(), "iot.messagebroker.ShadowMessageIsNotJson");
  EXPECT_EQ(update(R"({"method":"update","state":{"desired":{"on":2}},"version":2})").code(),
            "iot.messagebroker.InvalidVersionValueInShadowMessage");
  platform_.storage.refuses = true;
  EXPECT_EQ(update(R"({"method":"update","state":{"desired":{"on":2}},"version":3})").code(),
            "ServiceUnavailable");
  EXPECT_EQ(shadow().at("version"), 2);
}

}  // namespace
}  // namespace herald::api
