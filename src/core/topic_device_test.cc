#include "core/topic_device.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

TEST(TopicDevice, StandsWhereTopicsOfItsKindHaveIt) {
  for (const char* topic :
       {"/pk/lamp/user/get", "/pk/lamp/user/#", "/sys/pk/lamp/thing/event/property/post",
        "/ext/session/pk/lamp/combine/login", "/ext/error/pk/lamp", "/ext/ntp/pk/lamp/request",
        "/shadow/update/pk/lamp", "/ota/device/inform/pk/lamp", "/ext/rrpc/7/pk/lamp/user/get",
        "/ext/rrpc/7//pk/lamp/user/get"}) {
    EXPECT_EQ(device_in_topic(topic), "pk/lamp") << topic;
  }
}

TEST(TopicDevice, NobodyIsNamedElsewhere) {
  for (const char* topic : {"", "/", "pk/lamp/user/get", "/broadcast/pk/news", "/ext/register",
                            "/sys/pk", "/sys//lamp/thing", "/sys/pk//thing", "/pk", "/pk/", "//"}) {
    EXPECT_EQ(device_in_topic(topic), std::nullopt) << topic;
  }
}

}  // namespace
}  // namespace herald
