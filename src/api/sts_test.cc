#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "api/testing.h"
#include "base/crypto.h"

// Temporary credentials from AssumeRole to the calls that are signed with them.
namespace herald::api {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using testing::Pairs;
using testing::TestPlatform;

constexpr const char* denied = "iot.common.RamActionPermissionDeny";

class StsTest : public ::testing::Test {
 protected:
  struct Caller {
    AccessKey key;
    std::string token;
  };

  StsTest() {
    make_user("alice", "AliyunSTSAssumeRoleAccess");
    make_role("publisher", root(), "AliyunIOTFullAccess");
  }

  std::string root() const { return arn_of(account_, "root", ""); }
  std::string arn(const std::string& role) const { return arn_of(account_, "role", role); }
  static std::string trust_in(const std::string& name) {
    return R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",)"
           R"("Principal":{"RAM":[")" +
           name + R"("]}}]})";
  }
  static std::string policy(const std::string& action) {
    return R"({"Version":"1","Statement":[{"Effect":"Allow","Action":")" + action +
           R"(","Resource":"*"}]})";
  }
  // By the account, or by whoever has the key.
  Answer must(const std::string& action, Pairs params, const AccessKey* key = nullptr) {
    const Answer answer = platform_.call(action, std::move(params), key);
    EXPECT_EQ(answer.status, 200) << action << boost::json::serialize(answer.body);
    return answer;
  }
  static Caller caller_of(const boost::json::value& key) {
    const auto text = [&](const char* name) {
      const auto* field = key.as_object().if_contains(name);
      return field == nullptr ? std::string() : std::string(field->as_string());
    };
    return {.key = {.id = text("AccessKeyId"), .secret = text("AccessKeySecret")},
            .token = text("SecurityToken")};
  }
  Caller make_user(const std::string& name, const std::string& policy_name,
                   const AccessKey* of = nullptr) {
    must("CreateUser", {{"UserName", name}}, of);
    must("AttachPolicyToUser",
         {{"UserName", name}, {"PolicyType", "System"}, {"PolicyName", policy_name}}, of);
    const Caller made =
        caller_of(must("CreateAccessKey", {{"UserName", name}}, of).body.at("AccessKey"));
    if (of == nullptr) users_[name] = made;
    return made;
  }
  void make_role(const std::string& name, const std::string& trusted,
                 const std::string& policy_name) {
    must("CreateRole", {{"RoleName", name}, {"AssumeRolePolicyDocument", trust_in(trusted)}});
    must("AttachPolicyToRole",
         {{"RoleName", name}, {"PolicyType", "System"}, {"PolicyName", policy_name}});
  }
  Answer call(const Caller& caller, const std::string& action, Pairs params = {}) {
    if (!caller.token.empty()) params.emplace_back("SecurityToken", caller.token);
    return platform_.call(action, std::move(params), &caller.key);
  }
  Answer try_to_assume(const Caller& caller, const std::string& role_arn, Pairs more = {}) {
    more.emplace_back("RoleArn", role_arn);
    more.emplace_back("RoleSessionName", "dispatcher");
    return call(caller, "AssumeRole", std::move(more));
  }
  Caller assume(const Caller& caller, const std::string& role, Pairs more = {}) {
    const Answer answer = try_to_assume(caller, arn(role), std::move(more));
    EXPECT_EQ(answer.status, 200) << boost::json::serialize(answer.body);
    return caller_of(answer.body.at("Credentials"));
  }
  std::string query(const Caller& caller) {
    return call(caller, "QueryProduct", {{"ProductKey", product_}}).code();
  }
  std::string tag(const Caller& caller) {
    return call(caller, "CreateProductTags",
                {{"ProductKey", product_},
                 {"ProductTag.1.TagKey", "room"},
                 {"ProductTag.1.TagValue", "hall"}})
        .code();
  }

  TestPlatform platform_;
  const AccountId account_ = platform_.account.account.id;
  std::string product_ = platform_.make_product("lamps");
  std::map<std::string, Caller> users_;
};

TEST_F(StsTest, ASessionMayDoWhatItsRoleMay) {
  EXPECT_EQ(query(users_["alice"]), denied);
  const Caller session = assume(users_["alice"], "publisher");
  EXPECT_TRUE(session.key.id.starts_with("STS."));
  EXPECT_EQ(query(session), "");
  EXPECT_EQ(tag(session), "");
  EXPECT_EQ(call(session, "ListUsers").code(), "NoPermission");
}

