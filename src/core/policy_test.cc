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
        Row{"a_condition_allows_nothing",
            policy(statement("Allow", action(R"("iot:*")") + R"(,"Condition":{"Bool":{}})")),
            "iot:Pub", false}),
    [](const auto& row) { return row.param.name; });

TEST(Policy, WithoutAnyNothingIsAllowed) { EXPECT_FALSE(allows({}, "iot:Pub")); }

TEST(Policy, DocumentsThatSayNothingAreRefused) {
  for (const std::string document :
       {"", "[]", "{}", R"({"Version":"2","Statement":[]})", R"({"Version":"1","Statement":[]})",
        R"({"Version":"1","Statement":[7]})",
        R"({"Version":"1","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":[],"Resource":"*"}]})",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*"}]})"}) {
    const auto parsed = Policy::parse(document);
    ASSERT_FALSE(parsed) << document;
    EXPECT_EQ(parsed.error().code, Code::ram_policy_malformed);
  }
  EXPECT_FALSE(Policy::parse(std::string(6'145, ' ')));
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

}  // namespace
}  // namespace herald
