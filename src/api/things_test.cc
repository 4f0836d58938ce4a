#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "api/testing.h"
#include "base/wait_for.h"
#include "thing/testing.h"

// What owners see of what devices report, and how commands are refused. A device is simulated by
// what the platform would have kept of it.
namespace herald::api {
namespace {

using testing::Answer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Pairs;
using testing::TestPlatform;

class ThingsTest : public ::testing::Test {
 protected:
  ThingsTest() {
    product_ = platform_
                   .call("CreateProduct", {{"ProductName", "Lamps"},
                                           {"NodeType", "0"},
                                           {"AliyunCommodityCode", "iothub_senior"}})
                   .text("ProductKey");
    platform_.make_device(product_, "lamp1");
    lamp_ = platform_.registry.device_id(ProductKey::parse(product_).value(), "lamp1").value();
    EXPECT_EQ(call("ImportThingModelTsl", {{"TslStr", std::string(thing::testing::lamp_tsl)}}), "");
    EXPECT_EQ(call("PublishThingModel", {}), "");
  }

  // The code; empty: it succeeded.
  std::string call(const std::string& action, Pairs params) {
    params.emplace_back("ProductKey", product_);
    answer_ = platform_.call(action, std::move(params));
    return answer_.code();
  }
  std::string of_lamp(const std::string& action, Pairs params) {
    params.emplace_back("DeviceName", "lamp1");
    return call(action, std::move(params));
  }
  void keep(std::string identifier, int at_ms, std::string value,
            ThingStream stream = ThingStream::properties) {
    EXPECT_TRUE(wait_for<void>([&](auto done) {
      platform_.thing_use.history.keep(
          {{.device = lamp_,
            .identifier = std::move(identifier),
            .place = {.time = platform_.clock.now() + Milliseconds(at_ms), .stream = stream},
            .value = std::move(value)}},
          std::move(done));
    }));
  }
  // The members of a list in Data.List, by one of their names.
  std::vector<std::string> listed(std::string_view list, std::string_view member) const {
    std::vector<std::string> all;
    for (const auto& each : answer_.body.at("Data").at("List").at(list).as_array()) {
      const auto* value = each.as_object().if_contains(member);
      all.push_back(value == nullptr     ? "-"
                    : value->is_string() ? std::string(value->as_string())
                                         : boost::json::serialize(*value));
    }
    return all;
  }
  Pairs range(const std::string& size, const std::string& ascending, int from_ms = 0,
              int to_ms = 1'000) const {
    const auto at = [&](int ms) {
      return std::to_string(millis(platform_.clock.now() + Milliseconds(ms)));
    };
    return {
        {"StartTime", at(from_ms)}, {"EndTime", at(to_ms)}, {"PageSize", size}, {"Asc", ascending}};
  }
  static Pairs with(Pairs params, Pairs more) {
    params.insert(params.end(), more.begin(), more.end());
    return params;
  }
  const boost::json::object& data() const { return answer_.body.at("Data").as_object(); }

