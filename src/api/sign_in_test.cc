#include <gtest/gtest.h>

#include "api/testing.h"
#include "base/crypto.h"

// From a password to a call that is signed with what it gave.
namespace herald::api {
namespace {

using testing::Pairs;
using testing::TestPlatform;

class SignInTest : public ::testing::Test {
 protected:
  SignInTest() {
    account_ = std::to_string(platform_.account.account.id.value);
    platform_.registry.set_password(platform_.account.account.id, hash_password("Secret-1"),
                                    [](const Result<void>& set) { EXPECT_TRUE(set); });
  }
  testing::Answer sign_in(const std::string& name, const std::string& password,
                          const std::string& peer = "10.0.0.1") {
    const HttpResponse response = platform_.send(
        {.method = "POST",
         .target = "/",
         .body = "Action=SignIn&Format=JSON&LoginName=" + name + "&Password=" + password,
         .peer = peer});
    return {response.status, boost::json::parse(response.body).as_object()};
  }
  // Calls with the credentials of an answer.
  testing::Answer call(const testing::Answer& of, const std::string& action, Pairs params = {}) {
    const auto& made = of.body.at("Credentials").as_object();
    const auto text = [&](const char* name) { return std::string(made.at(name).as_string()); };
    const AccessKey key{.id = text("AccessKeyId"), .secret = text("AccessKeySecret")};
    params.emplace_back("SecurityToken", text("SecurityToken"));
    return platform_.call(action, std::move(params), &key);
  }
  void make_user(bool must_change) {
    EXPECT_EQ(platform_.call("CreateUser", {{"UserName", "alice"}}).code(), "");
    EXPECT_EQ(
        platform_
            .call("CreateLoginProfile", {{"UserName", "alice"},
                                         {"Password", "Secret-2"},
                                         {"PasswordResetRequired", must_change ? "true" : "false"}})
            .code(),
        "");
  }

  TestPlatform platform_;
  std::string account_;
};

TEST_F(SignInTest, AnAccountMayDoEverything) {
  const auto signed_in = sign_in(account_, "Secret-1");
  ASSERT_EQ(signed_in.status, 200);
  EXPECT_EQ(signed_in.text("AccountId"), account_);
  EXPECT_EQ(call(signed_in, "GetCallerIdentity").text("IdentityType"), "Account");
  EXPECT_EQ(call(signed_in, "QueryProductList", {{"CurrentPage", "1"}, {"PageSize", "10"}}).code(),
            "");
}

TEST_F(SignInTest, AUserMayDoWhatPoliciesSay) {
  make_user(false);
  const auto signed_in = sign_in("alice@" + account_ + ".herald.example", "Secret-2");
  ASSERT_EQ(signed_in.status, 200);
  EXPECT_EQ(call(signed_in, "GetCallerIdentity").text("IdentityType"), "RAMUser");
  EXPECT_EQ(call(signed_in, "QueryQuotas").code(), "iot.common.RamActionPermissionDeny");
  EXPECT_EQ(platform_
                .call("AttachPolicyToUser", {{"UserName", "alice"},
                                             {"PolicyType", "System"},
                                             {"PolicyName", "AliyunIOTFullAccess"}})
                .code(),
            "");
  EXPECT_EQ(call(signed_in, "QueryQuotas").code(), "");
}

TEST_F(SignInTest, WhoHasToChangeThePasswordGetsNoCredentialsBefore) {
  make_user(true);
  const std::string alice = "alice@" + account_;
  const auto refused = sign_in(alice, "Secret-2");
  EXPECT_TRUE(refused.body.at("PasswordResetRequired").as_bool());
  EXPECT_FALSE(refused.body.contains("Credentials"));
  EXPECT_EQ(sign_in(alice, "Secret-2&NewPassword=weak").code(),
            "InvalidParameter.Password.TooWeak");
  const auto changed = sign_in(alice, "Secret-2&NewPassword=Secret-3");
  EXPECT_EQ(call(changed, "GetCallerIdentity").text("IdentityType"), "RAMUser");
  EXPECT_NE(sign_in(alice, "Secret-2").status, 200);
  EXPECT_EQ(sign_in(alice, "Secret-3").status, 200);
}

TEST_F(SignInTest, AnAccountsPasswordIsChangedByAdministrators) {
  EXPECT_EQ(sign_in(account_, "Secret-1&NewPassword=Secret-2").code(), "InvalidOperatorType.User");
}

TEST_F(SignInTest, ANewUserOfTheSameNameHasNoPartInIt) {
  make_user(false);
  const auto signed_in = sign_in("alice@" + account_, "Secret-2");
  EXPECT_EQ(platform_.call("DeleteUser", {{"UserName", "alice"}}).code(), "");
  EXPECT_EQ(platform_.call("CreateUser", {{"UserName", "alice"}}).code(), "");
  EXPECT_EQ(platform_
                .call("AttachPolicyToUser", {{"UserName", "alice"},
                                             {"PolicyType", "System"},
                                             {"PolicyName", "AliyunIOTFullAccess"}})
                .code(),
            "");
  EXPECT_EQ(call(signed_in, "QueryQuotas").code(), "iot.common.RamActionPermissionDeny");
}

TEST_F(SignInTest, WhateverIsWrongTheAnswerIsTheSame) {
  for (const auto& [name, password] :
       {std::pair(account_, "Secret-2"), std::pair(std::string("1"), "Secret-1"),
        std::pair("nobody@" + account_, "Secret-1"), std::pair(std::string("nonsense"), "Secret-1"),
        std::pair("@" + account_, "Secret-1")}) {
    const auto refused = sign_in(name, password);
    EXPECT_EQ(refused.status, 403) << name;
    EXPECT_EQ(refused.code(), "SignInRefused") << name;
  }
}

TEST_F(SignInTest, AnAddressMayTryOnlySoOften) {
  for (std::uint32_t i = 0; i < Logins::tries_of_a_name; ++i) {
    EXPECT_EQ(sign_in("1", "wrong").code(), "SignInRefused");
  }
  EXPECT_EQ(sign_in("1", "wrong").code(), "Throttling");
  EXPECT_EQ(sign_in(account_, "Secret-1").status, 200);
  platform_.clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(sign_in("1", "wrong").code(), "SignInRefused");
}

TEST_F(SignInTest, APasswordInAnAddressIsNotRead) {
  const HttpResponse response = platform_.send(
      {.method = "GET", .target = "/?Action=SignIn&LoginName=1&Password=2&Format=JSON"});
  EXPECT_NE(response.status, 200);
  EXPECT_EQ(response.body.find("SignInRefused"), std::string::npos);
}

}  // namespace
}  // namespace herald::api
