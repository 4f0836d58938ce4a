#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "api/testing.h"

namespace herald::api {
namespace {

using testing::Answer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Pairs;
using testing::TestPlatform;

class DeviceGroupOperationsTest : public ::testing::Test {
 protected:
  DeviceGroupOperationsTest() : product_(platform_.make_product("Lamps")) {}

  // A second passes before each call: quotas begin anew, and groups differ in age.
  Answer call(const std::string& action, Pairs params, const AccessKey* key = nullptr) {
    platform_.clock.advance(std::chrono::seconds(1));
    return platform_.call(action, std::move(params), key);
  }
  std::string code(const std::string& action, Pairs params) {
    return call(action, std::move(params)).code();
  }
  std::string create(const std::string& name, const std::string& parent = "") {
    const Answer made = call("CreateDeviceGroup", {{"GroupName", name}, {"SuperGroupId", parent}});
    EXPECT_EQ(made.code(), "");
    return std::string(made.data("GroupId").as_string());
  }
  Answer relate(const std::string& action, const std::string& group,
                const std::vector<std::string>& devices) {
    Pairs params{{"GroupId", group}};
    for (std::size_t i = 0; i < devices.size(); ++i) {
      const std::string place = "Device." + std::to_string(i + 1);
      params.emplace_back(place + ".ProductKey", product_);
      params.emplace_back(place + ".DeviceName", devices[i]);
    }
    return call(action, std::move(params));
  }
  // The texts of one member of each entry of a list.
  static std::vector<std::string> each(const boost::json::value& list, const char* member) {
    std::vector<std::string> texts;
    for (const auto& entry : list.as_array()) texts.emplace_back(entry.at(member).as_string());
    return texts;
  }
  std::vector<std::string> groups(Pairs filter = {}) {
    return each(call("QueryDeviceGroupList", std::move(filter)).data("GroupInfo"), "GroupName");
  }
  std::vector<std::string> devices(const std::string& group) {
    return each(call("QueryDeviceListByDeviceGroup", {{"GroupId", group}}).data("SimpleDeviceInfo"),
                "DeviceName");
  }

