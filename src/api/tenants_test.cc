#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "api/errors.h"
#include "api/operations.h"
#include "api/testing.h"

// Nobody sees or touches what is not theirs, by any operation: each is called, by everybody who
// might try, with the names of an account's things.
namespace herald::api {
namespace {

using testing::Answer;
using testing::Pairs;
using testing::TestPlatform;

// Parameters, and members of them, that name nothing which somebody owns.
const std::set<std::string_view> plain{
    "AliyunCommodityCode",
    "AppKey",
    "Args",
    "Asc",
    "AssumeRolePolicyDocument",
    "AuthType",
    "CascadingDelete",
    "CategoryKey",
    "ClientId",
    "ClientToken",
    "Codec",
    "Comments",
    "ContentType",
    "CorrelationData",
    "Count",
    "CurrentPage",
    "DataFormat",
    "DeltaUpdate",
    "Desc",
    "Description",
    "DevEui",
    "DeviceNickname",
    "DisplayName",
    "DurationSeconds",
    "Email",
    "EnableDynamicRegistration",
    "EnableProxySubscribe",
    "EndTime",
    "EventType",
    "ExtInfo",
    "ExternalId",
    "GroupDesc",
    "GroupType",
    "GroupTypes",
    "Id2",
    "Items",
    "JoinEui",
    "JoinPermissionId",
    "Key",
    "LoraNodeType",
    "MFABindRequired",
    "MaxItems",
    "MaxSessionDuration",
    "MessageContent",
    "MessageExpiryInterval",
    "MobilePhone",
    "NetType",
    "NewAssumeRolePolicyDocument",
    "NewComments",
    "NewDescription",
    "NewDisplayName",
    "NewEmail",
    "NewMaxSessionDuration",
    "NewMobilePhone",
    "NewPassword",
    "NewUserName",
    "NextPageToken",
    "Nickname",
    "NodeType",
    "OldPassword",
    "Operation",
    "PageNo",
    "PageSize",
    "Password",
    "PasswordResetRequired",
    "PayloadFormatIndicator",
    "PinCode",
    "Policy",
    "PolicyDocument",
    "PolicyType",
    "Props",
    "ProtocolType",
    "PublishAuto",
    "Qos",
    "RegionId",
    "RequestBase64Byte",
    "ResourceGroupId",
    "Retained",
    "RoleSessionName",
    "ShadowMessage",
    "Sign",
    "SignMethod",
    "Simple",
    "SourceIdentity",
    "StartTime",
    "Status",
    "TagString",
    "TagValue",
    "ThingModelJson",
    "Timeout",
    "Timestamp",
    "TopicAlias",
    "TslStr",
    "TslUrl",
    "ValidateType",
    "Value",
    "Versions",
    "X509CertificateSha256",
};
class TenantsTest : public ::testing::Test {
 protected:
  // Who calls; the token is that of temporary credentials.
  struct Caller {
    AccessKey key;
    std::string token;
  };

