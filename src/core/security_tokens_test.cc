#include "core/security_tokens.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace herald {
namespace {

const Time soon = time_of(1'716'206'400'000);
const std::string key(32, 'k');

Principal session() {
  return {.account = AccountId{1'234'567'890'123'456},
          .user = {},
          .role = "publisher",
          .id = "300000000000000001",
          .session = "dispatcher",
          .narrow = {}};
}

TEST(SecurityTokens, SayWhatWasPutIn) {
  const SecurityTokens tokens(key);
  const TemporaryCredentials made = tokens.issue(session(), "", soon);
  EXPECT_TRUE(made.key_id.starts_with("STS."));
  const auto read = tokens.read(made.token).value();
  EXPECT_EQ(read.key.id, made.key_id);
  EXPECT_EQ(read.key.secret, made.secret);
  EXPECT_TRUE(read.key.active);
  EXPECT_EQ(read.expires, soon);
  EXPECT_EQ(read.caller.account, session().account);
  EXPECT_EQ(read.caller.user, "");
  EXPECT_EQ(read.caller.role, "publisher");
  EXPECT_EQ(read.caller.id, "300000000000000001");
  EXPECT_EQ(read.caller.session, "dispatcher");
  EXPECT_EQ(read.caller.narrow, nullptr);
}

TEST(SecurityTokens, CarryThePolicyOfTheSession) {
  const SecurityTokens tokens(key);
  const auto made = tokens.issue(
      session(),
      R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"iot:Query*","Resource":"*"}]})",
      soon);
  const auto read = tokens.read(made.token).value();
  ASSERT_NE(read.caller.narrow, nullptr);
  EXPECT_EQ(read.caller.narrow->verdict("iot:QueryDevice"), Policy::Verdict::allowed);
  EXPECT_EQ(read.caller.narrow->verdict("iot:Pub"), Policy::Verdict::silent);
}

TEST(SecurityTokens, ShowNothing) {
  const SecurityTokens tokens(key);
  const auto made = tokens.issue(session(), "", soon);
  const std::string sealed = from_base64(made.token).value();
  for (const std::string& text : {made.key_id, made.secret, std::string("publisher")}) {
    EXPECT_EQ(sealed.find(text), sealed.npos);
  }
  EXPECT_NE(tokens.issue(session(), "", soon).token, made.token);
}

TEST(SecurityTokens, AChangedByteAnywhereIsMalformed) {
  const SecurityTokens tokens(key);
  const std::string sealed = from_base64(tokens.issue(session(), "", soon).token).value();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (const int bit : {0, 7}) {
      std::string changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const auto read = tokens.read(to_base64(changed));
      ASSERT_FALSE(read) << "byte " << i;
      EXPECT_EQ(read.error().code, Code::security_token_malformed);
    }
  }
}

TEST(SecurityTokens, APartOfOneIsMalformed) {
  const SecurityTokens tokens(key);
  const std::string sealed = from_base64(tokens.issue(session(), "", soon).token).value();
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(tokens.read(to_base64(sealed.substr(0, size)))) << size;
  }
  EXPECT_FALSE(tokens.read(to_base64(sealed + '\0')));
}

TEST(SecurityTokens, WhatIsNoneIsMalformed) {
  const SecurityTokens tokens(key);
  for (const std::string& text :
       {std::string(), std::string("tok/en+=="), std::string("%%"), to_base64("short"),
        to_base64(std::string(64, '\0')), std::string(SecurityTokens::token_bytes_max + 1, 'A')}) {
    EXPECT_EQ(tokens.read(text).error().code, Code::security_token_malformed) << text.substr(0, 20);
  }
}

TEST(SecurityTokens, AreWorthNothingUnderAnotherKey) {
  const auto made = SecurityTokens(key).issue(session(), "", soon);
  EXPECT_TRUE(SecurityTokens(key).read(made.token)) << "after a restart";
  EXPECT_FALSE(SecurityTokens(std::string(32, 'x')).read(made.token));
}

TEST(SecurityTokens, WhatLacksAFieldIsMalformed) {
  const SecurityTokens tokens(key);
  for (const char* content : {"", "7", "{}", R"({"key":"STS.a","secret":"s","expires":1})",
                              R"({"key":1,"secret":2,"expires":"x","account":"y"})",
                              // All but the policy, without which it would allow more.
                              R"({"key":"STS.a","secret":"s","expires":1,"account":1,)"
                              R"("role":"r","id":"i","session":"s"})"}) {
    EXPECT_FALSE(tokens.read(to_base64(seal(key, content)))) << content;
  }
}

TEST(SecurityTokens, TheLongestPolicyOfASessionFits) {
  const SecurityTokens tokens(key);
  std::string policy =
      R"({"Version":"1","Statement":[{"Effect":"Allow","Action":["iot:Pub"],"Resource":"*"}]})";
  while (policy.size() + 10 <= 2'048) policy.insert(policy.find(']'), R"(,"iot:Pub")");
  EXPECT_TRUE(tokens.read(tokens.issue(session(), policy, soon).token));
}

}  // namespace
}  // namespace herald