  TestPlatform platform_;
  std::string product_;
};

TEST_F(DeviceGroupOperationsTest, CreateDeviceGroup) {
  const Answer made =
      call("CreateDeviceGroup", {{"GroupName", "中文_1"}, {"GroupDesc", "all lamps"}});
  EXPECT_EQ(made.code(), "");
  EXPECT_EQ(made.data("GroupName").as_string(), "中文_1");
  EXPECT_EQ(made.data("GroupDesc").as_string(), "all lamps");
  EXPECT_EQ(made.data("UtcCreate").as_string(), "2024-05-20T12:00:01.000Z");
  EXPECT_EQ(made.data("GroupId").as_string().size(), 16u);
  EXPECT_EQ(code("CreateDeviceGroup", {{"GroupName", "中文_1"}}), "iot.group.GroupNameExisted");
  EXPECT_EQ(code("CreateDeviceGroup", {}), "MissingGroupName");
  for (const std::string& name : {std::string("abc"), std::string("a b c"), std::string(31, 'a')}) {
    EXPECT_EQ(code("CreateDeviceGroup", {{"GroupName", name}}), "iot.group.InvalidGroupName");
  }
  EXPECT_EQ(
      code("CreateDeviceGroup", {{"GroupName", "long"}, {"GroupDesc", std::string(101, 'a')}}),
      "iot.group.LongGroupDescError");
}

TEST_F(DeviceGroupOperationsTest, GroupsAreInGroups) {
  const std::string house = create("house");
  const std::string floor = create("floor", house);
  const std::string hall = create("hall", floor);
  const auto into = [&](const std::string& parent) {
    return code("CreateDeviceGroup", {{"GroupName", "lamp"}, {"SuperGroupId", parent}});
  };
  EXPECT_EQ(into(hall), "iot.group.SuperGroupUnsupport");
  EXPECT_EQ(into("unknown"), "iot.group.NotExistedGroup");
  const Answer parent = call("QuerySuperDeviceGroup", {{"GroupId", hall}});
  EXPECT_THAT(each(parent.data("GroupInfo"), "GroupId"), ElementsAre(floor));
  const Answer none = call("QuerySuperDeviceGroup", {{"GroupId", house}});
  EXPECT_THAT(none.data("GroupInfo").as_array(), IsEmpty());
  EXPECT_EQ(code("DeleteDeviceGroup", {{"GroupId", floor}}), "iot.group.DeleteGroupFailed");
  EXPECT_EQ(code("DeleteDeviceGroup", {{"GroupId", hall}}), "");
  EXPECT_EQ(code("DeleteDeviceGroup", {{"GroupId", floor}}), "");
  EXPECT_THAT(groups(), ElementsAre("house"));
}

TEST_F(DeviceGroupOperationsTest, AGroupThatIsNotNamedOrNotThere) {
  for (const char* action :
       {"UpdateDeviceGroup", "DeleteDeviceGroup", "QueryDeviceGroupInfo", "SetDeviceGroupTags",
        "QueryDeviceGroupTagList", "QuerySuperDeviceGroup", "QueryDeviceListByDeviceGroup",
        "BatchAddDeviceGroupRelations", "BatchDeleteDeviceGroupRelations"}) {
    EXPECT_EQ(code(action, {}), "MissingGroupId") << action;
    EXPECT_EQ(code(action, {{"GroupId", ""}}), "iot.group.NullGroupId") << action;
    EXPECT_EQ(code(action, {{"GroupId", "unknown"}}), "iot.group.NotExistedGroup") << action;
  }
}

TEST_F(DeviceGroupOperationsTest, ThereAreNoDynamicGroups) {
  const std::string house = create("house");
  for (const char* action : {"UpdateDeviceGroup", "QueryDeviceGroupInfo", "SetDeviceGroupTags",
                             "QueryDeviceGroupTagList"}) {
    EXPECT_EQ(code(action, {{"GroupId", house}, {"GroupType", "LINK_PLATFORM_DYNAMIC"}}),
              "InvalidGroupType")
        << action;
  }
  EXPECT_THAT(groups({{"GroupTypes.1", "LINK_PLATFORM_DYNAMIC"}}), IsEmpty());
  EXPECT_EQ(code("QueryDeviceGroupList", {{"GroupTypes.1", "OTHER"}}), "InvalidGroupTypes");
}

TEST_F(DeviceGroupOperationsTest, UpdateDeviceGroup) {
  const std::string house = create("house");
  const auto description = [&] {
    return call("QueryDeviceGroupInfo", {{"GroupId", house}}).data("GroupDesc");
  };
  EXPECT_EQ(code("UpdateDeviceGroup", {{"GroupId", house}, {"GroupDesc", "mine"}}), "");
  EXPECT_EQ(code("UpdateDeviceGroup", {{"GroupId", house}}), "");
  EXPECT_EQ(description(), "mine");
  EXPECT_EQ(code("UpdateDeviceGroup", {{"GroupId", house}, {"GroupDesc", std::string(101, 'a')}}),
            "iot.group.LongGroupDescError");
}

TEST_F(DeviceGroupOperationsTest, QueryDeviceGroupList) {
  const std::string house = create("house");
  create("floor", house);
  create("garden");
  EXPECT_THAT(groups(), ElementsAre("garden", "floor", "house"));
  EXPECT_THAT(groups({{"SuperGroupId", house}}), ElementsAre("floor"));
  EXPECT_THAT(groups({{"GroupName", "house"}}), ElementsAre("house"));
  EXPECT_THAT(groups({{"GroupName", "hous"}}), IsEmpty());
  const Answer page = call("QueryDeviceGroupList", {{"PageSize", "2"}, {"CurrentPage", "2"}});
  EXPECT_THAT(each(page.data("GroupInfo"), "GroupName"), ElementsAre("house"));
  EXPECT_EQ(page.body.at("Total").as_int64(), 3);
  EXPECT_EQ(page.body.at("PageCount").as_int64(), 2);
  EXPECT_EQ(page.body.at("CurrentPage").as_int64(), 2);
  EXPECT_EQ(code("QueryDeviceGroupList", {{"PageSize", "201"}}), "iot.common.InvalidPageParams");
  EXPECT_EQ(code("QueryDeviceGroupList", {{"SuperGroupId", "x"}}), "iot.group.NotExistedGroup");
}

TEST_F(DeviceGroupOperationsTest, DevicesJoinAndLeaveGroups) {
  const std::string house = create("house");
  for (const char* name : {"lamp1", "lamp2", "lamp3"}) platform_.make_device(product_, name);
  const Answer added = relate("BatchAddDeviceGroupRelations", house,
                              {"lamp1", "lamp3", "lamp3", "lamp9", "bad name"});
  EXPECT_EQ(added.code(), "");
  EXPECT_EQ(added.body.at("ValidDeviceCount").as_int64(), 2);
  EXPECT_EQ(added.body.at("SuccessAddedDeviceCount").as_int64(), 2);
  EXPECT_EQ(added.body.at("AlreadyRelatedGroupDeviceCount").as_int64(), 0);
  EXPECT_EQ(added.body.at("ExceedTenGroupDeviceCount").as_int64(), 0);
  EXPECT_NE(added.text("ErrorMessage"), "");
  const Answer again = relate("BatchAddDeviceGroupRelations", house, {"lamp1", "lamp2"});
  EXPECT_EQ(again.body.at("SuccessAddedDeviceCount").as_int64(), 1);
  EXPECT_EQ(again.body.at("AlreadyRelatedGroupDeviceCount").as_int64(), 1);
  EXPECT_THAT(devices(house), ElementsAre("lamp3", "lamp2", "lamp1"));
  const Answer of_device =
      call("QueryDeviceGroupByDevice", {{"ProductKey", product_}, {"DeviceName", "lamp1"}});
  EXPECT_THAT(each(of_device.body.at("GroupInfos").at("GroupInfo"), "GroupId"), ElementsAre(house));
  const Answer removed = relate("BatchDeleteDeviceGroupRelations", house, {"lamp1", "lamp9"});
  EXPECT_EQ(removed.body.at("ValidDeviceCount").as_int64(), 1);
  EXPECT_EQ(removed.body.at("AlreadyRelatedGroupDeviceCount").as_int64(), 1);
  EXPECT_EQ(removed.body.at("SuccessDeviceCount").as_int64(), 1);
  EXPECT_THAT(devices(house), ElementsAre("lamp3", "lamp2"));
}

TEST_F(DeviceGroupOperationsTest, RelationsNameTheirDevices) {
  const std::string house = create("house");
  EXPECT_EQ(relate("BatchAddDeviceGroupRelations", house, {}).code(),
            "iot.device.NoneDeviceNameElement");
  EXPECT_EQ(
      code("BatchAddDeviceGroupRelations", {{"GroupId", house}, {"Device.1.DeviceName", "lamp1"}}),
      "iot.prod.NullProductKey");
  EXPECT_EQ(
      code("BatchAddDeviceGroupRelations", {{"GroupId", house}, {"Device.1.ProductKey", product_}}),
      "iot.device.NullDeviceName");
  EXPECT_EQ(
      relate("BatchAddDeviceGroupRelations", house, std::vector<std::string>(201, "lamp")).code(),
      "InvalidDevice");
  EXPECT_EQ(code("QueryDeviceGroupByDevice", {{"ProductKey", product_}, {"DeviceName", "lamp9"}}),
            "iot.device.NotExistedDevice");
}

TEST_F(DeviceGroupOperationsTest, ADeviceIsInTenGroups) {
  platform_.make_device(product_, "lamp1");
  for (int i = 0; i < 10; ++i) {
    const std::string group = create("group" + std::to_string(i));
    EXPECT_EQ(
        relate("BatchAddDeviceGroupRelations", group, {"lamp1"}).body.at("SuccessAddedDeviceCount"),
        1);
  }
  const Answer more = relate("BatchAddDeviceGroupRelations", create("more"), {"lamp1"});
  EXPECT_EQ(more.body.at("ExceedTenGroupDeviceCount").as_int64(), 1);
  EXPECT_EQ(more.body.at("SuccessAddedDeviceCount").as_int64(), 0);
}

TEST_F(DeviceGroupOperationsTest, DeletedDevicesAreInNoGroup) {
  const std::string house = create("house");
  for (const char* name : {"lamp1", "lamp2"}) platform_.make_device(product_, name);
  relate("BatchAddDeviceGroupRelations", house, {"lamp1", "lamp2"});
  EXPECT_EQ(code("DeleteDevice", {{"ProductKey", product_}, {"DeviceName", "lamp1"}}), "");
  EXPECT_THAT(devices(house), ElementsAre("lamp2"));
  platform_.make_device(product_, "lamp1");
  EXPECT_THAT(devices(house), ElementsAre("lamp2"));
  EXPECT_EQ(code("DeleteProduct", {{"ProductKey", product_}}), "");
  EXPECT_THAT(devices(house), IsEmpty());
}

TEST_F(DeviceGroupOperationsTest, CountsFollowTheConnection) {
  const std::string house = create("house");
  for (const char* name : {"lamp1", "lamp2", "lamp3"}) platform_.make_device(product_, name);
  relate("BatchAddDeviceGroupRelations", house, {"lamp1", "lamp2"});
  const ProductKey key = ProductKey::parse(product_).value();
  for (const char* name : {"lamp2", "lamp3"}) {
    platform_.registry.set_online(*platform_.registry.device_id(key, name), platform_.clock.now(),
                                  "");
  }
  const Answer info = call("QueryDeviceGroupInfo", {{"GroupId", house}});
  EXPECT_EQ(info.data("DeviceCount").as_int64(), 2);
  EXPECT_EQ(info.data("DeviceActive").as_int64(), 1);
  EXPECT_EQ(info.data("DeviceOnline").as_int64(), 1);
  const std::string other = platform_.make_product("Other");
  const auto count = [&](Pairs params) {
    return call("QueryDeviceStatistics", std::move(params)).data("deviceCount");
  };
  EXPECT_EQ(count({}), 3);
  EXPECT_EQ(count({{"GroupId", house}}), 2);
  EXPECT_EQ(count({{"GroupId", house}, {"ProductKey", product_}}), 2);
  EXPECT_EQ(count({{"GroupId", house}, {"ProductKey", other}}), 0);
  EXPECT_EQ(code("QueryDeviceStatistics", {{"GroupId", "x"}}), "iot.group.NotExistedGroup");
}

TEST_F(DeviceGroupOperationsTest, TagsReplaceThoseBefore) {
  const std::string house = create("house");
  const auto set = [&](const std::string& tags) {
    return code("SetDeviceGroupTags", {{"GroupId", house}, {"TagString", tags}});
  };
  const auto keys = [&] {
    return each(call("QueryDeviceGroupTagList", {{"GroupId", house}}).data("GroupTagInfo"),
                "TagKey");
  };
  EXPECT_EQ(set(R"([{"tagKey":"room","tagValue":"hall"},{"tagKey":"floor","tagValue":"2"}])"), "");
  EXPECT_THAT(keys(), ElementsAre("room", "floor"));
  EXPECT_EQ(set(R"([{"tagKey":"floor","tagValue":"3"}])"), "");
  EXPECT_THAT(keys(), ElementsAre("floor"));
  for (const char* bad :
       {"x", "{}", "[1]", R"([{"tagKey":"a"}])", R"([{"tagKey":"a","tagValue":1}])",
        R"([{"tagKey":"a b","tagValue":"x"}])", R"([{"tagKey":"a","tagValue":""}])",
        R"([{"tagKey":"a","tagValue":"x"},{"tagKey":"a","tagValue":"y"}])"}) {
    EXPECT_EQ(set(bad), "iot.check.InvalidFormattedParameter") << bad;
  }
  EXPECT_THAT(keys(), ElementsAre("floor"));
  EXPECT_EQ(set(""), "");
  EXPECT_THAT(keys(), IsEmpty());
}

TEST_F(DeviceGroupOperationsTest, AHundredTagsFit) {
  const std::string house = create("house");
  const auto set = [&](int count) {
    boost::json::array tags;
    for (int i = 0; i < count; ++i) {
      tags.push_back({{"tagKey", "key" + std::to_string(i)}, {"tagValue", "x"}});
    }
    return code("SetDeviceGroupTags",
                {{"GroupId", house}, {"TagString", boost::json::serialize(tags)}});
  };
  EXPECT_EQ(set(100), "");
  EXPECT_EQ(set(101), "iot.check.InvalidFormattedParameter");
}

TEST_F(DeviceGroupOperationsTest, GroupsAreFoundByAllOfTheirTags) {
  const std::string house = create("house");
  const std::string floor = create("floor");
  for (const auto& [group, tags] :
       {std::pair(house, R"([{"tagKey":"a","tagValue":"1"}])"),
        std::pair(floor, R"([{"tagKey":"a","tagValue":"1"},{"tagKey":"b","tagValue":"2"}])")}) {
    EXPECT_EQ(code("SetDeviceGroupTags", {{"GroupId", group}, {"TagString", tags}}), "");
  }
  const auto found = [&](Pairs params) {
    return each(call("QueryDeviceGroupByTags", std::move(params)).data("DeviceGroup"), "GroupId");
  };
  EXPECT_THAT(found({{"Tag.1.TagKey", "a"}, {"Tag.1.TagValue", "1"}}), ElementsAre(floor, house));
  EXPECT_THAT(found({{"Tag.1.TagKey", "a"},
                     {"Tag.1.TagValue", "1"},
                     {"Tag.2.TagKey", "b"},
                     {"Tag.2.TagValue", "2"}}),
              ElementsAre(floor));
  EXPECT_THAT(found({{"Tag.1.TagKey", "a"}, {"Tag.1.TagValue", "2"}}), IsEmpty());
}

TEST_F(DeviceGroupOperationsTest, OfOtherAccountsAndInstancesDoNotExist) {
  const std::string house = create("house");
  platform_.make_device(product_, "lamp1");
  Registry::NewAccount other;
  platform_.registry.create_account("other", [&](auto made) { other = std::move(made.value()); });
  platform_.registry.restore(Instance{.id = {}, .account = other.account.id});
  EXPECT_EQ(call("QueryDeviceGroupInfo", {{"GroupId", house}}, &other.key).code(),
            "iot.group.NotExistedGroup");
  EXPECT_EQ(platform_.call_in_instance("QueryDeviceGroupInfo", {{"GroupId", house}}).code(),
            "iot.group.NotExistedGroup");
  // The same name is free there, and a device from here does not exist there.
  const Answer there = platform_.call_in_instance("CreateDeviceGroup", {{"GroupName", "house"}});
  EXPECT_EQ(there.code(), "");
  const Answer added = platform_.call_in_instance(
      "BatchAddDeviceGroupRelations", {{"GroupId", std::string(there.data("GroupId").as_string())},
                                       {"Device.1.ProductKey", product_},
                                       {"Device.1.DeviceName", "lamp1"}});
  EXPECT_EQ(added.body.at("ValidDeviceCount").as_int64(), 0);
  EXPECT_EQ(
      platform_
          .call_in_instance("CreateDeviceGroup", {{"GroupName", "inner"}, {"SuperGroupId", house}})
          .code(),
      "iot.group.NotExistedGroup");
}

}  // namespace
}  // namespace herald::api
