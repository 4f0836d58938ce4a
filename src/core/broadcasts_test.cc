#include "core/broadcasts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view product = "a1TestPk001";
constexpr std::string_view news = "/broadcast/a1TestPk001/news";
constexpr DeviceId first{1}, second{2}, third{3};

class BroadcastsTest : public ::testing::Test {
 protected:
  std::vector<DeviceId> recipients(DeviceId source = {}) {
    return broadcasts_.recipients(product, news, source);
  }
  Broadcasts broadcasts_;
};

TEST_F(BroadcastsTest, EverySubscriberIsNamedOnce) {
  broadcasts_.subscribe(product, first, news, false);
  broadcasts_.subscribe(product, first, "/broadcast/a1TestPk001/#", false);
  broadcasts_.subscribe(product, second, news, false);
  EXPECT_THAT(recipients(), ElementsAre(first, second));
}

TEST_F(BroadcastsTest, ProductsAreApart) {
  broadcasts_.subscribe("a1OtherPk01", first, "/broadcast/a1TestPk001/#", false);
  EXPECT_THAT(recipients(), IsEmpty());
}

TEST_F(BroadcastsTest, NoLocalLeavesOutWhoPublishes) {  // [MQTT-3.8.3-3]
  broadcasts_.subscribe(product, first, news, true);
  broadcasts_.subscribe(product, second, news, false);
  EXPECT_THAT(recipients(first), ElementsAre(second));
  EXPECT_THAT(recipients(second), ElementsAre(first, second));
}

TEST_F(BroadcastsTest, AShareGroupTakesTurns) {
  const std::string shared = "$share/g/" + std::string(news);
  for (const DeviceId device : {first, second}) {
    broadcasts_.subscribe(product, device, shared, false);
  }
  EXPECT_THAT(recipients(), ElementsAre(first));
  EXPECT_THAT(recipients(), ElementsAre(second));
  EXPECT_THAT(recipients(), ElementsAre(first));
}

TEST_F(BroadcastsTest, GroupsOfDifferentNamesEachHaveACopy) {
  broadcasts_.subscribe(product, first, "$share/g/" + std::string(news), false);
  broadcasts_.subscribe(product, second, "$share/h/" + std::string(news), false);
  EXPECT_THAT(recipients(), ElementsAre(first, second));
}

TEST_F(BroadcastsTest, WhoLeavesIsNamedNoMore) {
  for (const DeviceId device : {first, second, third}) {
    broadcasts_.subscribe(product, device, news, false);
  }
  broadcasts_.unsubscribe(product, first, news);
  broadcasts_.leave(product, second);
  EXPECT_THAT(recipients(), ElementsAre(third));
}

TEST_F(BroadcastsTest, ATopicHasABoundOfSubscribers) {
  for (std::uint64_t i = 1; i <= Broadcasts::subscribers_max; ++i) {
    ASSERT_TRUE(broadcasts_.subscribe(product, DeviceId{i}, news, false));
  }
  EXPECT_FALSE(broadcasts_.subscribe(product, DeviceId{5'000}, news, false));
  EXPECT_TRUE(broadcasts_.subscribe(product, first, news, true)) << "it is one of them";
}

}  // namespace
}  // namespace herald
