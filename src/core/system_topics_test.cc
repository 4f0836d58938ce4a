#include "core/system_topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SystemTopicsTest : public ::testing::Test {
 protected:
  SystemTopicsTest() {
    for (const char* pattern :
         {"/sys/{pk}/{dn}/rrpc/response/+", "/ext/rrpc/+/#", "/shadow/update/{pk}/{dn}"}) {
      topics_.add(pattern, [this, pattern](const SystemMessage& from, UplinkAnswered answered) {
        heard_ = pattern;
        wildcards_.assign(from.wildcards.begin(), from.wildcards.end());
        answered(UplinkVerdict::failed);
      });
    }
  }

  // The pattern of whoever heard it; empty: nobody.
  std::string heard(const std::string& topic) {
    heard_.clear();
    UplinkVerdict verdict{};
    topics_.handle(device_, {1}, {.topic = topic}, [&](UplinkVerdict given) { verdict = given; });
    EXPECT_EQ(verdict, heard_.empty() ? UplinkVerdict::taken : UplinkVerdict::failed);
    return heard_;
  }

  const DeviceIdentity device_{{.id = {1},
                                .product = ProductKey::parse("a1BwAGVxxxx").value(),
                                .name = DeviceName::parse("lamp1").value()}};
  SystemTopics topics_;
  std::string heard_;
  std::vector<std::string> wildcards_;
};

TEST_F(SystemTopicsTest, APatternStandsForTheDevicesOwnNames) {
  EXPECT_EQ(heard("/shadow/update/a1BwAGVxxxx/lamp1"), "/shadow/update/{pk}/{dn}");
  EXPECT_EQ(heard("/shadow/update/a1BwAGVxxxx/lamp2"), "");
  EXPECT_EQ(heard("/shadow/update/lamp1/a1BwAGVxxxx"), "");
  EXPECT_EQ(heard("/shadow/update/{pk}/{dn}"), "");
}

TEST_F(SystemTopicsTest, TheWholeTopicHasToFit) {
  EXPECT_EQ(heard("/shadow/update/a1BwAGVxxxx"), "");
  EXPECT_EQ(heard("/shadow/update/a1BwAGVxxxx/lamp1/more"), "");
  EXPECT_EQ(heard("shadow/update/a1BwAGVxxxx/lamp1"), "");
  EXPECT_EQ(heard(""), "");
  EXPECT_EQ(heard("/sys/a1BwAGVxxxx/lamp1/thing/event/property/post"), "");
}

TEST_F(SystemTopicsTest, WildcardsAreToldApart) {
  EXPECT_EQ(heard("/sys/a1BwAGVxxxx/lamp1/rrpc/response/77"), "/sys/{pk}/{dn}/rrpc/response/+");
  EXPECT_THAT(wildcards_, ElementsAre("77"));
  EXPECT_EQ(heard("/ext/rrpc/78//a/b"), "/ext/rrpc/+/#");
  EXPECT_THAT(wildcards_, ElementsAre("78"));
  EXPECT_EQ(heard("/ext/rrpc/78"), "/ext/rrpc/+/#") << "# stands for nothing, too";
}

}  // namespace
}  // namespace herald
