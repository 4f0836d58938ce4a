#include "api/operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "api/describe.h"
#include "api/testing.h"

namespace herald::api {
namespace {

using testing::Answer;
using testing::Pairs;
using testing::TestPlatform;

class OperationsTest : public ::testing::Test {
 protected:
  std::string code(const std::string& action, Pairs params) {
    return platform.call(action, std::move(params)).code();
  }
  TestPlatform platform;
};

// The declarations.

TEST(Operations, AreDeclaredCompletely) {
  std::set<std::string_view> names;
  for (const Operation& operation : all_operations()) {
    EXPECT_TRUE(names.insert(operation.name).second) << operation.name;
    EXPECT_FALSE(operation.summary.empty());
    EXPECT_GT(operation.calls_per_second, 0u);
    std::set<std::string_view> params;
    for (const ParamInfo& info : operation.params) {
      EXPECT_TRUE(params.insert(info.name).second) << operation.name << " " << info.name;
      EXPECT_FALSE(info.doc.empty()) << operation.name << " " << info.name;
    }
    EXPECT_EQ(params.contains("IotInstanceId"), operation.takes_instance);
    if (service_of(operation.family).tells_success) {
      for (const Code code : operation.errors) EXPECT_EQ(row_of(code).status, 200);
    }
  }
}

TEST(Operations, DescribeThemselves) {
  const auto all = all_operations();
  const auto described = describe(all);
  EXPECT_EQ(described.at("Operations").as_array().size(), all.size());
  const auto& first = described.at("Operations").at(0);
  EXPECT_EQ(first.at("Name").as_string(), "AssumeRole");
  EXPECT_EQ(first.at("Action").as_string(), "sts:AssumeRole");
}

// Products.

TEST_F(OperationsTest, CreateProductAnswersWhatQueryProductDoes) {
  const Answer created = platform.call("CreateProduct", {{"ProductName", "客厅_Lamps"},
                                                         {"NodeType", "1"},
                                                         {"Description", "明 & <b>"},
                                                         {"NetType", "ETHERNET"},
                                                         {"AliyunCommodityCode", "iothub_senior"},
                                                         {"Id2", "false"}});
  ASSERT_EQ(created.code(), "");
  const std::string key = created.text("ProductKey");
  EXPECT_EQ(created.data("ProductKey").as_string(), key);
  const Answer queried = platform.call("QueryProduct", {{"ProductKey", key}});
  ASSERT_EQ(queried.code(), "");
  for (const char* field :
       {"ProductName", "ProductSecret", "NodeType", "Description", "AuthType"}) {
    EXPECT_EQ(created.data(field), queried.data(field)) << field;
  }
  EXPECT_EQ(queried.data("NetType").as_int64(), 7);
  EXPECT_EQ(queried.data("DeviceCount").as_int64(), 0);
  EXPECT_EQ(queried.data("ProductStatus").as_string(), "DEVELOPMENT_STATUS");
  EXPECT_EQ(queried.data("GmtCreate").as_int64(), millis(platform.clock.now()));
}

TEST_F(OperationsTest, CreateProductRefuses) {
  const auto with = [&](const std::string& name, const std::string& value) {
    Pairs params{{"ProductName", "Lamps"}, {"NodeType", "0"}};
    std::erase_if(params, [&](const auto& pair) { return pair.first == name; });
    params.emplace_back(name, value);
    return code("CreateProduct", params);
  };
  EXPECT_EQ(with("ProductName", ""), "MissingProductName");
  EXPECT_EQ(with("ProductName", "abc"), "iot.prod.InvalidFormattedProductName");
  EXPECT_EQ(with("ProductName", "a b c"), "iot.prod.InvalidFormattedProductName");
  EXPECT_EQ(with("ProductName", std::string(31, 'a')), "iot.prod.InvalidFormattedProductName");
  EXPECT_EQ(with("ProductName", "a\x01_bc"), "InvalidProductName");
  EXPECT_EQ(with("NodeType", ""), "MissingNodeType");
  EXPECT_EQ(with("NodeType", "x"), "InvalidNodeType");
  EXPECT_EQ(with("NodeType", "2"), "iot.prod.InvalidNodeType");
  EXPECT_EQ(with("DataFormat", "2"), "InvalidDataFormat");
  EXPECT_EQ(with("Description", std::string(101, 'a')), "iot.prod.LongProductDesc");
  EXPECT_EQ(with("AliyunCommodityCode", "other"), "iot.prod.InvalidAliyunCommodityCode");
  EXPECT_EQ(with("Id2", "true"), "InvalidId2");
  EXPECT_EQ(with("AuthType", "id2"), "InvalidAuthType");
  EXPECT_EQ(with("NetType", "LORA"), "InvalidNetType");
  EXPECT_EQ(with("ProductName", "中文"), "");
  EXPECT_EQ(with("ProductName", "中文"), "iot.prod.AlreadyExistedProductName");
}

// Devices.

class DevicesTest : public OperationsTest {
 protected:
  DevicesTest() : product(platform.make_product("Lamps")) {}
  Pairs device(const std::string& name) { return {{"ProductKey", product}, {"DeviceName", name}}; }
  std::string product;
};

TEST_F(DevicesTest, RegisterDevice) {
  Pairs named = device("light01");
  named.emplace_back("Nickname", "Hall lamp");
  const Answer made = platform.call("RegisterDevice", named);
  EXPECT_EQ(made.code(), "");
  EXPECT_EQ(made.data("DeviceName").as_string(), "light01");
  EXPECT_EQ(made.data("Nickname").as_string(), "Hall lamp");
  EXPECT_EQ(made.data("DeviceSecret").as_string().size(), 32u);
  const Answer nameless = platform.call("RegisterDevice", {{"ProductKey", product}});
  EXPECT_TRUE(DeviceName::fits(nameless.data("DeviceName").as_string().subview()));
  EXPECT_EQ(code("RegisterDevice", device("light01")), "iot.device.AlreadyExistedDeviceName");
  EXPECT_EQ(code("RegisterDevice", device("l")), "iot.device.InvalidFormattedDeviceName");
  EXPECT_EQ(code("RegisterDevice", device("")), "iot.device.NullDeviceName");
  EXPECT_EQ(code("RegisterDevice", {{"ProductKey", product}, {"Nickname", "x"}}),
            "InvalidNickname");
  EXPECT_EQ(code("RegisterDevice", {{"ProductKey", product}, {"DevEui", "1"}}), "InvalidDevEui");
  EXPECT_EQ(code("RegisterDevice", {{"ProductKey", product}, {"DevEui", "false"}, {"DevEui", "1"}}),
            "InvalidDevEui");
}

TEST_F(DevicesTest, ChineseCountsTwiceInANickname) {
  const auto named = [&](const std::string& nickname) {
    return code("RegisterDevice", {{"ProductKey", product}, {"Nickname", nickname}});
  };
  std::string longest;
  for (int i = 0; i < 32; ++i) longest += "灯";
  EXPECT_EQ(named("灯"), "InvalidNickname");
  EXPECT_EQ(named("灯灯"), "");
  EXPECT_EQ(named(longest), "");
  EXPECT_EQ(named(longest + "x"), "InvalidNickname");
  EXPECT_EQ(named(std::string(64, 'x')), "");
}

TEST_F(DevicesTest, BatchRegisterDevice) {
  const auto register_many = [&](const std::string& count) {
    return platform.call("BatchRegisterDevice", {{"ProductKey", product}, {"Count", count}});
  };
  EXPECT_GT(register_many("25").data("ApplyId").as_int64(), 0);
  EXPECT_EQ(platform.call("QueryProduct", {{"ProductKey", product}}).data("DeviceCount").as_int64(),
            25);
  EXPECT_EQ(register_many("0").code(), "iot.device.DeviceCountExceeded");
  EXPECT_EQ(register_many("10001").code(), "iot.device.DeviceCountExceeded");
  EXPECT_EQ(register_many("x").code(), "InvalidCount");
}

TEST_F(DevicesTest, DetailAndStatusFollowTheConnection) {
  platform.make_device(product, "light01");
  const auto detail = [&] { return platform.call("QueryDeviceDetail", device("light01")); };
  EXPECT_EQ(detail().data("Status").as_string(), "UNACTIVE");
  EXPECT_EQ(detail().data("GmtCreate").as_string(), "2024-05-20 20:00:00");
  EXPECT_EQ(detail().data("UtcCreate").as_string(), "2024-05-20T12:00:00.000Z");
  const std::string iot_id(detail().data("IotId").as_string());

  const DeviceId id =
      platform.registry.device_id(ProductKey::parse(product).value(), "light01").value();
  platform.registry.set_online(id, platform.clock.now(), "10.0.0.1");
  EXPECT_EQ(detail().data("Status").as_string(), "ONLINE");
  EXPECT_EQ(detail().data("IpAddress").as_string(), "10.0.0.1");
  EXPECT_EQ(detail().data("GmtOnline").as_string(), "2024-05-20 20:00:00");
  const Answer status = platform.call("GetDeviceStatus", {{"IotId", iot_id}});
  EXPECT_EQ(status.data("Status").as_string(), "ONLINE");
  EXPECT_EQ(status.data("Timestamp").as_int64(), millis(platform.clock.now()));
  platform.registry.set_offline(id, platform.clock.now());
  EXPECT_EQ(detail().data("Status").as_string(), "OFFLINE");
}

TEST_F(DevicesTest, ADeviceIsNamedInTwoWays) {
  platform.make_device(product, "light01");
  EXPECT_EQ(code("GetDeviceStatus", {}), "iot.prod.NullProductKey");
  EXPECT_EQ(code("GetDeviceStatus", {{"ProductKey", product}}), "iot.device.NullDeviceName");
  EXPECT_EQ(code("GetDeviceStatus", device("light99")), "iot.device.NotExistedDevice");
  EXPECT_EQ(code("GetDeviceStatus", {{"IotId", "x-y"}}), "iot.device.InvalidIoTId");
  Pairs both = device("light01");
  both.emplace_back("IotId", "unknown");
  EXPECT_EQ(code("GetDeviceStatus", both), "iot.device.NotExistedDevice");
  both = device("light01");
  both.emplace_back("IotInstanceId", platform.account.instance.id);
  EXPECT_EQ(code("GetDeviceStatus", both), "iot.prod.NotExistedProduct");
}

TEST_F(DevicesTest, BatchGetDeviceState) {
  platform.make_device(product, "light01");
  platform.make_device(product, "light02");
  const Answer answer = platform.call("BatchGetDeviceState", {{"ProductKey", product},
                                                              {"DeviceName.1", "light02"},
                                                              {"DeviceName.2", "light99"},
                                                              {"DeviceName.3", "light01"}});
  const auto& states = answer.body.at("DeviceStatusList").at("DeviceStatus").as_array();
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0].at("DeviceName").as_string(), "light02");
  EXPECT_EQ(states[0].at("Status").as_string(), "UNACTIVE");
  const std::string iot_id(states[1].at("IotId").as_string());
  const Answer by_id = platform.call("BatchGetDeviceState", {{"IotId.1", iot_id}});
  EXPECT_EQ(by_id.body.at("DeviceStatusList").at("DeviceStatus").at(0).at("DeviceName"), "light01");
  EXPECT_EQ(code("BatchGetDeviceState", {{"ProductKey", product}}),
            "iot.device.NoneDeviceNameElement");
  Pairs many{{"ProductKey", product}};
  for (int i = 1; i <= 51; ++i) many.emplace_back("DeviceName." + std::to_string(i), "light01");
  EXPECT_EQ(code("BatchGetDeviceState", many), "iot.device.TooManyDeviceNamesPerRequest");
}

