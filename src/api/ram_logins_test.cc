#include <gtest/gtest.h>

#include "api/testing.h"

// Passwords of RAM users, by the operations.
namespace herald::api {
namespace {

using testing::Answer;
using testing::Pairs;
using testing::TestPlatform;

class RamLoginsTest : public ::testing::Test {
 protected:
  RamLoginsTest() {
    EXPECT_EQ(code("CreateUser", {{"UserName", "alice"}}), "");
    EXPECT_EQ(code("AttachPolicyToUser", {{"UserName", "alice"},
                                          {"PolicyType", "System"},
                                          {"PolicyName", "AliyunRAMFullAccess"}}),
              "");
    const Answer made = platform_.call("CreateAccessKey", {{"UserName", "alice"}});
    const auto& key = made.body.at("AccessKey");
    alice_ = {.id = std::string(key.at("AccessKeyId").as_string()),
              .secret = std::string(key.at("AccessKeySecret").as_string())};
  }
  std::string code(const std::string& action, Pairs params, const AccessKey* key = nullptr) {
    platform_.clock.advance(std::chrono::seconds(1));  // Quotas begin anew.
    return platform_.call(action, std::move(params), key).code();
  }
  std::string create(const std::string& password) {
    return code("CreateLoginProfile", {{"UserName", "alice"}, {"Password", password}});
  }

  TestPlatform platform_;
  AccessKey alice_;
};

TEST_F(RamLoginsTest, PasswordsHaveToBeStrong) {
  for (const char* weak :
       {"Short-1", "onlylowercase", "lowerUPPER", "lower12345", "12345!@#$%", "        "}) {
    EXPECT_EQ(create(weak), "InvalidParameter.Password.TooWeak") << weak;
  }
  EXPECT_EQ(create(std::string(127, 'a') + "B1"), "InvalidParameter.Password.TooWeak");
  EXPECT_EQ(create("lower_UPPER"), "");
}

TEST_F(RamLoginsTest, AreCreatedReadChangedAndDeleted) {
  const Pairs alice{{"UserName", "alice"}};
  EXPECT_EQ(code("GetLoginProfile", alice), "EntityNotExist.User.LoginProfile");
  EXPECT_EQ(create("Secret-1"), "");
  EXPECT_EQ(create("Secret-1"), "EntityAlreadyExists.User.LoginProfile");
  EXPECT_EQ(code("UpdateLoginProfile", {{"UserName", "alice"}, {"PasswordResetRequired", "true"}}),
            "");
  const Answer read = platform_.call("GetLoginProfile", alice);
  EXPECT_TRUE(read.body.at("LoginProfile").at("PasswordResetRequired").as_bool());
  EXPECT_EQ(code("DeleteLoginProfile", alice), "");
  EXPECT_EQ(code("DeleteLoginProfile", alice), "EntityNotExist.User.LoginProfile");
  EXPECT_EQ(code("CreateLoginProfile", {{"UserName", "nobody"}, {"Password", "Secret-1"}}),
            "EntityNotExist.User");
}

TEST_F(RamLoginsTest, UsersChangeTheirOwn) {
  const auto change = [&](const char* from, const char* to, const AccessKey* key) {
    return code("ChangePassword", {{"OldPassword", from}, {"NewPassword", to}}, key);
  };
  EXPECT_EQ(create("Secret-1"), "");
  EXPECT_EQ(change("Secret-2", "Secret-3", &alice_), "InvalidParameter.OldPassword.Mismatch");
  EXPECT_EQ(change("Secret-1", "weak", &alice_), "InvalidParameter.Password.TooWeak");
  EXPECT_EQ(change("Secret-1", "Secret-3", &alice_), "");
  EXPECT_EQ(change("Secret-1", "Secret-4", &alice_), "InvalidParameter.OldPassword.Mismatch");
  EXPECT_EQ(change("Secret-3", "Secret-4", nullptr), "InvalidOperatorType.User");
}

TEST_F(RamLoginsTest, ASecondAllowsTwoOfEach) {
  const auto throttled = [&] {
    return platform_.call("UpdateLoginProfile", {{"UserName", "alice"}, {"Password", "Secret-1"}})
               .code() == "Throttling.User";
  };
  EXPECT_FALSE(throttled());
  EXPECT_FALSE(throttled());
  EXPECT_TRUE(throttled());
}

}  // namespace
}  // namespace herald::api