  TenantsTest() {
    must("CreateProductTopic", {{"TopicShortName", "mine"}, {"Operation", "ALL"}});
    const Answer device =
        must("RegisterDevice", {{"DeviceName", "lamp_1"}, {"Nickname", "private_nickname"}});
    must("RegisterDevice", {{"DeviceName", "lamp_3"}});
    names_["DeviceName"] = "lamp_1";
    names_["IotId"] = device.data("IotId").as_string();
    hidden_.emplace_back(device.data("DeviceSecret").as_string());
    hidden_.emplace_back(must("QueryProduct", {}).data("ProductSecret").as_string());
    must("SaveDeviceProp", {{"DeviceName", "lamp_1"}, {"Props", R"({"room":"private_hall"})"}});
    must("UpdateDeviceShadow",
         {{"DeviceName", "lamp_1"},
          {"ShadowMessage",
           R"({"method":"update","state":{"desired":{"room":"private_hall"}},"version":1})"}});
    must("CreateProductTags",
         {{"ProductTag.1.TagKey", "room"}, {"ProductTag.1.TagValue", "private_hall"}});
    for (const char* name : {"TagKey", "PropKey", "ProductTagKey"}) names_[name] = "room";
    names_["NextToken"] = must("QueryDevice", {{"PageSize", "1"}}).text("NextToken");
    names_["TopicId"] =
        must("QueryProductTopic", {}).data("ProductTopicInfo").at(0).at("Id").as_string();
    const Answer application = must("BatchCheckDeviceNames", {{"DeviceName.1", "lamp_2"}});
    names_["ApplyId"] = std::to_string(application.data("ApplyId").as_int64());
    const Answer group =
        must("CreateDeviceGroup", {{"GroupName", "owned_group"}, {"GroupDesc", "private_group"}});
    names_["GroupName"] = "owned_group";
    names_["GroupId"] = names_["SuperGroupId"] = group.data("GroupId").as_string();
    hidden_.emplace_back("private_group");
    must("SetDeviceGroupTags", {{"GroupId", names_["GroupId"]},
                                {"TagString", R"([{"tagKey":"room","tagValue":"room"}])"}});
    must("BatchAddDeviceGroupRelations", {{"GroupId", names_["GroupId"]},
                                          {"Device.1.ProductKey", product_},
                                          {"Device.1.DeviceName", "lamp_1"}});
    const std::string topic = "/" + product_ + "/lamp_1/user/mine";
    for (const char* name : {"Topic", "TopicFullName", "SrcTopic", "DstTopic", "ResponseTopic"}) {
      names_[name] = topic;
    }
    names_["TopicShortName"] = "mine";
    for (const char* name : {"TopicTemplateName", "ResponseTopicTemplateName"}) {
      names_[name] = "/" + product_ + "/${deviceName}/user/mine";
    }
    const Answer published =
        must("Pub", {{"TopicFullName", topic}, {"MessageContent", "cHJpdmF0ZSBtZXNzYWdl"}});
    names_["MessageId"] = names_["UniMsgId"] = published.text("MessageId");
    names_["RequestId"] = published.text("RequestId");
    hidden_.insert(hidden_.end(),
                   {"private_nickname", "private_hall", "cHJpdmF0ZSBtZXNzYWdl", "private words"});
    names_["ProductName"] = "private_product";
    make_thing_model();
    make_gateway();
    make_identities();
    platform_.registry.create_account(
        "stranger", [this](Result<Registry::NewAccount> made) { stranger_ = made.value(); });
    platform_.registry.restore(Instance{.id = {}, .account = stranger_.account.id});
  }

  // To which the device belongs.
  void make_gateway() {
    const Answer product =
        must("CreateProduct", {{"ProductName", "private_gateways"}, {"NodeType", "1"}});
    const std::string key(product.data("ProductKey").as_string());
    const Answer gateway =
        platform_.call("RegisterDevice", {{"ProductKey", key}, {"DeviceName", "private_gateway"}});
    names_["GwProductKey"] = key;
    names_["GwDeviceName"] = "private_gateway";
    names_["GwIotId"] = gateway.data("IotId").as_string();
    names_["DeviceListStr"] = R"([{"productKey":")" + product_ + R"(","deviceName":"lamp_1"}])";
    const Registry& registry = platform_.registry;
    platform_.gateways.bind(*registry.device_by_iot_id(names_["GwIotId"])->device,
                            {registry.device_by_iot_id(names_["IotId"])->device->id},
                            Gateways::By::application, {},
                            [](const Result<void>& bound) { EXPECT_TRUE(bound); });
    hidden_.emplace_back(gateway.data("DeviceSecret").as_string());
  }

  void make_thing_model() {
    must("CreateThingModel", {{"ThingModelJson", R"({"events":[{"identifier":"Off",)"
                                                 R"("eventName":"private event",)"
                                                 R"("eventType":"INFO_EVENT_TYPE"}],)"
                                                 R"("properties":[{"identifier":"Room",)"
                                                 R"("name":"Room","rwFlag":"READ_WRITE",)"
                                                 R"("dataType":"TEXT","dataSpecs":)"
                                                 R"({"dataType":"TEXT","length":64}}]})"}});
    must("CreateThingModel",
         {{"FunctionBlockId", "strip"}, {"FunctionBlockName", "private block"}});
    must("PublishThingModel", {{"ModelVersion", "v1"}, {"Description", "private words"}});
    must("SetDeviceDesiredProperty",
         {{"DeviceName", "lamp_1"}, {"Items", R"({"Room":"private_hall"})"}, {"Versions", "{}"}});
    names_["Identifies"] = "Room";
    names_["SourceProductKey"] = names_["TargetProductKey"] = product_;
    names_["ModelVersion"] = names_["SourceModelVersion"] = "v1";
    names_["FunctionBlockId"] = "strip";
    names_["FunctionBlockName"] = "private block";
    names_["Identifier"] = names_["EventIdentifier"] = "Off";
    names_["PropertyIdentifier"] = names_["ServiceIdentifier"] = "Off";
    hidden_.insert(hidden_.end(), {"private event", "private block"});
  }

