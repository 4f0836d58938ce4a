#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing.h"
#include "base/crypto.h"

// How applications see and change which sub-devices gateways have.
namespace herald::api {
namespace {

using testing::Answer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Pairs;
using testing::TestPlatform;

class ThingTopologyTest : public ::testing::Test {
 protected:
  ThingTopologyTest() {
    lamps_ = platform_.make_product("Lamps");
    gateways_ = platform_.call("CreateProduct", {{"ProductName", "Gateways"}, {"NodeType", "1"}})
                    .text("ProductKey");
    for (const char* name : {"lamp1", "lamp2"}) platform_.make_device(lamps_, name);
    for (const char* name : {"hall", "roof"}) platform_.make_device(gateways_, name);
  }

  // The code; empty: it succeeded.
  std::string call(const std::string& action, Pairs params) {
    answer_ = platform_.call(action, std::move(params));
    return answer_.code();
  }
  DeviceId id_of(const std::string& product, const std::string& name) {
    return platform_.registry.device_id(ProductKey::parse(product).value(), name).value();
  }
  std::string sign_of(const std::string& lamp) {
    Hasher hasher = Hasher::hmac(Digest::sha1, platform_.storage.secrets.at(id_of(lamps_, lamp)));
    hasher.add("clientIdxdeviceName" + lamp + "productKey" + lamps_ + "timestamp1");
    return to_hex(hasher.finish());
  }
  std::string add(const std::string& gateway, const std::vector<std::string>& lamps,
                  const std::string& sign = "") {
    Pairs params{{"GwProductKey", gateways_}, {"GwDeviceName", gateway}};
    for (std::size_t i = 0; i < lamps.size(); ++i) {
      const std::string item = "TopoAddItem." + std::to_string(i + 1) + ".";
      params.emplace_back(item + "ProductKey", lamps_);
      params.emplace_back(item + "DeviceName", lamps[i]);
      params.emplace_back(item + "Sign", sign.empty() ? sign_of(lamps[i]) : sign);
      params.emplace_back(item + "SignMethod", "hmacSha1");
      params.emplace_back(item + "Timestamp", "1");
      params.emplace_back(item + "ClientId", "x");
    }
    return call("BatchAddThingTopo", std::move(params));
  }
  std::vector<std::string> of_gateway(const std::string& gateway, const std::string& page = "1") {
    EXPECT_EQ(call("GetThingTopo", {{"ProductKey", gateways_},
                                    {"DeviceName", gateway},
                                    {"PageSize", "1"},
                                    {"PageNo", page}}),
              "");
    std::vector<std::string> names;
    for (const auto& each : answer_.data("List").at("deviceInfo").as_array()) {
      names.emplace_back(each.at("DeviceName").as_string());
    }
    return names;
  }
  std::string gateway_of(const std::string& lamp) {
    const std::string code =
        call("GetGatewayBySubDevice", {{"ProductKey", lamps_}, {"DeviceName", lamp}});
    return code.empty() ? std::string(answer_.data("DeviceName").as_string()) : code;
  }