TEST_F(DevicesTest, DeleteDevice) {
  platform.make_device(product, "light01");
  EXPECT_EQ(code("DeleteDevice", device("light01")), "");
  EXPECT_EQ(code("DeleteDevice", device("light01")), "iot.device.NotExistedDevice");
}

// Topic categories.

class TopicsTest : public DevicesTest {
 protected:
  Answer create(const std::string& suffix, const std::string& operation) {
    return platform.call("CreateProductTopic", {{"ProductKey", product},
                                                {"TopicShortName", suffix},
                                                {"Operation", operation},
                                                {"Desc", "words"}});
  }
  std::size_t count() {
    return platform.call("QueryProductTopic", {{"ProductKey", product}})
        .data("ProductTopicInfo")
        .as_array()
        .size();
  }
};

TEST_F(TopicsTest, AreCreatedChangedAndDeleted) {
  EXPECT_EQ(count(), 3u);
  const std::string id = std::to_string(create("jobs", "SUB").body.at("TopicId").as_int64());
  EXPECT_EQ(code("UpdateProductTopic",
                 {{"TopicId", id}, {"TopicShortName", "tasks"}, {"Operation", "ALL"}}),
            "");
  const Answer listed = platform.call("QueryProductTopic", {{"ProductKey", product}});
  const auto& topics = listed.data("ProductTopicInfo").as_array();
  ASSERT_EQ(topics.size(), 4u);
  const auto& last = topics[3].as_object();
  EXPECT_EQ(last.at("Id").as_string(), id);
  EXPECT_EQ(last.at("TopicShortName").as_string(), "/" + product + "/${deviceName}/user/tasks");
  EXPECT_EQ(last.at("Operation").as_string(), "2");
  EXPECT_EQ(last.at("Desc").as_string(), "words");
  EXPECT_EQ(code("DeleteProductTopic", {{"TopicId", id}}), "");
  EXPECT_EQ(code("DeleteProductTopic", {{"TopicId", id}}),
            "iot.messagebroker.TopicTemplateIsNotFound");
  EXPECT_EQ(count(), 3u);
}