  // RAM of the owner.
  void make_identities() {
    names_["UserName"] = "alice";
    names_["PolicyName"] = "publish";
    names_["RoleName"] = "publisher";
    names_["RoleArn"] = arn_of(platform_.account.account.id, "role", "publisher");
    names_["Marker"] = "Custom/publish";
    of_ram("CreateUser", {{"UserName", "alice"}, {"Comments", "private words"}});
    of_ram("CreatePolicy", {{"PolicyName", "publish"},
                            {"Description", "private words"},
                            {"PolicyDocument", policy("iot:*")}});
    make_role(nullptr, "publisher", "");
    of_ram("CreateLoginProfile", {{"UserName", "alice"}, {"Password", "Private-1"}});
    alice_ = key_of(of_ram("CreateAccessKey", {{"UserName", "alice"}}));
    names_["UserAccessKeyId"] = alice_.key.id;
    hidden_.push_back(alice_.key.secret);
  }

  static std::string policy(const std::string& action) {
    return R"({"Version":"1","Statement":[{"Effect":"Allow","Action":")" + action +
           R"(","Resource":"*"}]})";
  }
  static Caller key_of(const Answer& made) {
    const auto& key = made.body.at("AccessKey");
    return {.key = {.id = std::string(key.at("AccessKeyId").as_string()),
                    .secret = std::string(key.at("AccessKeySecret").as_string())},
            .token = {}};
  }

  Answer must(const std::string& action, Pairs params) {
    params.emplace_back("ProductKey", product_);
    const Answer answer = platform_.call(action, std::move(params));
    EXPECT_EQ(answer.code(), "") << action;
    return answer;
  }
  // By the owner, or by whoever has the key.
  Answer of_ram(const std::string& action, Pairs params, const AccessKey* key = nullptr) {
    const Answer answer = platform_.call(action, std::move(params), key);
    EXPECT_EQ(answer.status, 200) << action << " " << boost::json::serialize(answer.body);
    return answer;
  }
  Answer call_as(const Caller& caller, const std::string& action, Pairs params) {
    if (!caller.token.empty()) params.emplace_back("SecurityToken", caller.token);
    return platform_.call(action, std::move(params), &caller.key);
  }

  AccountId account_of(const AccessKey* key) const {
    return key == nullptr ? platform_.account.account.id : stranger_.account.id;
  }
  // A role that its own account trusts.
  void make_role(const AccessKey* owner, const std::string& name, const std::string& policy_name) {
    of_ram("CreateRole",
           {{"RoleName", name},
            {"Description", owner == nullptr ? "private words" : "other words"},
            {"AssumeRolePolicyDocument",
             R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",)"
             R"("Principal":{"RAM":[")" +
                 arn_of(account_of(owner), "root", "") + R"("]}}]})"}},
           owner);
    if (policy_name.empty()) return;
    of_ram("AttachPolicyToRole",
           {{"RoleName", name}, {"PolicyType", "System"}, {"PolicyName", policy_name}}, owner);
  }
  // A new user who may do everything that its account may.
  Caller make_administrator(const AccessKey* owner) {
    of_ram("CreateUser", {{"UserName", "administrator"}}, owner);
    of_ram("AttachPolicyToUser",
           {{"UserName", "administrator"},
            {"PolicyType", "System"},
            {"PolicyName", "AdministratorAccess"}},
           owner);
    return key_of(of_ram("CreateAccessKey", {{"UserName", "administrator"}}, owner));
  }
  // Of a role of the same account.
  Caller assume(const Caller& user, const AccessKey* owner, const std::string& role,
                const std::string& narrow = "") {
    Pairs params{{"RoleArn", arn_of(account_of(owner), "role", role)}, {"RoleSessionName", "me"}};
    if (!narrow.empty()) params.emplace_back("Policy", narrow);
    const Answer made = call_as(user, "AssumeRole", std::move(params));
    EXPECT_EQ(made.status, 200) << boost::json::serialize(made.body);
    const auto& credentials = made.body.at("Credentials");
    return {.key = {.id = std::string(credentials.at("AccessKeyId").as_string()),
                    .secret = std::string(credentials.at("AccessKeySecret").as_string())},
            .token = std::string(credentials.at("SecurityToken").as_string())};
  }

  // All parameters that name something of the owner's, and examples for what else is needed.
  Pairs params_of(const Operation& operation) const {
    Pairs params;
    for (const ParamInfo& info : operation.params) {
      const std::string name(info.name);
      const bool is_list = info.type.starts_with("List");
      const std::string place = is_list ? name + ".1" : name;
      const bool fits = info.bounds.max > 0;
      for (const std::string_view member : info.members) {
        const auto known = names_.find(std::string(member));
        if (fits) {
          params.emplace_back(place + "." + std::string(member),
                              known != names_.end() ? known->second : "room");
        }
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
             {"QueryThingModel", {}},
             {"QueryThingModelPublished", {}},
             {"ListThingModelVersion", {}},
             {"QueryDevice", {}},
             {"QueryDeviceDetail", {{"DeviceName", "lamp_1"}}},
             {"QueryDeviceProp", {{"DeviceName", "lamp_1"}}},
             {"GetDeviceShadow", {{"DeviceName", "lamp_1"}}},
             {"GetThingTopo", {{"IotId", names_["GwIotId"]}, {"PageSize", "50"}, {"PageNo", "1"}}},
             {"GetGatewayBySubDevice", {{"DeviceName", "lamp_1"}}},
             {"QueryDeviceDesiredProperty", {{"DeviceName", "lamp_1"}}},
             {"QueryDevicePropertyStatus", {{"DeviceName", "lamp_1"}}},
             {"QueryDeviceGroupList", {}},
             {"QueryDeviceGroupTagList", {{"GroupId", names_["GroupId"]}}},
             {"QueryDeviceListByDeviceGroup", {{"GroupId", names_["GroupId"]}}},
             {"GetUser", {{"UserName", "alice"}}},
             {"GetLoginProfile", {{"UserName", "alice"}}},
             {"ListPoliciesForUser", {{"UserName", "alice"}}},
             {"ListAccessKeys", {{"UserName", "alice"}}},
             {"GetRole", {{"RoleName", "publisher"}}},
             {"ListPoliciesForRole", {{"RoleName", "publisher"}}},
             {"ListUsers", {}},
             {"ListRoles", {}},
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

  // Calls all operations that are `meant`, with `more` parameters.
  template <class Meant>
  void expect_nothing(const Caller& caller, const Pairs& more, Meant meant) {
    std::string before = seen_by_owner();
    for (const Operation& operation : platform_.gateway.operations()) {
      if (!meant(operation)) continue;
      const std::string name(operation.name);
      Pairs params = params_of(operation);
      params.insert(params.end(), more.begin(), more.end());
      const Answer answer = call_as(caller, name, std::move(params));
      const std::string body = boost::json::serialize(answer.body);
      for (const std::string& secret : hidden_) {
        EXPECT_EQ(body.find(secret), body.npos) << name << ": " << body;
      }
      EXPECT_FALSE(answer.body.contains("Credentials")) << name;
      std::string after = seen_by_owner();
      EXPECT_EQ(after, before) << name;
      before = std::move(after);
    }
  }
  void expect_nothing(const Caller& caller) {
    expect_nothing(caller, {}, [](const Operation&) { return true; });
  }
  // That the caller may do exactly this of the owner's.
  template <class Allowed>
  void expect_denied_unless(const Caller& caller, Allowed allowed) {
    for (const Operation& operation : platform_.gateway.operations()) {
      const std::string name(operation.name);
      const std::string code = call_as(caller, name, params_of(operation)).code();
      const bool of_iot = service_of(operation.family).tells_success;
      const std::string denied = of_iot ? "iot.common.RamActionPermissionDeny" : "NoPermission";
      EXPECT_EQ(code != denied, operation.for_all || allowed(operation)) << name << " " << code;
      platform_.clock.advance(std::chrono::seconds(1));
    }
  }

  TestPlatform platform_;
  std::string product_ = platform_.make_product("private_product", "iothub_senior");
  std::map<std::string, std::string> names_{{"ProductKey", product_}};
  std::vector<std::string> hidden_;  // What nobody else may see, and no call says.
  Caller alice_;                     // A user of the owner's, without policies.
  Registry::NewAccount stranger_;
};

TEST_F(TenantsTest, EveryParameterThatNamesSomethingHasAName) {
  for (const auto& [parameter, name] : names_) EXPECT_NE(name, "") << parameter;
  for (const Operation& operation : platform_.gateway.operations()) {
    if (operation.open) continue;
    const auto check = [&](std::string_view name) {
      if (name == "IotInstanceId") return;
      EXPECT_NE(names_.contains(std::string(name)), plain.contains(name))
          << operation.name << " takes " << name
          << ": say above that it is plain, or what the owner's is called";
    };
    for (const ParamInfo& info : operation.params) {
      if (info.members.empty()) check(info.name);
      for (const std::string_view member : info.members) check(member);
    }
  }
}

// So that the refusals below are not those of calls that nobody could make.
TEST_F(TenantsTest, TheCallsAreWellFormed) {
  for (const Operation& operation : platform_.gateway.operations()) {
    if (operation.open) continue;  // Not signed, and of no account.
    const Answer answer = call_as({.key = stranger_.key, .token = {}}, std::string(operation.name),
                                  params_of(operation));
    const std::string code = answer.code();
    const bool own =
        std::ranges::any_of(operation.errors, [&](Code each) { return row_of(each).name == code; });
    const bool of_gateway = code.starts_with("Missing") || code.starts_with("Invalid");
    EXPECT_TRUE(own || !of_gateway) << operation.name << " " << code;
  }
}

TEST_F(TenantsTest, AnotherAccountSeesAndChangesNothing) {
  expect_nothing({.key = stranger_.key, .token = {}});
}

TEST_F(TenantsTest, AUserOfAnotherAccountWithAllPoliciesSeesAndChangesNothing) {
  expect_nothing(make_administrator(&stranger_.key));
}

TEST_F(TenantsTest, ASessionOfAnotherAccountsRoleSeesAndChangesNothing) {
  make_role(&stranger_.key, "everything", "AdministratorAccess");
  expect_nothing(assume(make_administrator(&stranger_.key), &stranger_.key, "everything"));
}

TEST_F(TenantsTest, TheInstanceOfAnotherAccountIsNone) {
  for (const Operation& operation : platform_.gateway.operations()) {
    if (!operation.takes_instance) continue;
    Pairs params = params_of(operation);
    params.emplace_back("IotInstanceId", platform_.account.instance.id);
    const Answer answer = call_as({.key = stranger_.key, .token = {}}, std::string(operation.name),
                                  std::move(params));
    EXPECT_EQ(answer.code(), "iot.system.InstanceNotFound") << operation.name;
  }
}

TEST_F(TenantsTest, AnotherInstanceOfTheAccountSeesAndChangesNothing) {
  expect_nothing({.key = platform_.account.key, .token = {}},
                 {{"IotInstanceId", platform_.account.instance.id}},
                 [](const Operation& operation) { return operation.takes_instance; });
}

TEST_F(TenantsTest, AUserWithoutPoliciesIsDeniedEverything) {
  expect_denied_unless(alice_, [](const Operation&) { return false; });
  expect_nothing(alice_);
}

TEST_F(TenantsTest, ASessionOfARoleWithoutPoliciesIsDeniedEverything) {
  const Caller session = assume(make_administrator(nullptr), nullptr, "publisher");
  expect_denied_unless(session, [](const Operation&) { return false; });
  expect_nothing(session);
}

TEST_F(TenantsTest, ASessionNarrowedToReadingReadsAndChangesNothing) {
  make_role(nullptr, "everything", "AdministratorAccess");
  const auto documents = system_policies();
  const auto reading = std::ranges::find(documents, "AliyunIOTReadOnlyAccess", &SystemPolicy::name);
  const Caller session =
      assume(make_administrator(nullptr), nullptr, "everything", std::string(reading->document));
  const std::string before = seen_by_owner();
  expect_denied_unless(session, [](const Operation& operation) {
    return service_of(operation.family).tells_success && !operation.writes;
  });
  EXPECT_EQ(seen_by_owner(), before);
  const Answer read =
      call_as(session, "QueryDeviceDetail", {{"ProductKey", product_}, {"DeviceName", "lamp_1"}});
  EXPECT_EQ(read.data("Nickname").as_string(), "private_nickname");
}

}  // namespace
}  // namespace herald::api
