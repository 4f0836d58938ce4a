#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing.h"
#include "base/crypto.h"

namespace herald::api {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using ::testing::HasSubstr;
using testing::Pairs;
using testing::TestPlatform;

class MessagingTest : public ::testing::Test {
 protected:
  MessagingTest() {
    product = platform.make_product("Lamps");
    for (const char* name : {"light01", "light02", "light03"}) platform.make_device(product, name);
  }

  // A valid BatchPub to the first two devices, with some parameters replaced or, where the value is
  // nothing, taken out.
  Pairs batch(const std::vector<std::pair<std::string, std::optional<std::string>>>& changes = {}) {
    Pairs params{{"ProductKey", product},     {"DeviceName.1", "light01"},
                 {"DeviceName.2", "light02"}, {"MessageContent", "aGVsbG8="},
                 {"TopicShortName", "get"},   {"Qos", "1"}};
    for (const auto& [name, value] : changes) {
      std::erase_if(params, [&](const auto& pair) { return pair.first == name; });
      if (value) params.emplace_back(name, *value);
    }
    return params;
  }
  std::string code(const std::vector<std::pair<std::string, std::optional<std::string>>>& changes) {
    return platform.call("BatchPub", batch(changes)).code();
  }
  void make_topic(const std::string& suffix, const std::string& operation) {
    EXPECT_EQ(
        platform
            .call("CreateProductTopic",
                  {{"ProductKey", product}, {"TopicShortName", suffix}, {"Operation", operation}})
            .code(),
        "");
  }