  TestPlatform platform_;
  std::string lamps_, gateways_;
  Answer answer_;
};

TEST_F(ThingTopologyTest, DevicesAreAddedAllOrNone) {
  EXPECT_EQ(add("hall", {"lamp1", "lamp2"}, "00"), "iot.device.AddTopoRelationFailed");
  EXPECT_EQ(add("hall", {"lamp1", "nobody"}, "00"), "iot.device.NotExistedDevice");
  EXPECT_THAT(of_gateway("hall"), IsEmpty());
  EXPECT_EQ(add("hall", {"lamp1", "lamp2"}), "");
  EXPECT_THAT(of_gateway("hall"), ElementsAre("lamp1"));
  EXPECT_EQ(answer_.data("Total").as_int64(), 2);
  EXPECT_THAT(of_gateway("hall", "2"), ElementsAre("lamp2"));
  EXPECT_EQ(gateway_of("lamp1"), "hall");
  EXPECT_EQ(answer_.data("Status").as_string(), "unactive");
  EXPECT_EQ(answer_.data("DeviceSecret").as_string(),
            platform_.storage.secrets.at(id_of(gateways_, "hall")));
  platform_.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(add("roof", {"lamp1"}), "");
  EXPECT_EQ(gateway_of("lamp1"), "roof");
  EXPECT_THAT(of_gateway("hall"), ElementsAre("lamp2"));
}

TEST_F(ThingTopologyTest, OnlyGatewaysHaveSubDevices) {
  EXPECT_EQ(call("BatchAddThingTopo", {{"GwProductKey", lamps_},
                                       {"GwDeviceName", "lamp2"},
                                       {"TopoAddItem.1.ProductKey", lamps_},
                                       {"TopoAddItem.1.DeviceName", "lamp1"},
                                       {"TopoAddItem.1.Sign", sign_of("lamp1")},
                                       {"TopoAddItem.1.SignMethod", "hmacSha1"}}),
            "iot.device.AddTopoRelationFailed");
}

TEST_F(ThingTopologyTest, OneOrAllAreRemoved) {
  const auto remove = [this](const std::string& product, const std::string& name) {
    return call("RemoveThingTopo", {{"ProductKey", product}, {"DeviceName", name}});
  };
  EXPECT_EQ(remove(lamps_, "lamp1"), "iot.device.RemoveTopoRelationFailed");
  EXPECT_EQ(add("hall", {"lamp1", "lamp2"}), "");
  EXPECT_EQ(remove(lamps_, "lamp1"), "");
  EXPECT_TRUE(answer_.body.at("Data").as_bool());
  EXPECT_EQ(gateway_of("lamp1"), "iot.device.QueryTopoRelationFailed");
  EXPECT_EQ(gateway_of("lamp2"), "hall");
  EXPECT_EQ(remove(gateways_, "hall"), "");
  EXPECT_EQ(gateway_of("lamp2"), "iot.device.QueryTopoRelationFailed");
  EXPECT_EQ(remove(gateways_, "hall"), "") << "there is nothing left to remove";
}

TEST_F(ThingTopologyTest, DevicesThatAreResetLeave) {
  EXPECT_EQ(add("hall", {"lamp1", "lamp2"}), "");
  EXPECT_EQ(call("ResetThing", {{"ProductKey", lamps_}, {"DeviceName", "lamp1"}}), "");
  EXPECT_THAT(of_gateway("hall"), ElementsAre("lamp2"));
  EXPECT_EQ(call("ResetThing", {{"ProductKey", gateways_}, {"DeviceName", "hall"}}), "");
  EXPECT_EQ(gateway_of("lamp2"), "iot.device.QueryTopoRelationFailed");
}

TEST_F(ThingTopologyTest, AGatewayIsAskedWhenItIsThere) {
  const auto ask = [this](const std::string& list) {
    return call("NotifyAddThingTopo",
                {{"GwProductKey", gateways_}, {"GwDeviceName", "hall"}, {"DeviceListStr", list}});
  };
  const std::string lamp = R"([{"productKey":")" + lamps_ + R"(","deviceName":"lamp1"}])";
  EXPECT_EQ(ask("lamp1"), "iot.check.InvalidFormattedParameter");
  EXPECT_EQ(ask("[]"), "iot.check.InvalidFormattedParameter");
  EXPECT_EQ(ask(R"([{"deviceName":"lamp1"}])"), "iot.device.NotExistedDevice");
  EXPECT_EQ(ask(lamp), "iot.device.OfflineDevice");
  platform_.registry.set_online(id_of(gateways_, "hall"), platform_.clock.now(), "");
  EXPECT_EQ(ask(lamp), "");
  EXPECT_NE(answer_.data("MessageId").as_string(), "");
  EXPECT_EQ(call("NotifyAddThingTopo", {{"GwIotId", "nobody"}, {"DeviceListStr", lamp}}),
            "iot.device.NotExistedDevice");
}

}  // namespace
}  // namespace herald::api