TEST_F(TopicsTest, SuffixesAreChecked) {
  EXPECT_EQ(create("a/+/#", "SUB").code(), "");
  for (const char* suffix : {"a-b", "a//b", "/a", "a/", "#/a", "a+", "a/b/c/d/e", "中"}) {
    EXPECT_EQ(create(suffix, "SUB").code(), "iot.messagebroker.InvalidFormattedTopicName")
        << suffix;
  }
  EXPECT_EQ(create("b/+", "PUB").code(), "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(create("b/+", "ALL").code(), "iot.messagebroker.InvalidFormattedTopicName");
  EXPECT_EQ(create("get", "SUB").code(), "iot.messagebroker.TopicAlreadyFound");
  EXPECT_EQ(create("b", "sub").code(), "iot.messagebroker.InvalidTopicTemplateOperationValue");
  EXPECT_EQ(create("b", "").code(), "MissingOperation");
  EXPECT_EQ(code("DeleteProductTopic", {{"TopicId", "x"}}),
            "iot.messagebroker.InvalidFormattedTopicTemplateId");
}

TEST_F(TopicsTest, AProductHasFifty) {
  for (int i = 3; i < 50; ++i) EXPECT_EQ(create("t" + std::to_string(i), "SUB").code(), "");
  EXPECT_EQ(create("more", "SUB").code(), "iot.messagebroker.TopicTemplateCountExceedMax");
}

TEST_F(TopicsTest, OfOthersDoNotExist) {
  const std::string id = std::to_string(create("jobs", "SUB").body.at("TopicId").as_int64());
  Registry::NewAccount other;
  platform.registry.create_account("other", [&](auto made) { other = std::move(made.value()); });
  EXPECT_EQ(platform.call("DeleteProductTopic", {{"TopicId", id}}, &other.key).code(),
            "iot.messagebroker.TopicTemplateIsNotFound");
}

}  // namespace
}  // namespace herald::api
