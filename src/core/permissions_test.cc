#include "core/permissions.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

class PermissionsTest : public testing::Test {
 protected:
  Product product_{.key = ProductKey::parse("a1TestPk001").value(),
                   .topics = {{TopicId{1}, "get", Permission::sub, ""},
                              {TopicId{2}, "update", Permission::pub, ""},
                              {TopicId{3}, "both/+", Permission::sub, ""},
                              {TopicId{4}, "echo", Permission::all, ""}}};
  DeviceName device_ = DeviceName::parse("device001").value();

  bool subscribes(std::string_view filter) { return may_subscribe(product_, device_, filter); }
  bool publishes(std::string_view topic) { return may_publish(product_, device_, topic); }
};

TEST_F(PermissionsTest, CustomTopicsFollowTheirCategory) {
  EXPECT_TRUE(subscribes("/a1TestPk001/device001/user/get"));
  EXPECT_FALSE(publishes("/a1TestPk001/device001/user/get"));
  EXPECT_TRUE(publishes("/a1TestPk001/device001/user/update"));
  EXPECT_FALSE(subscribes("/a1TestPk001/device001/user/update"));
  EXPECT_TRUE(subscribes("/a1TestPk001/device001/user/echo"));
  EXPECT_TRUE(publishes("/a1TestPk001/device001/user/echo"));
}

TEST_F(PermissionsTest, UnknownCategoriesAreRefused) {
  EXPECT_FALSE(subscribes("/a1TestPk001/device001/user/other"));
  EXPECT_FALSE(publishes("/a1TestPk001/device001/user/other"));
}

TEST_F(PermissionsTest, FiltersMayBeNarrowerThanTheirCategoryButNotWider) {
  EXPECT_TRUE(subscribes("/a1TestPk001/device001/user/both/+"));
  EXPECT_TRUE(subscribes("/a1TestPk001/device001/user/both/x"));
  EXPECT_FALSE(subscribes("/a1TestPk001/device001/user/#"));
  EXPECT_FALSE(subscribes("/a1TestPk001/device001/#"));
  EXPECT_FALSE(subscribes("#"));
}

TEST_F(PermissionsTest, TopicsOfOthersAreRefused) {
  EXPECT_FALSE(subscribes("/a1TestPk001/device002/user/get"));
  EXPECT_FALSE(subscribes("/a1TestPk001/+/user/get"));
  EXPECT_FALSE(subscribes("/other/device001/user/get"));
  EXPECT_FALSE(publishes("/a1TestPk001/device002/user/update"));
  EXPECT_FALSE(subscribes("/sys/a1TestPk001/device002/thing/service/property/set"));
  EXPECT_FALSE(subscribes("/sys/a1TestPk001/+/thing/#"));
  EXPECT_FALSE(publishes("/sys/a1TestPk001/device002/thing/event/property/post"));
}

TEST_F(PermissionsTest, SystemTopicsOfTheDeviceAreOpen) {
  EXPECT_TRUE(subscribes("/sys/a1TestPk001/device001/thing/event/+/post_reply"));
  EXPECT_TRUE(subscribes("/sys/a1TestPk001/device001/rrpc/request/+"));
  EXPECT_TRUE(subscribes("/shadow/get/a1TestPk001/device001"));
  EXPECT_TRUE(subscribes("/ext/session/a1TestPk001/device001/combine/login_reply"));
  EXPECT_TRUE(subscribes("/broadcast/a1TestPk001/news"));
  EXPECT_TRUE(publishes("/sys/a1TestPk001/device001/thing/event/property/post"));
  EXPECT_TRUE(publishes("/ota/device/inform/a1TestPk001/device001"));
}

TEST_F(PermissionsTest, CustomTopicsAreBoundedInLengthAndLevels) {
  product_.topics.push_back({TopicId{5}, "#", Permission::sub, ""});
  EXPECT_TRUE(subscribes("/a1TestPk001/device001/user/a/b/c/d"));
  EXPECT_FALSE(subscribes("/a1TestPk001/device001/user/a/b/c/d/e"));
  EXPECT_FALSE(subscribes("/a1TestPk001/device001/user/" + std::string(101, 'x')));
}

// The whole matrix: what one device may do with each kind of topic. Nothing outside of this table
// is allowed, and each row says why.
struct Row {
  std::string_view topic;
  bool subscribe;
  bool publish;
  std::string_view why;
};

