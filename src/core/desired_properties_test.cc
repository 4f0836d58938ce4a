#include "core/desired_properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/wait_for.h"
#include "core/testing.h"

namespace herald {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class DesiredPropertiesTest : public ::testing::Test {
 protected:
  using Wish = DesiredProperties::Wish;

  Result<DesiredProperties::Versions> set(std::vector<Wish> wishes) {
    return wait_for<DesiredProperties::Versions>(
        [&](auto done) { desired_.set(lamp_, std::move(wishes), {}, std::move(done)); });
  }
  void clear(std::vector<DesiredProperties::Fulfilled> all) {
    EXPECT_TRUE(
        wait_for<void>([&](auto done) { desired_.clear(lamp_, std::move(all), std::move(done)); }));
  }
  // `Power=1@2`: value and version.
  std::vector<std::string> all() {
    const auto read = wait_for<std::vector<DesiredProperty>>(
        [&](auto done) { desired_.of(lamp_, std::move(done)); });
    std::vector<std::string> shown;
    for (const DesiredProperty& each : read.value()) {
      shown.push_back(each.identifier + "=" + each.value.value_or("") + "@" +
                      std::to_string(each.version));
    }
    return shown;
  }

  const DeviceId lamp_{7};
  ManualClock clock_{time_of(1'790'000'000'000)};
  IdGenerator ids_{clock_, 1};
  std::unique_ptr<Store> store_ = make_memory_store(clock_, ids_);
  DesiredProperties desired_{store_->things(), clock_};
};

TEST_F(DesiredPropertiesTest, VersionsGrowByOneWithEachValue) {
  EXPECT_THAT(set({{"Power", "1", {}}, {"Level", "5", {}}}).value(),
              ElementsAre(Pair("Level", 1), Pair("Power", 1)));
  EXPECT_THAT(set({{"Power", "0", 1}}).value(), ElementsAre(Pair("Power", 2)));
  EXPECT_THAT(all(), ElementsAre("Level=5@1", "Power=0@2"));
}

TEST_F(DesiredPropertiesTest, AnotherVersionRefusesTheWholeCall) {
  ASSERT_TRUE(set({{"Power", "1", 0}}));
  const auto conflict = set({{"Level", "5", 0}, {"Power", "0", 0}});
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().code, Code::property_set_failed);
  EXPECT_THAT(all(), ElementsAre("Power=1@1"));
}

TEST_F(DesiredPropertiesTest, WhatIsClearedKeepsItsVersion) {
  ASSERT_TRUE(set({{"Power", "1", {}}}));
  ASSERT_TRUE(set({{"Power", std::nullopt, {}}}));
  EXPECT_THAT(all(), ElementsAre("Power=@2"));
  ASSERT_TRUE(set({{"Power", "\"\"", 2}}));
  EXPECT_THAT(all(), ElementsAre("Power=\"\"@3"));
}

TEST_F(DesiredPropertiesTest, DevicesClearWhatTheyHaveFulfilledAndNothingNewer) {
  ASSERT_TRUE(set({{"Power", "1", {}}, {"Level", "5", {}}}));
  ASSERT_TRUE(set({{"Power", "0", {}}}));
  clear({{"Power", 1}, {"Level", std::nullopt}, {"Unknown", std::nullopt}});
  EXPECT_THAT(all(), ElementsAre("Level=@1", "Power=0@2"));
  clear({{"Power", 2}});
  EXPECT_THAT(all(), ElementsAre("Level=@1", "Power=@2"));
}

TEST_F(DesiredPropertiesTest, ChangesOfOneDeviceAreMadeInTurn) {
  std::atomic<int> answered = 0;
  for (int i = 0; i < 100; ++i) {
    desired_.set(lamp_, {{"Power", "1", {}}}, {}, [&](const auto& done) {
      EXPECT_TRUE(done);
      ++answered;
    });
  }
  EXPECT_THAT(set({{"Power", "1", {}}}).value(), ElementsAre(Pair("Power", 101)));
  EXPECT_EQ(answered, 100);
}

}  // namespace
}  // namespace herald
