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

}  // namespace
}  // namespace herald
