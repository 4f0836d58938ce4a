#include "core/policy.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace herald {
namespace {

constexpr const char* all = R"("Resource":"*")";

std::string statement(const std::string& effect, const std::string& rest) {
  return R"({"Effect":")" + effect + R"(",)" + rest + "}";
}
std::string policy(const std::string& statements) {
  return R"({"Version":"1","Statement":[)" + statements + "]}";
}
std::string action(const std::string& json) { return R"("Action":)" + json + "," + all; }

struct Row {
  const char* name;
  std::string document;
  const char* action;
  bool allowed;
};

class PolicyTest : public ::testing::TestWithParam<Row> {};

TEST_P(PolicyTest, SaysWhatMayBeDone) {
  const auto parsed = Policy::parse(GetParam().document);
  ASSERT_TRUE(parsed) << parsed.error().detail;
  const Policy* list[] = {&*parsed};
  EXPECT_EQ(allows(list, GetParam().action), GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(
    Documented, PolicyTest,
    ::testing::Values(
        Row{"one", policy(statement("Allow", action(R"("iot:BatchPub")"))), "iot:BatchPub", true},
        Row{"another", policy(statement("Allow", action(R"("iot:BatchPub")"))), "iot:Pub", false},
        Row{"a_list", policy(statement("Allow", action(R"(["iot:Pub","iot:BatchPub"])"))),
            "iot:BatchPub", true},
        Row{"wildcard", policy(statement("Allow", action(R"("iot:Query*")"))), "iot:QueryDevice",
            true},
        Row{"wildcard_elsewhere", policy(statement("Allow", action(R"("iot:Query*")"))),
            "iot:DeleteDevice", false},
        Row{"wildcard_inside", policy(statement("Allow", action(R"("iot:*Pub")"))), "iot:BatchPub",
            true},
        Row{"everything", policy(statement("Allow", action(R"("*")"))), "ram:CreateUser", true},
        Row{"another_service", policy(statement("Allow", action(R"("iot:*")"))), "ram:CreateUser",
            false},
        Row{"case", policy(statement("Allow", action(R"("IOT:batchpub")"))), "iot:BatchPub", true},
        Row{"deny_beats_allow",
            policy(statement("Allow", action(R"("iot:*")")) + "," +
                   statement("Deny", action(R"("iot:DeleteDevice")"))),
            "iot:DeleteDevice", false},
        Row{"deny_comes_first",
            policy(statement("Deny", action(R"("iot:DeleteDevice")")) + "," +
                   statement("Allow", action(R"("iot:*")"))),
            "iot:DeleteDevice", false},
        Row{"deny_leaves_the_rest",
            policy(statement("Allow", action(R"("iot:*")")) + "," +
                   statement("Deny", action(R"("iot:DeleteDevice")"))),
            "iot:Pub", true},
        Row{"not_action", policy(statement("Allow", R"("NotAction":"iot:Delete*","Resource":"*")")),
            "iot:Pub", true},
        Row{"not_action_names_it",
            policy(statement("Allow", R"("NotAction":"iot:Delete*","Resource":"*")")),
            "iot:DeleteDevice", false},
        Row{"deny_not_action",
            policy(statement("Allow", action(R"("*")")) + "," +
                   statement("Deny", R"("NotAction":"iot:*","Resource":"*")")),
            "ram:CreateUser", false},
        Row{"resource_in_full",
            policy(statement("Allow", R"("Action":"iot:*","Resource":"acs:iot:*:*:*")")), "iot:Pub",
            true},
        Row{"a_finer_resource_allows_nothing",
            policy(statement("Allow", R"("Action":"iot:*","Resource":"acs:iot:*:*:product/a1")")),
            "iot:Pub", false},
        Row{"a_finer_resource_denies",
            policy(statement("Allow", action(R"("iot:*")")) + "," +
                   statement("Deny", R"("Action":"iot:*","Resource":"acs:iot:*:*:product/a1")")),
            "iot:Pub", false},
        Row{"resource_of_another_service",
            policy(statement("Allow", R"("Action":"*","Resource":"acs:ram::*:*")")), "iot:Pub",
            false},
        Row{"resource_of_its_own_service",
            policy(statement("Allow", R"("Action":"*","Resource":"acs:ram::*:*")")),
            "ram:CreateUser", true},
        Row{"resource_without_an_end",
            policy(statement("Allow", R"("Action":"iot:*","Resource":"acs:iot:::")")), "iot:Pub",
            false},
        Row{"one_resource_of_several",
            policy(statement("Allow",
                             R"("Action":"iot:*","Resource":["acs:iot:*:*:product/a1","*"])")),
            "iot:Pub", true},
        Row{"deny_of_another_service",
            policy(statement("Allow", action(R"("*")")) + "," +
                   statement("Deny", action(R"("ram:*")"))),
            "iot:Pub", true},
        Row{"a_condition_allows_nothing",
            policy(statement("Allow", action(R"("iot:*")") + R"(,"Condition":{"Bool":{}})")),
            "iot:Pub", false},
        Row{"a_condition_denies",
            policy(statement("Allow", action(R"("iot:*")")) + "," +
                   statement("Deny", action(R"("iot:*")") + R"(,"Condition":{"Bool":{}})")),
            "iot:Pub", false},
        Row{"a_question_mark", policy(statement("Allow", action(R"("iot:?ub")"))), "iot:Pub", true},
        Row{"a_question_mark_is_one", policy(statement("Allow", action(R"("iot:?Pub")"))),
            "iot:Pub", false},
        Row{"several_stars", policy(statement("Allow", action(R"("iot:*Device*Prop")"))),
            "iot:QueryDeviceProp", true},
        Row{"without_the_service", policy(statement("Allow", action(R"("BatchPub")"))),
            "iot:BatchPub", false},
        Row{"the_last_key_counts",
            policy(statement("Allow", R"("Effect":"Deny","Action":"*","Resource":"*")")), "iot:Pub",
            false}),
    [](const auto& row) { return row.param.name; });

TEST(Policy, WithoutAnyNothingIsAllowed) { EXPECT_FALSE(allows({}, "iot:Pub")); }

TEST(Policy, DocumentsThatSayNothingAreRefused) {
  for (const std::string document :
       {"",
        "[]",
        "{}",
        R"({"Version":"2","Statement":[]})",
        R"({"Version":"1","Statement":[]})",
        R"({"Version":"1","Statement":[7]})",
        R"({"Version":"1","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":[],"Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*"}]})",
        R"({"Version":1,"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
        R"({"Version":"1","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
        R"({"Version":"1","Statement":[{"Action":"*","Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":7,"Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":["*",7],"Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":[]}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*","NotAction":"iot:Pub",)"
        R"("Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",)"
        R"("Conditions":{}}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"})"}) {
    const auto parsed = Policy::parse(document);
    ASSERT_FALSE(parsed) << document;
    EXPECT_EQ(parsed.error().code, Code::ram_policy_malformed);
  }
  EXPECT_FALSE(Policy::parse(std::string(6'145, ' ')));
  EXPECT_FALSE(Policy::parse(std::string(3'000, '[')));
}

TEST(Policy, ThoseOfTheSystemCanBeRead) {
  for (const SystemPolicy& each : system_policies()) {
    EXPECT_TRUE(Policy::parse(each.document)) << each.name;
  }
}

TEST(Policy, ReadOnlyAccessReads) {
  const auto& documents = system_policies();
  const auto read_only =
      std::ranges::find(documents, "AliyunIOTReadOnlyAccess", &SystemPolicy::name);
  const auto parsed = Policy::parse(read_only->document).value();
  const Policy* list[] = {&parsed};
  EXPECT_TRUE(allows(list, "iot:QueryDevice"));
  EXPECT_TRUE(allows(list, "iot:BatchGetDeviceState"));
  EXPECT_FALSE(allows(list, "iot:BatchPub"));
  EXPECT_FALSE(allows(list, "iot:DeleteDevice"));
}

TEST(Policy, AHostilePatternEndsSoon) {
  std::string pattern;
  for (int i = 0; i < 1'000; ++i) pattern += "*a";
  const auto parsed =
      Policy::parse(policy(statement("Allow", action("\"" + pattern + "b\"")))).value();
  EXPECT_EQ(parsed.verdict("iot:" + std::string(1'000, 'a')), Policy::Verdict::silent);
}

// Who may assume a role.

struct TrustRow {
  const char* name;
  std::string document;
  bool trusted;  // User alice of account 1.
};

class TrustPolicyTest : public ::testing::TestWithParam<TrustRow> {};

TEST_P(TrustPolicyTest, SaysWhoMayAssumeTheRole) {
  const auto parsed = TrustPolicy::parse(GetParam().document);
  ASSERT_TRUE(parsed) << parsed.error().detail;
  const std::string names[] = {"acs:ram::1:root", "acs:ram::1:user/alice"};
  EXPECT_EQ(parsed->trusts(names), GetParam().trusted);
}

std::string assume(const std::string& principal, const std::string& more = "") {
  return R"("Action":"sts:AssumeRole","Principal":)" + principal + more;
}
std::string ram(const std::string& names) { return R"({"RAM":)" + names + "}"; }

INSTANTIATE_TEST_SUITE_P(
    Documented, TrustPolicyTest,
    ::testing::Values(
        TrustRow{"her", policy(statement("Allow", assume(ram(R"(["acs:ram::1:user/alice"])")))),
                 true},
        TrustRow{"one_text", policy(statement("Allow", assume(ram(R"("acs:ram::1:user/alice")")))),
                 true},
        TrustRow{"her_account", policy(statement("Allow", assume(ram(R"(["acs:ram::1:root"])")))),
                 true},
        TrustRow{"another_account",
                 policy(statement("Allow", assume(ram(R"(["acs:ram::2:root"])")))), false},
        TrustRow{"another_user",
                 policy(statement("Allow", assume(ram(R"(["acs:ram::1:user/alic"])")))), false},
        TrustRow{"no_wildcards", policy(statement("Allow", assume(ram(R"(["*"])")))), false},
        TrustRow{"a_service",
                 policy(statement("Allow", assume(R"({"Service":["iot.aliyuncs.com"]})"))), false},
        TrustRow{"another_action",
                 policy(statement("Allow", R"("Action":"sts:GetCallerIdentity","Principal":)" +
                                               ram(R"(["acs:ram::1:root"])"))),
                 false},
        TrustRow{"all_actions",
                 policy(statement("Allow", R"("Action":"sts:*","Principal":)" +
                                               ram(R"(["acs:ram::1:root"])"))),
                 true},
        TrustRow{"a_condition_trusts_nobody",
                 policy(statement("Allow", assume(ram(R"(["acs:ram::1:root"])"),
                                                  R"(,"Condition":{"Bool":{}})"))),
                 false},
        TrustRow{"deny_her",
                 policy(statement("Allow", assume(ram(R"(["acs:ram::1:root"])"))) + "," +
                        statement("Deny", assume(ram(R"(["acs:ram::1:user/alice"])")))),
                 false},
        TrustRow{"deny_another",
                 policy(statement("Allow", assume(ram(R"(["acs:ram::1:root"])"))) + "," +
                        statement("Deny", assume(ram(R"(["acs:ram::1:user/bob"])")))),
                 true},
        TrustRow{"deny_her_account",
                 policy(statement("Deny", assume(ram(R"(["acs:ram::1:root"])"))) + "," +
                        statement("Allow", assume(ram(R"(["acs:ram::1:user/alice"])")))),
                 false},
        TrustRow{"deny_all",
                 policy(statement("Allow", assume(ram(R"(["acs:ram::1:root"])"))) + "," +
                        statement("Deny", assume(ram(R"(["*"])")))),
                 false},
        TrustRow{"a_condition_denies",
                 policy(statement("Allow", assume(ram(R"(["acs:ram::1:root"])"))) + "," +
                        statement("Deny", assume(ram(R"(["acs:ram::1:user/alice"])"),
                                                 R"(,"Condition":{"Bool":{}})"))),
                 false}),
    [](const auto& row) { return row.param.name; });

TEST(TrustPolicy, DocumentsThatSayNothingAreRefused) {
  for (const std::string& document :
       {std::string("{}"), policy("7"), policy(statement("Allow", R"("Action":"sts:AssumeRole")")),
        policy(statement("Allow", R"("Principal":{"RAM":["acs:ram::1:root"]})")),
        policy(statement("Allow", assume(R"("*")"))), policy(statement("Allow", assume(ram("[]")))),
        policy(statement("Allow", assume(ram("[7]")))),
        policy(statement("Allow", assume(ram(R"("acs:ram::1:root")"), R"(,"NotPrincipal":{})"))),
        policy(statement("Maybe", assume(ram(R"("acs:ram::1:root")"))))}) {
    const auto parsed = TrustPolicy::parse(document);
    ASSERT_FALSE(parsed) << document;
    EXPECT_EQ(parsed.error().code, Code::ram_policy_malformed);
  }
}

}  // namespace
}  // namespace herald
