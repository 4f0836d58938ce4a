#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <map>

#include "api/operations.h"
#include "api/testing.h"

// Nobody sees or touches what is not theirs, by any operation: each is called with the names of
// another account's things.
namespace herald::api {
namespace {

using testing::Answer;
using testing::Pairs;
using testing::TestPlatform;

class TenantsTest : public ::testing::Test {
 protected:
  TenantsTest() {
    must("CreateProductTopic", {{"TopicShortName", "mine"}, {"Operation", "ALL"}});
    const Answer device = must("RegisterDevice", {{"DeviceName", "lamp_1"}, {"Nickname", "owned"}});
    names_["DeviceName"] = "lamp_1";
    names_["IotId"] = device.data("IotId").as_string();
    secrets_.emplace_back(device.data("DeviceSecret").as_string());
    secrets_.emplace_back(must("QueryProduct", {}).data("ProductSecret").as_string());
    must("SaveDeviceProp", {{"DeviceName", "lamp_1"}, {"Props", R"({"room":"hall"})"}});
    must("CreateProductTags", {{"ProductTag.1.TagKey", "room"}, {"ProductTag.1.TagValue", "hall"}});
    names_["TopicId"] =
        must("QueryProductTopic", {}).data("ProductTopicInfo").at(0).at("Id").as_string();
    const Answer application = must("BatchCheckDeviceNames", {{"DeviceName.1", "lamp_2"}});
    names_["ApplyId"] = std::to_string(application.data("ApplyId").as_int64());
    const Answer group = must("CreateDeviceGroup", {{"GroupName", "owned_group"}});
    names_["GroupId"] = names_["SuperGroupId"] = group.data("GroupId").as_string();
    secrets_.emplace_back("owned_group");
    must("SetDeviceGroupTags", {{"GroupId", names_["GroupId"]},
                                {"TagString", R"([{"tagKey":"room","tagValue":"room"}])"}});
    must("BatchAddDeviceGroupRelations", {{"GroupId", names_["GroupId"]},
                                          {"Device.1.ProductKey", product_},
                                          {"Device.1.DeviceName", "lamp_1"}});
    const std::string topic = "/" + product_ + "/lamp_1/user/mine";
    for (const char* name : {"Topic", "TopicFullName", "SrcTopic", "DstTopic"}) {
      names_[name] = topic;
    }
    const Answer published =
        must("Pub", {{"TopicFullName", topic}, {"MessageContent", "aGVsbG8="}});
    names_["MessageId"] = names_["UniMsgId"] = published.text("MessageId");
    names_["RequestId"] = published.text("RequestId");
    names_["UserName"] = "alice";
    names_["PolicyName"] = "publish";
    EXPECT_EQ(platform_.call("CreateUser", {{"UserName", "alice"}}).status, 200);
    EXPECT_EQ(
        platform_
            .call("CreatePolicy",
                  {{"PolicyName", "publish"},
                   {"PolicyDocument", R"({"Version":"1","Statement":[)"
                                      R"({"Effect":"Allow","Action":"iot:*","Resource":"*"}]})"}})
            .status,
        200);
    platform_.registry.create_account(
        "stranger", [this](Result<Registry::NewAccount> made) { stranger_ = made.value(); });
    platform_.registry.restore(Instance{.id = {}, .account = stranger_.account.id});
  }

  Answer must(const std::string& action, Pairs params) {
    params.emplace_back("ProductKey", product_);
    const Answer answer = platform_.call(action, std::move(params));
    EXPECT_EQ(answer.code(), "") << action;
    return answer;
  }

  // All parameters that name something of the owner's, and examples for what else is needed.
  Pairs params_of(const Operation& operation) const {
    Pairs params;
    for (const ParamInfo& info : operation.params) {
      const std::string name(info.name);
      const bool is_list = info.type.starts_with("List");
      const std::string place = is_list ? name + ".1" : name;
      for (const std::string_view member : info.members) {
        const auto known = names_.find(std::string(member));
        params.emplace_back(place + "." + std::string(member),
                            known != names_.end() ? known->second : "room");
      }
      if (!info.members.empty()) continue;
      if (const auto known = names_.find(name); known != names_.end()) {
        params.emplace_back(place, known->second);
      } else if (info.required) {
        params.emplace_back(
            place, std::string(info.allowed.empty() ? info.example : info.allowed.front()));
      }
    }
    return params;
  }

  // What the owner sees of what is theirs.
  std::string seen_by_owner() {
    std::string seen;
    for (const auto& [action, params] : std::vector<std::pair<std::string, Pairs>>{
             {"QueryProduct", {}},
             {"QueryProductTopic", {}},
             {"ListProductTags", {}},
             {"QueryDevice", {}},
             {"QueryDeviceDetail", {{"DeviceName", "lamp_1"}}},
             {"QueryDeviceProp", {{"DeviceName", "lamp_1"}}},
             {"QueryDeviceGroupList", {}},
             {"QueryDeviceGroupTagList", {{"GroupId", names_["GroupId"]}}},
             {"QueryDeviceListByDeviceGroup", {{"GroupId", names_["GroupId"]}}},
             {"GetUser", {{"UserName", "alice"}}},
             {"ListPoliciesForUser", {{"UserName", "alice"}}},
             {"ListAccessKeys", {{"UserName", "alice"}}},
             {"ListPolicies", {}}}) {
      Pairs all = params;
      all.emplace_back("ProductKey", product_);
      Answer answer = platform_.call(action, std::move(all));
      answer.body.erase("RequestId");
      seen += boost::json::serialize(answer.body) + "\n";
    }
    platform_.clock.advance(std::chrono::seconds(1));  // Quotas begin anew.
    return seen;
  }

  void expect_nothing(const Operation& operation, const AccessKey& key) {
    const std::string name(operation.name);
    const std::string before = seen_by_owner();
    const Answer answer = platform_.call(name, params_of(operation), &key);
    const std::string body = boost::json::serialize(answer.body);
    for (const std::string& secret : secrets_) {
      EXPECT_EQ(body.find(secret), body.npos) << name << ": " << body;
    }
    EXPECT_EQ(seen_by_owner(), before) << name;
  }

  TestPlatform platform_;
  std::string product_ = platform_.make_product("lamps");
  std::map<std::string, std::string> names_{{"ProductKey", product_}};
  std::vector<std::string> secrets_;
  Registry::NewAccount stranger_;
};

TEST_F(TenantsTest, AnotherAccountSeesAndChangesNothing) {
  for (const Operation& operation : platform_.gateway.operations()) {
    expect_nothing(operation, stranger_.key);
  }
}

TEST_F(TenantsTest, AUserWithoutPoliciesIsDeniedEverything) {
  const Answer made = platform_.call("CreateAccessKey", {{"UserName", "alice"}});
  const auto& key = made.body.at("AccessKey");
  const AccessKey alice{.id = std::string(key.at("AccessKeyId").as_string()),
                        .secret = std::string(key.at("AccessKeySecret").as_string())};
  for (const Operation& operation : platform_.gateway.operations()) {
    if (operation.family == Family::identity) continue;  // Who it is it may ask.
    const std::string name(operation.name);
    const std::string code = platform_.call(name, params_of(operation), &alice).code();
    EXPECT_EQ(code, operation.family == Family::access ? "NoPermission"
                                                       : "iot.common.RamActionPermissionDeny")
        << name;
    expect_nothing(operation, alice);
  }
}

}  // namespace
}  // namespace herald::api
