#include "core/removals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/gateways.h"
#include "core/testing.h"
#include "store/testing.h"

namespace herald {
namespace {

using testing::Bench;

class RemovalsTest : public ::testing::Test {
 protected:
  RemovalsTest() {
    groups_.create({.account = bench_.account, .name = "house"}, {},
                   [this](Result<DeviceGroups::Shared> made) { house_ = made.value(); });
    bench_.settle();
  }
  ~RemovalsTest() override { bench_.settle(); }

  DeviceId add_member(const std::string& name) {
    const DeviceId device = bench_.add_device(name);
    groups_.add(*house_, {device}, {},
                [](Result<DeviceGroups::Joined> joined) { EXPECT_EQ(joined->joined, 1u); });
    bench_.settle();
    return device;
  }
  template <class Kind>
  std::size_t on_disk() {
    std::size_t count = 0;
    for (const Record& record : testing::loaded(*bench_.store)) {
      count += std::holds_alternative<Kind>(record) ? 1 : 0;
    }
    return count;
  }
  std::size_t memberships_on_disk() { return on_disk<DeviceGroupMember>(); }
  std::size_t shadows_on_disk() { return on_disk<DeviceShadow>(); }

  Bench bench_;
  TopicRoutes routes_{bench_.store->registry()};
  Retained retained_{bench_.store->registry(), bench_.clock};
  DeviceGroups groups_{bench_.store->registry(), bench_.registry, bench_.clock};
  Shadows shadows_{bench_.shards, bench_.store->registry(), bench_.registry, bench_.publisher,
                   bench_.clock};
  ThingModels things_{bench_.store->registry(), bench_.registry, bench_.clock};
  Gateways gateways_{bench_.store->registry(), bench_.registry, bench_.homes, bench_.publisher,
                     bench_.clock};
  Removals removals_{bench_.registry, bench_.homes, routes_, retained_,
                     groups_,         shadows_,     things_, gateways_};
  DeviceGroups::Shared house_;
};

TEST_F(RemovalsTest, ADeviceLeavesItsGroups) {
  const DeviceId gone = add_member("lamp1");
  add_member("lamp2");
  removals_.remove_device(gone, {}, [](const Result<void>& done) { EXPECT_TRUE(done); });
  bench_.settle();
  EXPECT_EQ(groups_.size(*house_), 1u);
  EXPECT_EQ(memberships_on_disk(), 1u);
}

TEST_F(RemovalsTest, AProductTakesItsDevicesOutOfTheirGroups) {
  for (int i = 0; i < 3; ++i) add_member("lamp" + std::to_string(i));
  removals_.remove_product(bench_.product->key, {},
                           [](const Result<void>& done) { EXPECT_TRUE(done); });
  while (!bench_.registry.removals().empty()) bench_.settle();
  EXPECT_EQ(groups_.size(*house_), 0u);
  EXPECT_EQ(memberships_on_disk(), 0u);
}

TEST_F(RemovalsTest, ADeviceTakesItsShadowWithIt) {
  const DeviceId gone = bench_.add_device("lamp1");
  const DeviceId stays = bench_.add_device("lamp2");
  for (const DeviceId device : {gone, stays}) {
    shadows_.update(device, bench_.account,
                    R"({"method":"update","state":{"desired":{"on":1}},"version":1})",
                    /*merge=*/false, {}, [](const Result<void>& done) { EXPECT_TRUE(done); });
  }
  bench_.settle();
  EXPECT_EQ(shadows_on_disk(), 2u);
  removals_.remove_device(gone, {}, [](const Result<void>& done) { EXPECT_TRUE(done); });
  bench_.settle();
  EXPECT_EQ(shadows_on_disk(), 1u);
}

TEST_F(RemovalsTest, AnUnknownDeviceIsNoneThatIsDeleted) {
  removals_.remove_device({1}, {}, [](const Result<void>& done) {
    EXPECT_EQ(done.error().code, Code::device_not_found);
  });
}

}  // namespace
}  // namespace herald