TEST_F(StsTest, AnswersTellWhoTheSessionIs) {
  const Answer made = try_to_assume(users_["alice"], arn("publisher"));
  const auto& role = *platform_.ram.role(account_, "publisher");
  EXPECT_EQ(made.body.at("AssumedRoleUser").at("AssumedRoleId").as_string(),
            role.id + ":dispatcher");
  EXPECT_EQ(made.body.at("Credentials").at("Expiration").as_string(), "2024-05-20T13:00:00Z");
  const Answer who = call(caller_of(made.body.at("Credentials")), "GetCallerIdentity");
  EXPECT_EQ(who.text("IdentityType"), "AssumedRoleUser");
  EXPECT_EQ(who.text("RoleId"), role.id);
  EXPECT_EQ(who.text("AccountId"), std::to_string(account_.value));
  EXPECT_EQ(who.text("Arn"), arn_of(account_, "assumed-role", "publisher/dispatcher"));
}

TEST_F(StsTest, ThePolicyOfTheSessionNarrowsIt) {
  const Caller reading = assume(users_["alice"], "publisher", {{"Policy", policy("iot:Query*")}});
  EXPECT_EQ(query(reading), "");
  EXPECT_EQ(tag(reading), denied);
  const Caller more = assume(users_["alice"], "publisher", {{"Policy", policy("*")}});
  EXPECT_EQ(call(more, "ListUsers").code(), "NoPermission") << "the role may not";
  EXPECT_EQ(try_to_assume(users_["alice"], arn("publisher"), {{"Policy", "{}"}}).code(),
            "InvalidParameter.PolicyDocument");
  EXPECT_EQ(try_to_assume(users_["alice"], arn("publisher"), {{"Policy", std::string(2'049, ' ')}})
                .code(),
            "InvalidPolicy");
}

// Both have to agree: the caller's policies and the role's trust.
TEST_F(StsTest, WhoMayAssumeARole) {
  const Caller bob = make_user("bob", "AliyunIOTFullAccess");
  EXPECT_EQ(try_to_assume(bob, arn("publisher")).code(), "NoPermission") << "no sts:AssumeRole";
  make_role("hers", arn_of(account_, "user", "alice"), "AliyunIOTFullAccess");
  const Caller carol = make_user("carol", "AliyunSTSAssumeRoleAccess");
  EXPECT_EQ(try_to_assume(users_["alice"], arn("hers")).status, 200);
  EXPECT_EQ(try_to_assume(carol, arn("hers")).code(), "NoPermission") << "not trusted";
  EXPECT_EQ(try_to_assume({.key = platform_.account.key, .token = {}}, arn("publisher")).code(),
            "NoPermission")
      << "accounts assume no roles";
  EXPECT_EQ(try_to_assume(users_["alice"], arn("nothing")).code(), "EntityNotExist.Role");
}

TEST_F(StsTest, ASessionAssumesTheRolesThatTrustIts) {
  make_role("first", root(), "AliyunSTSAssumeRoleAccess");
  make_role("second", arn("first"), "AliyunIOTFullAccess");
  EXPECT_EQ(try_to_assume(users_["alice"], arn("second")).code(), "NoPermission");
  const Caller first = assume(users_["alice"], "first");
  EXPECT_EQ(query(first), denied);
  EXPECT_EQ(query(assume(first, "second")), "");
  const Caller publisher = assume(users_["alice"], "publisher");
  EXPECT_EQ(try_to_assume(publisher, arn("second")).code(), "NoPermission");
  const Caller narrow = assume(users_["alice"], "first", {{"Policy", policy("iot:*")}});
  EXPECT_EQ(try_to_assume(narrow, arn("second")).code(), "NoPermission");
}

TEST_F(StsTest, AnotherAccountIsLetInByTrustAlone) {
  Registry::NewAccount other;
  platform_.registry.create_account(
      "other", [&](Result<Registry::NewAccount> made) { other = made.value(); });
  const Caller user = make_user("visitor", "AdministratorAccess", &other.key);
  for (const char* role : {"publisher", "nothing"}) {
    EXPECT_EQ(try_to_assume(user, arn(role)).code(), "NoPermission")
        << "which roles there are, others are not told";
  }
  make_role("guests", arn_of(other.account.id, "root", ""), "AliyunIOTReadOnlyAccess");
  const Caller guest = assume(user, "guests");
  EXPECT_EQ(query(guest), "");
  EXPECT_EQ(tag(guest), denied);
  EXPECT_EQ(call(guest, "GetCallerIdentity").text("AccountId"), std::to_string(account_.value));
  EXPECT_EQ(try_to_assume(users_["alice"], arn("guests")).code(), "NoPermission");
}

TEST_F(StsTest, ARoleThatIsGoneOrMadeAnewEndsItsSessions) {
  const Caller session = assume(users_["alice"], "publisher");
  must(
      "DetachPolicyFromRole",
      {{"RoleName", "publisher"}, {"PolicyType", "System"}, {"PolicyName", "AliyunIOTFullAccess"}});
  EXPECT_EQ(query(session), denied);
  must("DeleteRole", {{"RoleName", "publisher"}});
  EXPECT_EQ(query(session), denied);
  EXPECT_EQ(call(session, "GetCallerIdentity").code(), "EntityNotExist.Role");
  make_role("publisher", root(), "AliyunIOTFullAccess");
  EXPECT_EQ(query(session), denied);
  EXPECT_EQ(call(session, "GetCallerIdentity").code(), "EntityNotExist.Role");
  EXPECT_EQ(query(assume(users_["alice"], "publisher")), "");
}

TEST_F(StsTest, DisabledKeysAssumeNothingAndSessionsGoOn) {
  const Caller session = assume(users_["alice"], "publisher");
  must(
      "UpdateAccessKey",
      {{"UserName", "alice"}, {"UserAccessKeyId", users_["alice"].key.id}, {"Status", "Inactive"}});
  EXPECT_EQ(try_to_assume(users_["alice"], arn("publisher")).code(), "InvalidAccessKeyId.Inactive");
  EXPECT_EQ(query(session), "");
}

TEST_F(StsTest, SessionsLastAsLongAsAsked) {
  for (const char* seconds : {"899", "43201", "3601"}) {
    EXPECT_EQ(
        try_to_assume(users_["alice"], arn("publisher"), {{"DurationSeconds", seconds}}).code(),
        "InvalidDurationSeconds")
        << seconds;
  }
  const Caller session = assume(users_["alice"], "publisher", {{"DurationSeconds", "900"}});
  platform_.clock.advance(899s);
  EXPECT_EQ(query(session), "");
  platform_.clock.advance(1s);
  EXPECT_EQ(query(session), "InvalidSecurityToken.Expired");

  must("UpdateRole", {{"RoleName", "publisher"}, {"NewMaxSessionDuration", "43200"}});
  const Caller day = assume(users_["alice"], "publisher", {{"DurationSeconds", "43200"}});
  platform_.clock.advance(12h - 1s);
  EXPECT_EQ(query(day), "");
}

TEST_F(StsTest, TokensBelongToTheirKeys) {
  const Caller session = assume(users_["alice"], "publisher");
  const Caller other = assume(users_["alice"], "publisher");
  EXPECT_EQ(query({.key = session.key, .token = {}}), "MissingSecurityToken");
  EXPECT_EQ(query({.key = session.key, .token = other.token}),
            "InvalidSecurityToken.MismatchWithAccessKey");
  EXPECT_EQ(query({.key = users_["alice"].key, .token = session.token}),
            "InvalidSecurityToken.MismatchWithAccessKey");
  EXPECT_EQ(query({.key = session.key, .token = "tok/en+=="}), "InvalidSecurityToken.Malformed");
  EXPECT_EQ(query({.key = session.key, .token = session.token + "A"}),
            "InvalidSecurityToken.Malformed");
  AccessKey guessed = session.key;
  guessed.secret = other.key.secret;
  EXPECT_EQ(query({.key = guessed, .token = session.token}), "SignatureDoesNotMatch");
}

TEST_F(StsTest, NamesAreChecked) {
  for (const char* name : {"x", "two words", "a/b", ""}) {
    const Answer answer = call(users_["alice"], "AssumeRole",
                               {{"RoleArn", arn("publisher")}, {"RoleSessionName", name}});
    EXPECT_EQ(answer.status, 400) << name << answer.code();
  }
  for (const std::string& wrong :
       {std::string("publisher"), std::string("acs:ram::x:role/publisher"),
        std::string("acs:ram:::role/publisher"), arn_of(account_, "user", "publisher"),
        std::string("acs:ram::99999999999999999999:role/publisher")}) {
    EXPECT_EQ(try_to_assume(users_["alice"], wrong).code(), "InvalidRoleArn") << wrong;
  }
}

TEST_F(StsTest, SessionsAreNoUsers) {
  make_role("everything", root(), "AdministratorAccess");
  const Caller session = assume(users_["alice"], "everything");
  EXPECT_EQ(call(session, "CreateAccessKey").code(), "MissingUserName");
  EXPECT_EQ(
      call(session, "ChangePassword", {{"OldPassword", "Secret-1"}, {"NewPassword", "Secret-2"}})
          .code(),
      "InvalidOperatorType.User");
}

TEST_F(StsTest, SessionsShareTheQuotaOfTheirAccount) {
  const Caller first = assume(users_["alice"], "publisher");
  const Caller second = assume(users_["alice"], "publisher");
  const Caller user = make_user("reader", "AliyunIOTReadOnlyAccess");
  const Caller account{.key = platform_.account.key, .token = {}};
  platform_.clock.advance(1s);
  const auto list = [&](const Caller& caller) {
    return call(caller, "QueryTopicRouteTable", {{"Topic", "/" + product_ + "/lamp_1/user/get"}})
        .code();
  };
  const auto operations = platform_.gateway.operations();
  const std::uint32_t allowed =
      std::ranges::find(operations, "QueryTopicRouteTable", &Operation::name)->calls_per_second;
  const Caller callers[] = {first, second, user, account};
  for (std::uint32_t i = 0; i < allowed; ++i) {
    EXPECT_NE(list(callers[i % 4]), "Throttling.User") << i;
    if (i == 0) platform_.clock.advance(500ms);
  }
  for (const Caller& caller : callers) EXPECT_EQ(list(caller), "Throttling.User");
  platform_.clock.advance(499ms);
  EXPECT_EQ(list(first), "Throttling.User");
  platform_.clock.advance(1ms);
  EXPECT_NE(list(second), "Throttling.User") << "the first call is a second ago";
  EXPECT_EQ(list(account), "Throttling.User");
}

TEST_F(StsTest, V3TakesTheTokenFromItsHeader) {
  const Caller session = assume(users_["alice"], "publisher");
  const auto send = [&](const std::string& token, const std::string& nonce) {
    HttpRequest request{.method = "POST", .target = "/?ProductKey=" + product_};
    request.headers = {{"host", "127.0.0.1:18080"},
                       {"x-acs-accesskey-id", session.key.id},
                       {"x-acs-action", "QueryProduct"},
                       {"x-acs-content-sha256", to_hex(hash(Digest::sha256, ""))},
                       {"x-acs-date", "2024-05-20T12:00:00Z"},
                       {"x-acs-security-token", token},
                       {"x-acs-signature-nonce", nonce},
                       {"x-acs-version", "2018-01-20"}};
    if (token.empty()) request.headers.erase(request.headers.begin() + 5);
    std::string lines, names;
    for (const auto& [name, value] : request.headers) {
      lines += name + ":" + value + "\n";
      names += (names.empty() ? "" : ";") + name;
    }
    const std::string canonical = "POST\n/\nProductKey=" + product_ + "\n" + lines + "\n" + names +
                                  "\n" + to_hex(hash(Digest::sha256, ""));
    const std::string signature =
        to_hex(hmac(Digest::sha256, session.key.secret,
                    "ACS3-HMAC-SHA256\n" + to_hex(hash(Digest::sha256, canonical))));
    request.headers.emplace_back("accept", "application/json");
    request.headers.emplace_back("authorization", "ACS3-HMAC-SHA256 Credential=" + session.key.id +
                                                      ",SignedHeaders=" + names +
                                                      ",Signature=" + signature);
    const auto body = boost::json::parse(platform_.send(request).body).as_object();
    const auto* code = body.if_contains("Code");
    return code == nullptr ? std::string() : std::string(code->as_string());
  };
  EXPECT_EQ(send(session.token, "n1"), "");
  EXPECT_EQ(send("", "n2"), "MissingSecurityToken");
  EXPECT_EQ(send("tok/en+==", "n3"), "InvalidSecurityToken.Malformed");
}

// The tokens of an earlier process, and of one with another key.
TEST_F(StsTest, TokensHoldAcrossRestartsUnderTheSameKey) {
  const Caller session = assume(users_["alice"], "publisher");
  const SecurityTokens same(std::string(32, 'k')), another(std::string(32, 'x'));
  EXPECT_EQ(same.read(session.token).value().key.secret, session.key.secret);
  EXPECT_FALSE(another.read(session.token));
}

}  // namespace
}  // namespace herald::api