constexpr Row matrix[] = {
    {"/a1TestPk001/device001/user/get", true, false, "its own, SUB"},
    {"/a1TestPk001/device001/user/update", false, true, "its own, PUB"},
    {"/a1TestPk001/device001/user/echo", true, true, "its own, ALL"},
    {"/a1TestPk001/device001/user/both/x", true, false, "its own, under a wildcard"},
    {"/a1TestPk001/device001/user/none", false, false, "no such category"},
    {"/a1TestPk001/device001/user/", false, false, "an empty level"},
    {"/a1TestPk001/device001/user//get", false, false, "an empty level"},
    {"/a1TestPk001/device001/get", false, false, "not below user"},
    {"/a1TestPk001/device001/user/#", false, false, "wider than its categories"},
    {"/a1TestPk001/device001/#", false, false, "wider than its categories"},
    {"/a1TestPk001/device002/user/get", false, false, "another device"},
    {"/a1TestPk001/device002/user/update", false, false, "another device"},
    {"/a1TestPk001/device002/user/echo", false, false, "another device"},
    {"/a1TestPk001/device0011/user/get", false, false, "a name that begins alike"},
    {"/a1TestPk001/+/user/get", false, false, "reaches others"},
    {"/+/device001/user/get", false, false, "reaches other products"},
    {"/+/+/user/get", false, false, "reaches others"},
    {"+/a1TestPk001/device001/user/get", false, false, "not where it looks"},
    {"#", false, false, "everything"},
    {"+", false, false, "everything of one level"},
    {"/#", false, false, "everything"},
    {"/a1TestPk001/#", false, false, "the whole product"},
    {"/a1OtherPk01/device001/user/get", false, false, "another product"},
    {"/sys/a1TestPk001/device001/thing/service/property/set", true, true, "its own system topic"},
    {"/sys/a1TestPk001/device001/thing/#", true, false, "its own system topics"},
    {"/sys/a1TestPk001/device001/rrpc/request/+", true, false, "its own system topics"},
    {"/sys/a1TestPk001/device001/rrpc/response/7", true, true, "its own system topic"},
    {"/sys/a1TestPk001/device001/_thing/event/notify", true, true, "its own system topic"},
    {"/sys/a1TestPk001/device001/#", false, false, "wider than what it has"},
    {"/sys/a1TestPk001/device002/thing/event/property/post", false, false, "another device"},
    {"/sys/a1TestPk001/+/thing/#", false, false, "reaches others"},
    {"/sys/#", false, false, "reaches others"},
    {"/shadow/get/a1TestPk001/device001", true, true, "its own shadow"},
    {"/shadow/get/a1TestPk001/device002", false, false, "another device"},
    {"/shadow/get/a1TestPk001/+", false, false, "reaches others"},
    {"/shadow/+/a1TestPk001/device001", false, false, "wider than what it has"},
    {"/ota/device/upgrade/a1TestPk001/device001", true, true, "its own updates"},
    {"/ota/device/upgrade/a1TestPk001/device002", false, false, "another device"},
    {"/ext/ntp/a1TestPk001/device001/request", true, true, "its own time"},
    {"/ext/ntp/a1TestPk001/device002/request", false, false, "another device"},
    {"/ext/session/a1TestPk001/device002/combine/login", false, false, "another device"},
    {"/ext/error/a1TestPk001/device001", true, true, "its own errors"},
    {"/ext/rrpc/+//a/b", true, false, "requests are sent to one device, whatever their topic"},
    {"/ext/#", false, false, "wider than what it has"},
    {"/broadcast/a1TestPk001/news", true, true, "all of its product"},
    {"/broadcast/a1TestPk001/#", true, false, "all of its product"},
    {"/broadcast/a1OtherPk01/news", false, false, "another product"},
    {"/broadcast/+/news", false, false, "reaches other products"},
    {"/broadcast/#", false, false, "reaches other products"},
    {"$SYS/broker", false, false, "there is none"},
    {"", false, false, "nothing"},
    {"/", false, false, "nothing"},
};

TEST_F(PermissionsTest, TheWholeMatrix) {
  for (const Row& row : matrix) {
    EXPECT_EQ(subscribes(row.topic), row.subscribe) << row.topic << ": " << row.why;
    EXPECT_EQ(publishes(row.topic), row.publish) << row.topic << ": " << row.why;
  }
}

TEST_F(PermissionsTest, ASharedSubscriptionMayWhatItsFilterMay) {
  for (const Row& row : matrix) {
    if (row.topic.empty()) continue;
    EXPECT_EQ(subscribes("$share/group/" + std::string(row.topic)), row.subscribe) << row.topic;
  }
}

TEST_F(PermissionsTest, ABrokenShareIsRefused) {  // [MQTT-4.8.2-1], [MQTT-4.8.2-2]
  for (const char* filter :
       {"$share", "$share/", "$share/group", "$share/group/", "$share//broadcast/a1TestPk001/news",
        "$share/+/broadcast/a1TestPk001/news", "$share/g#/broadcast/a1TestPk001/news"}) {
    EXPECT_FALSE(subscribes(filter)) << filter;
  }
}

}  // namespace
}  // namespace herald