  TestPlatform platform_;
  std::string product_;
  DeviceId lamp_;
  Answer answer_;
};

TEST_F(ThingsTest, StatusHasEveryPropertyOfTheModelInItsOrder) {
  keep("Level", 1, "30");
  EXPECT_EQ(of_lamp("QueryDevicePropertyStatus", {}), "");
  EXPECT_THAT(listed("PropertyStatusInfo", "Identifier"),
              ElementsAre("Power", "Level", "Temperature", "Energy", "Mode", "Label", "Installed",
                          "Position", "Curve", "Stops"));
  EXPECT_EQ(listed("PropertyStatusInfo", "Value")[1], "30");
  EXPECT_EQ(listed("PropertyStatusInfo", "Unit")[1], "%");
  EXPECT_EQ(listed("PropertyStatusInfo", "Value")[0], "-");
  EXPECT_EQ(of_lamp("QueryDevicePropertyStatus", {{"FunctionBlockId", "none"}}),
            "iot.prod.QueryProductAbilitiesNotFound");
}

TEST_F(ThingsTest, APropertysHistoryIsPagedByTime) {
  for (int i = 0; i < 5; ++i) keep("Level", i, std::to_string(i));
  const auto page = [&](Pairs params) {
    return of_lamp("QueryDevicePropertyData", with(std::move(params), {{"Identifier", "Level"}}));
  };
  EXPECT_EQ(page(range("2", "1")), "");
  EXPECT_THAT(listed("PropertyInfo", "Value"), ElementsAre("0", "1"));
  EXPECT_TRUE(data().at("NextValid").as_bool());
  EXPECT_EQ(data().at("NextTime").as_int64(), millis(platform_.clock.now()) + 2);
  EXPECT_EQ(page(range("3", "0")), "");
  EXPECT_THAT(listed("PropertyInfo", "Value"), ElementsAre("4", "3", "2"));
  EXPECT_EQ(page(range("3", "0", 0, 1)), "");
  EXPECT_THAT(listed("PropertyInfo", "Value"), ElementsAre("1", "0"));
  EXPECT_FALSE(data().at("NextValid").as_bool());
  EXPECT_EQ(page(range("3", "0", 5, 4)), "iot.system.IllegalRequest");
  EXPECT_EQ(of_lamp("QueryDevicePropertyData", with(range("1", "1"), {{"Identifier", "None"}})),
            "iot.prod.QueryPropertyNotFound");
}

TEST_F(ThingsTest, SeveralPropertiesHaveAPageEach) {
  for (int i = 0; i < 3; ++i) keep("Level", i, std::to_string(i));
  keep("Power", 2, "1");
  EXPECT_EQ(of_lamp("QueryDevicePropertiesData",
                    with(range("2", "0", 1'000, 0),
                         {{"Identifier.1", "Level"}, {"Identifier.2", "Power"}})),
            "");
  const auto& infos = answer_.body.at("PropertyDataInfos").at("PropertyDataInfo").as_array();
  ASSERT_EQ(infos.size(), 2u);
  EXPECT_EQ(boost::json::serialize(infos[0].at("List").at("PropertyInfo").at(0).at("Value")),
            "\"2\"");
  EXPECT_EQ(infos[0].at("List").at("PropertyInfo").as_array().size(), 2u);
  EXPECT_EQ(infos[1].at("List").at("PropertyInfo").as_array().size(), 1u);
  EXPECT_TRUE(answer_.body.at("NextValid").as_bool());
  EXPECT_EQ(answer_.body.at("NextTime").as_int64(), millis(platform_.clock.now()));
}

TEST_F(ThingsTest, EventsAreFoundByTypeAndIdentifier) {
  keep("Broken", 1, R"({"Part":"a"})", ThingStream::events);
  const auto events = [&](Pairs more) {
    EXPECT_EQ(of_lamp("QueryDeviceEventData", with(range("10", "1"), std::move(more))), "");
    return listed("EventInfo", "OutputData");
  };
  EXPECT_THAT(events({}), ElementsAre(R"({"Part":"a"})"));
  EXPECT_THAT(listed("EventInfo", "EventType"), ElementsAre("error"));
  EXPECT_THAT(events({{"EventType", "error"}}), ElementsAre(R"({"Part":"a"})"));
  EXPECT_THAT(events({{"EventType", "info"}}), IsEmpty());
  EXPECT_THAT(events({{"EventType", "info"}, {"Identifier", "Broken"}}), IsEmpty());
  EXPECT_THAT(events({{"Identifier", "Broken"}}), ElementsAre(R"({"Part":"a"})"));
}

TEST_F(ThingsTest, OriginalDataHasWhatDoesNotFitToo) {
  keep("Level", 1, "30");
  keep("Level", 2, "much", ThingStream::unchecked_properties);
  keep("Junk", 3, "x", ThingStream::unchecked_properties);
  EXPECT_EQ(
      of_lamp("QueryDeviceOriginalPropertyData", with(range("1", "1"), {{"Identifier", "Level"}})),
      "");
  EXPECT_THAT(listed("PropertyInfo", "Value"), ElementsAre("30"));
  const std::string token(data().at("nextPageToken").as_string());
  EXPECT_EQ(of_lamp("QueryDeviceOriginalPropertyData",
                    with(range("1", "1"), {{"Identifier", "Level"}, {"NextPageToken", token}})),
            "");
  EXPECT_THAT(listed("PropertyInfo", "Value"), ElementsAre("much"));
  EXPECT_FALSE(data().at("NextValid").as_bool());
  EXPECT_EQ(of_lamp("QueryDeviceOriginalPropertyStatus", {{"PageSize", "1"}, {"Asc", "0"}}), "");
  EXPECT_THAT(listed("PropertyStatusDataInfo", "Identifier"), ElementsAre("Junk"));
  EXPECT_EQ(of_lamp("QueryDeviceOriginalPropertyStatus",
                    {{"PageSize", "1"},
                     {"Asc", "0"},
                     {"NextPageToken", std::string(data().at("NextPageToken").as_string())}}),
            "");
  EXPECT_THAT(listed("PropertyStatusDataInfo", "Value"), ElementsAre("much"));
  EXPECT_FALSE(data().at("NextValid").as_bool());
  for (const char* bad : {"x", "1", "1-2", "1-2-9", "1-2-", "-", "99999999999999999999-0-1"}) {
    EXPECT_EQ(of_lamp("QueryDeviceOriginalPropertyData",
                      with(range("1", "1"), {{"Identifier", "Level"}, {"NextPageToken", bad}})),
              "iot.system.IllegalRequest")
        << bad;
  }
}

TEST_F(ThingsTest, CommandsAreRefusedBeforeADeviceHearsOfThem) {
  const auto set = [&](const std::string& items) {
    return of_lamp("SetDeviceProperty", {{"Items", items}});
  };
  EXPECT_EQ(set("{"), "iot.check.InvalidFormattedParameter");
  EXPECT_EQ(set(R"({"None":1})"), "iot.prod.QueryPropertyNotFound");
  EXPECT_EQ(set(R"({"Temperature":1.5})"), "iot.device.CanNotSetReadOnlyProperty");
  EXPECT_EQ(set(R"({"Power":"on"})"), "iot.device.SetDevicePropertyFailed");
  EXPECT_EQ(set(R"({"Power":1})"), "iot.device.InactiveDevice");
  platform_.registry.set_online(lamp_, platform_.clock.now(), "");
  platform_.registry.set_offline(lamp_, platform_.clock.now());
  EXPECT_EQ(set(R"({"Power":1})"), "iot.device.OfflineDevice");
  EXPECT_EQ(of_lamp("SetDeviceProperty", {{"Items", R"({"Power":1})"}, {"Qos", "1"}}), "");
  EXPECT_EQ(of_lamp("InvokeThingService", {{"Identifier", "None"}, {"Args", "{}"}}),
            "iot.prod.QueryProductAbilitiesNotFound");
  EXPECT_EQ(of_lamp("InvokeThingService", {{"Identifier", "Dim"}, {"Args", "{}"}}),
            "iot.device.InvokeThingServiceFailed");
  EXPECT_EQ(
      call("InvokeThingsService",
           {{"DeviceName.1", "lamp1"}, {"Identifier", "Dim"}, {"Args", R"({"To":1,"Slowly":0})"}}),
      "iot.device.InvokeThingServiceFailed");
  EXPECT_EQ(call("SetDevicesProperty", {{"DeviceName.1", "none"}, {"Items", R"({"Power":1})"}}),
            "iot.device.NotExistedDevice");
  EXPECT_EQ(call("SetDevicesProperty", {{"DeviceName.1", "lamp1"}, {"Items", R"({"Power":1})"}}),
            "");
  EXPECT_EQ(of_lamp("DisableThing", {}), "");
  EXPECT_EQ(set(R"({"Power":1})"), "iot.device.DeviceIsDisable");
}

TEST_F(ThingsTest, DesiredPropertiesHaveVersions) {
  const auto set = [&](const std::string& items, const std::string& versions) {
    return of_lamp("SetDeviceDesiredProperty", {{"Items", items}, {"Versions", versions}});
  };
  EXPECT_EQ(set(R"({"Power":1,"Label":"hall"})", R"({"Power":0})"), "");
  EXPECT_EQ(data().at("Versions").as_string(), R"({"Label":1,"Power":1})");
  EXPECT_EQ(set(R"({"Power":0})", R"({"Power":0})"), "iot.device.SetDevicePropertyFailed");
  EXPECT_EQ(set(R"({"Power":0})", R"({"Power":"x"})"), "iot.check.InvalidFormattedParameter");
  EXPECT_EQ(set(R"({"Temperature":1.0})", "{}"), "iot.device.CanNotSetReadOnlyProperty");
  EXPECT_EQ(of_lamp("QueryDeviceDesiredProperty", {}), "");
  EXPECT_THAT(listed("DesiredPropertyInfo", "Value"), ElementsAre("hall", "1"));
  EXPECT_THAT(listed("DesiredPropertyInfo", "DataType"), ElementsAre("text", "bool"));
  EXPECT_EQ(of_lamp("ClearDeviceDesiredProperty", {{"Identifies.1", "Label"}}), "");
  EXPECT_EQ(data().at("Versions").as_string(), R"({"Label":2})");
  EXPECT_EQ(set(R"({"Power":null})", "{}"), "");
  EXPECT_EQ(of_lamp("QueryDeviceDesiredProperty", {{"Identifier.1", "Power"}}), "");
  EXPECT_THAT(listed("DesiredPropertyInfo", "Value"), ElementsAre("-"));
  EXPECT_THAT(listed("DesiredPropertyInfo", "Version"), ElementsAre("2"));
}

TEST_F(ThingsTest, WithoutAPublishedModelThereIsNothingToUse) {
  const std::string bare = platform_.make_product("Bare");
  platform_.make_device(bare, "lamp9");
  const Answer answer =
      platform_.call("SetDeviceProperty",
                     {{"ProductKey", bare}, {"DeviceName", "lamp9"}, {"Items", R"({"Power":1})"}});
  EXPECT_EQ(answer.code(), "iot.prod.QueryProductAbilitiesNotFound");
}

}  // namespace
}  // namespace herald::api