  TestPlatform platform;
  std::string product;
};

TEST_F(MessagingTest, BatchPubKeepsOneMessage) {
  const Answer answer = platform.call("BatchPub", batch());
  EXPECT_EQ(answer.code(), "");
  const SharedMessage message = platform.log.last;
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(answer.text("MessageId"), std::to_string(message->id.value));
  EXPECT_EQ(answer.text("RequestId"), message->request_id);
  EXPECT_EQ(message->account, platform.account.account.id);
  EXPECT_EQ(message->product, product);
  EXPECT_EQ(message->topic.topic_for("light01"), "/" + product + "/light01/user/get");
  EXPECT_EQ(message->payload, "hello");
  EXPECT_EQ(message->qos, Qos::at_least_once);
  EXPECT_EQ(message->recipients.size(), 2u);
  EXPECT_EQ(message->deadline - message->created, 7 * 24h);
}

TEST_F(MessagingTest, TheNonceRidesWithWhatIsStored) {
  platform.storage.nonces.clear();
  platform.call("BatchPub", batch());
  ASSERT_EQ(platform.log.riders.size(), 1u);
  EXPECT_TRUE(platform.storage.nonces.empty());
  platform.call("BatchPub", batch({{"Qos", "0"}}));
  EXPECT_EQ(platform.storage.nonces.size(), 1u);
}

TEST_F(MessagingTest, RecipientsAreInTheOrderOfTheCall) {
  platform.call("BatchPub", batch({{"DeviceName.1", "light03"}, {"DeviceName.10", "light01"}}));
  const ProductKey key = ProductKey::parse(product).value();
  const auto id = [&](const char* name) { return platform.registry.device_id(key, name).value(); };
  EXPECT_THAT(platform.log.last->recipients,
              ::testing::ElementsAre(id("light03"), id("light02"), id("light01")));
}

TEST_F(MessagingTest, TheTemplateWinsOverTheShortName) {
  make_topic("other", "ALL");
  platform.call("BatchPub",
                batch({{"TopicTemplateName", "/" + product + "/${deviceName}/user/other"}}));
  EXPECT_EQ(platform.log.last->topic.text(), "/" + product + "/${deviceName}/user/other");
}

TEST_F(MessagingTest, TheFieldsOfMqtt5) {
  platform.call("BatchPub",
                batch({{"UserProp.2.Key", "b"},
                       {"UserProp.1.Key", "a"},
                       {"UserProp.1.Value", "1 中"},
                       {"ResponseTopicTemplateName", "/" + product + "/${deviceName}/user/update"},
                       {"CorrelationData", "AAE="},
                       {"ContentType", "text/plain"},
                       {"PayloadFormatIndicator", "1"},
                       {"MessageExpiryInterval", "60"},
                       {"Retained", "false"}}));
  const MessageProperties& properties = platform.log.last->properties;
  const std::vector<std::pair<std::string, std::string>> user{{"a", "1 中"}, {"b", ""}};
  EXPECT_EQ(properties.user, user);
  EXPECT_EQ(properties.response_topic->topic_for("x"), "/" + product + "/x/user/update");
  EXPECT_EQ(properties.correlation_data, std::string("\0\1", 2));
  EXPECT_EQ(properties.content_type, "text/plain");
  EXPECT_EQ(properties.payload_format, 1);
  EXPECT_EQ(platform.log.last->deadline - platform.log.last->created, 60s);
}

TEST_F(MessagingTest, BadFieldsOfMqtt5) {
  EXPECT_EQ(code({{"UserProp.1.Name", "a"}}), "InvalidUserProp");
  EXPECT_EQ(code({{"UserProp.1", "a"}}), "InvalidUserProp");
  EXPECT_EQ(code({{"UserProp.1.Key", "a\n"}}), "InvalidUserProp");
  EXPECT_EQ(code({{"PayloadFormatIndicator", "2"}}), "InvalidPayloadFormatIndicator");
  EXPECT_EQ(code({{"MessageExpiryInterval", "0"}}), "InvalidMessageExpiryInterval");
  EXPECT_EQ(code({{"Retained", "true"}}), "InvalidRetained");
  EXPECT_EQ(code({{"ContentType", "\xff"}}), "InvalidContentType");
  EXPECT_EQ(code({{"CorrelationData", "?"}}), "iot.system.IllegalRequest");
  EXPECT_EQ(code({{"ResponseTopicTemplateName", "a/+"}}),
            "iot.messagebroker.InvalidFormattedTopicName");
  std::vector<std::pair<std::string, std::optional<std::string>>> many;
  for (int i = 1; i <= 21; ++i) many.emplace_back("UserProp." + std::to_string(i) + ".Key", "k");
  EXPECT_EQ(code(many), "InvalidUserProp");
  many.pop_back();
  EXPECT_EQ(code(many), "");
}

// The rows of errors.md, BatchPub, as design.md, section 8 decides them.
TEST_F(MessagingTest, BatchPubRefuses) {
  EXPECT_EQ(code({{"ProductKey", std::nullopt}}), "MissingProductKey");
  EXPECT_EQ(code({{"MessageContent", std::nullopt}}), "MissingMessageContent");
  EXPECT_EQ(code({{"DeviceName.1", std::nullopt}, {"DeviceName.2", std::nullopt}}),
            "MissingDeviceName");
  EXPECT_EQ(code({{"TopicShortName", std::nullopt}}), "iot.messagebroker.NullTopicName");
  EXPECT_EQ(code({{"TopicShortName", ""}}), "iot.messagebroker.NullTopicName");
  for (const char* qos : {"2", "-1", "01x", "one", "1.0", " 1"}) {
    EXPECT_EQ(code({{"Qos", qos}}), "InvalidQos") << qos;
  }
  EXPECT_EQ(code({{"IotInstanceId", "iot-none"}}), "iot.system.InstanceNotFound");
  EXPECT_EQ(code({{"IotInstanceId", platform.account.instance.id}}), "iot.prod.NotExistedProduct");
  EXPECT_EQ(code({{"ProductKey", ""}}), "iot.prod.NullProductKey");
  EXPECT_EQ(code({{"ProductKey", "a/b"}}), "iot.prod.InvalidFormattedProductkey");
  EXPECT_EQ(code({{"ProductKey", "a1unknown"}}), "iot.prod.NotExistedProduct");
  EXPECT_EQ(code({{"DeviceName.2", ""}}), "iot.device.NullDeviceName");
  EXPECT_EQ(code({{"DeviceName.2", "abc"}}), "iot.device.InvalidFormattedDeviceNameInNameArray");
  EXPECT_EQ(code({{"DeviceName.2", "light01"}}), "iot.system.IllegalRequest");
  EXPECT_EQ(code({{"DeviceName.0", "light03"}}), "InvalidDeviceName");
  EXPECT_EQ(code({{"DeviceName.2", "light99"}}), "iot.device.NotExistedDevice");
  EXPECT_EQ(code({{"MessageContent", "a"}}), "iot.messagebroker.MessageContentIsNotBase64Encode");
  EXPECT_EQ(code({{"MessageContent", ""}}), "iot.messagebroker.NullMessageContent");
  EXPECT_EQ(code({{"TopicShortName", "a//b"}}), "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(code({{"TopicShortName", "+"}}), "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(code({{"TopicShortName", "$x"}}), "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(code({{"TopicShortName", "a/b/c/d/e"}}), "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(code({{"TopicShortName", std::string(120, 'a')}}),
            "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(code({{"TopicTemplateName", "/other/${deviceName}/user/get"}}),
            "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(code({{"TopicTemplateName", "/" + product + "/light01/user/get"}}),
            "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(code({{"TopicShortName", "none"}}), "iot.messagebroker.TopicTemplateIsNotFound");
  EXPECT_EQ(code({{"TopicShortName", "update"}}), "iot.messagebroker.PublishMessageFailed");
  EXPECT_EQ(platform.log.last, nullptr) << "a refused call keeps nothing";
}

TEST_F(MessagingTest, PayloadsMayHave256KiB) {
  const std::string largest(limits::payload_bytes_max, '\xfb');
  EXPECT_EQ(code({{"MessageContent", to_base64(largest)}}), "");
  EXPECT_EQ(platform.log.last->payload, largest);
  const Answer refused =
      platform.call("BatchPub", batch({{"MessageContent", to_base64(largest + "x")}}));
  EXPECT_EQ(refused.code(), "iot.system.IllegalRequest");
  EXPECT_THAT(refused.text("ErrorMessage"), HasSubstr("262145 bytes, at most 262144"));
}

TEST_F(MessagingTest, OneHundredDevicesAndNoMore) {
  std::vector<std::pair<std::string, std::optional<std::string>>> names;
  for (int i = 1; i <= 101; ++i) {
    const std::string name = "many" + std::to_string(i);
    platform.make_device(product, name);
    names.emplace_back("DeviceName." + std::to_string(i), name);
  }
  EXPECT_EQ(code(names), "iot.device.TooManyDeviceNamesPerRequest");
  names.pop_back();
  EXPECT_EQ(code(names), "");
  EXPECT_EQ(platform.log.last->recipients.size(), 100u);
}

TEST_F(MessagingTest, MoreDevicesWhereConfigured) {
  TestPlatform large({.limits = {.batch_recipients = 3}});
  const std::string key = large.make_product("Lamps");
  Pairs params{{"ProductKey", key}, {"MessageContent", "aGVsbG8="}, {"TopicShortName", "get"}};
  for (const char* n : {"1", "2", "3", "4"}) {
    large.make_device(key, std::string("lamp") + n);
    params.emplace_back(std::string("DeviceName.") + n, std::string("lamp") + n);
  }
  EXPECT_EQ(large.call("BatchPub", params).code(), "iot.device.TooManyDeviceNamesPerRequest");
  params.pop_back();
  EXPECT_EQ(large.call("BatchPub", params).code(), "");
}

TEST_F(MessagingTest, WildcardCategoriesCoverConcreteTopics) {
  make_topic("jobs/+/done", "SUB");
  EXPECT_EQ(code({{"TopicShortName", "jobs/7/done"}}), "");
  EXPECT_EQ(code({{"TopicShortName", "jobs/7/begun"}}),
            "iot.messagebroker.TopicTemplateIsNotFound");
}

TEST_F(MessagingTest, AFullLogIsServiceUnavailable) {
  platform.log.refuses = true;
  const Answer answer = platform.call("BatchPub", batch());
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "ServiceUnavailable");
}

TEST_F(MessagingTest, OfALogThatStallsTheResultIsUnknownAndTheMessageIsKeptAfterAll) {
  platform.log.stalls = true;
  platform.shards.post(0, [this] {
    platform.clock.advance(limits::answer_within);
    platform.gateway.answer_overdue();
  });
  const Answer answer = platform.call("BatchPub", batch());
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.code(), "GatewayTimeout");
  platform.log.stalls = false;
  platform.log.stalled();
  ASSERT_NE(platform.log.last, nullptr);
  EXPECT_EQ(platform.log.last->request_id, answer.text("RequestId"));
}

TEST_F(MessagingTest, PubReachesOneDevice) {
  const auto pub = [&](const std::string& topic) {
    return platform.call("Pub", {{"ProductKey", product},
                                 {"TopicFullName", topic},
                                 {"MessageContent", "aGVsbG8="},
                                 {"Qos", "1"}});
  };
  const Answer answer = pub("/" + product + "/light02/user/get");
  EXPECT_EQ(answer.code(), "");
  EXPECT_EQ(answer.text("MessageId"), std::to_string(platform.log.last->id.value));
  EXPECT_EQ(platform.log.last->topic.topic_for("light02"), "/" + product + "/light02/user/get");
  EXPECT_EQ(platform.log.last->recipients.size(), 1u);
  EXPECT_EQ(pub("").code(), "MissingTopicFullName");
  EXPECT_EQ(pub("/" + product + "/light99/user/get").code(), "iot.device.NotExistedDevice");
  EXPECT_EQ(pub("/" + product + "/light02/user/none").code(),
            "iot.messagebroker.TopicTemplateIsNotFound");
  EXPECT_EQ(pub("/" + product + "/light02/user/update").code(),
            "iot.messagebroker.PublishMessageFailed");
  for (const std::string topic : {"x", "/", "/other/light02/user/get", "/broadcast/p/x"}) {
    EXPECT_EQ(pub(topic).code(), "iot.messagebroker.InvalidFormattedTopicName") << topic;
  }
  EXPECT_EQ(pub("/" + product + "/light02/user/").code(),
            "iot.messagebroker.InvalidFormattedTopicName");
}

TEST_F(MessagingTest, AClientTokenIsThatOfItsAccountAndOperation) {
  platform.call("BatchPub", batch({{"ClientToken", "order 1"}}));
  ASSERT_TRUE(platform.log.last_token);
  EXPECT_EQ(platform.log.last_token->account, platform.account.account.id);
  EXPECT_EQ(platform.log.last_token->operation, "BatchPub");
  EXPECT_EQ(platform.log.last_token->token, "order 1");
}

TEST_F(MessagingTest, Qos0WithAClientTokenIsCommittedWithItsNonce) {
  platform.storage.nonces.clear();
  platform.call("BatchPub", batch({{"Qos", "0"}, {"ClientToken", "order 1"}}));
  EXPECT_TRUE(platform.log.last_token);
  EXPECT_EQ(platform.log.riders.size(), 1u);
  EXPECT_TRUE(platform.storage.nonces.empty());
}

TEST_F(MessagingTest, AClientTokenIsUpTo64CharactersOfAscii) {
  EXPECT_EQ(code({{"ClientToken", std::string(64, '~')}}), "");
  EXPECT_EQ(code({{"ClientToken", std::string(65, 'x')}}), "InvalidClientToken");
  EXPECT_EQ(code({{"ClientToken", "灯"}}), "InvalidClientToken");
  EXPECT_EQ(code({{"ClientToken", "a\tb"}}), "InvalidClientToken");
  platform.log.last_token.reset();
  EXPECT_EQ(code({{"ClientToken", ""}}), "");
  EXPECT_FALSE(platform.log.last_token);
}

TEST_F(MessagingTest, QueryMessageInfoShowsAMessage) {
  const auto info = [&](const Answer& published) {
    const Answer answer =
        platform.call("QueryMessageInfo", {{"UniMsgId", published.text("MessageId")}});
    EXPECT_EQ(answer.code(), "");
    return answer.body.at("Message").as_object();
  };
  const auto one = info(platform.call(
      "BatchPub",
      batch({{"DeviceName.2", {}}, {"UserProp.1.Key", "a"}, {"UserProp.1.Value", "b"}})));
  EXPECT_EQ(one.at("TopicFullName").as_string(), "/" + product + "/light01/user/get");
  EXPECT_EQ(one.at("MessageContent").as_string(), "aGVsbG8=");
  EXPECT_EQ(one.at("GenerateTime").as_int64(), millis(platform.clock.now()));
  EXPECT_EQ(one.at("UserProperties").as_array().at(0).at("Value").as_string(), "b");
  const auto two = info(platform.call("BatchPub", batch()));
  EXPECT_EQ(two.at("TopicFullName").as_string(), "/" + product + "/${deviceName}/user/get");
}

TEST_F(MessagingTest, ReceiptsTellWhatBecameOfAMessage) {
  for (const char* qos : {"0", "1"}) {
    const Answer published = platform.call("BatchPub", batch({{"Qos", qos}}));
    const Answer answer =
        platform.call("QueryMessageReceipts", {{"MessageId", published.text("MessageId")}});
    ASSERT_EQ(answer.code(), "") << qos;
    EXPECT_EQ(answer.data("PublishRequestId").as_string(), published.text("RequestId"));
    EXPECT_EQ(answer.data("Topic").as_string(), "/" + product + "/${deviceName}/user/get");
    const auto& totals = answer.data("Totals").as_object();
    EXPECT_EQ(totals.at("wanted").as_int64(), 2);
    EXPECT_EQ(totals.at("dropped").as_int64(), 2) << qos;
    const auto& receipts = answer.data("Receipts").at("Receipt").as_array();
    ASSERT_EQ(receipts.size(), 2u);
    EXPECT_EQ(receipts[0].at("DeviceName").as_string(), "light01");
    EXPECT_EQ(receipts[0].at("State").as_string(), "dropped");
    EXPECT_EQ(receipts[0].at("Reason").as_string(), "not_subscribed");
  }
}

TEST_F(MessagingTest, ReceiptsAreFoundByRequestAndInPages) {
  const Answer published = platform.call("BatchPub", batch());
  const Answer second = platform.call(
      "QueryMessageReceipts",
      {{"RequestId", published.text("RequestId")}, {"PageSize", "1"}, {"CurrentPage", "2"}});
  EXPECT_EQ(second.body.at("PageCount").as_int64(), 2);
  EXPECT_EQ(second.body.at("Total").as_int64(), 2);
  const auto& receipts = second.data("Receipts").at("Receipt").as_array();
  ASSERT_EQ(receipts.size(), 1u);
  EXPECT_EQ(receipts[0].at("DeviceName").as_string(), "light02");
  const auto code_of = [&](Pairs params) {
    return platform.call("QueryMessageReceipts", std::move(params)).code();
  };
  EXPECT_EQ(code_of({}), "MissingMessageId");
  EXPECT_EQ(code_of({{"MessageId", "1"}}), "iot.messagebroker.NotExistedMessage");
  EXPECT_EQ(code_of({{"MessageId", "x"}}), "iot.messagebroker.NotExistedMessage");
  EXPECT_EQ(code_of({{"MessageId", "1"}, {"PageSize", "1001"}}), "InvalidPageSize");
}

TEST_F(MessagingTest, ReceiptsAreForTheirOwner) {
  const std::string id = platform.call("BatchPub", batch()).text("MessageId");
  Registry::NewAccount other;
  platform.registry.create_account("other", [&](auto made) { other = std::move(made.value()); });
  EXPECT_EQ(platform.call("QueryMessageReceipts", {{"MessageId", id}}, &other.key).code(),
            "iot.messagebroker.NotExistedMessage");
}

}  // namespace
}  // namespace herald::api
