#include "core/device_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "store/testing.h"

namespace herald {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Joined = DeviceGroups::Joined;

// A storage that can be told to refuse.
class Refusing final : public RegistryStorage {
 public:
  explicit Refusing(RegistryStorage& storage) : storage_(storage) {}
  Result<void> load(const Visitor& visit) override { return storage_.load(visit); }
  void write(Changes changes, Done<void> done) override {
    if (refuses) return done(fail(Code::refused));
    storage_.write(std::move(changes), std::move(done));
  }
  void write_soon(Changes changes) override { storage_.write_soon(std::move(changes)); }
  void device_secrets(std::vector<DeviceId> devices,
                      Done<std::vector<std::string>> done) const override {
    storage_.device_secrets(std::move(devices), std::move(done));
  }
  bool refuses = false;

 private:
  RegistryStorage& storage_;
};

class DeviceGroupsTest : public ::testing::Test {
 protected:
  DeviceGroupsTest() {
    registry_.restore(Product{.key = product_, .account = account_, .name = "lamps"});
  }
  ~DeviceGroupsTest() override { EXPECT_TRUE(testing::flush(*store_)); }

  Result<DeviceGroups::Shared> try_create(const std::string& name, const std::string& parent = "") {
    clock_.advance(1s);
    return wait_for<DeviceGroups::Shared>([&](Done<DeviceGroups::Shared> done) {
      groups_.create({.account = account_, .name = name, .parent = parent}, {}, std::move(done));
    });
  }
  DeviceGroup create(const std::string& name, const std::string& parent = "") {
    return *try_create(name, parent).value();
  }
  Result<void> erase(const DeviceGroup& group) {
    return wait_for<void>([&](Done<void> done) { groups_.erase(group, {}, std::move(done)); });
  }
  Result<Joined> add(const DeviceGroup& group, const std::vector<DeviceId>& devices) {
    return wait_for<Joined>(
        [&](Done<Joined> done) { groups_.add(group, devices, {}, std::move(done)); });
  }
  Result<std::size_t> remove(const DeviceGroup& group, const std::vector<DeviceId>& devices) {
    return wait_for<std::size_t>(
        [&](Done<std::size_t> done) { groups_.remove(group, devices, {}, std::move(done)); });
  }

  // Their ids ascend.
  std::vector<DeviceId> make_devices(std::size_t count) {
    auto made = wait_for<Registry::NewDevices>([&](Done<Registry::NewDevices> done) {
      registry_.create_devices(product_, std::vector<NewDevice>(count), std::move(done));
    });
    std::vector<DeviceId> ids;
    for (const auto& device : made.value()) ids.push_back(device->id);
    return ids;
  }

  std::vector<std::string> names(const std::vector<DeviceGroups::Shared>& groups) const {
    std::vector<std::string> names;
    for (const auto& group : groups) names.push_back(group->name);
    return names;
  }
  std::size_t memberships_on_disk() {
    EXPECT_TRUE(testing::flush(*store_));
    std::size_t count = 0;
    for (const Record& record : testing::loaded(*store_)) {
      count += std::holds_alternative<DeviceGroupMember>(record) ? 1 : 0;
    }
    return count;
  }

  const AccountId account_{7};
  const ProductKey product_ = ProductKey::parse("a1Lamps").value();
  ManualClock clock_{testing::start};
  IdGenerator ids_{clock_, 1};
  std::unique_ptr<Store> store_ = make_memory_store(clock_, ids_);
  Refusing storage_{store_->registry()};
  Registry registry_{storage_, ids_, clock_};
  DeviceGroups groups_{storage_, registry_, clock_};
};

// Groups.

TEST_F(DeviceGroupsTest, AreListedByInstanceTheNewestFirst) {
  create("first");
  create("second");
  wait_for<DeviceGroups::Shared>([&](Done<DeviceGroups::Shared> done) {
    groups_.create({.account = account_, .instance = "iot-2", .name = "first"}, {},
                   std::move(done));
  }).value();
  EXPECT_THAT(names(groups_.of(account_, "")), ElementsAre("second", "first"));
  EXPECT_THAT(names(groups_.of(account_, "iot-2")), ElementsAre("first"));
  EXPECT_THAT(groups_.of({8}, ""), IsEmpty());
}

TEST_F(DeviceGroupsTest, ANameIsTakenOnceInAnInstance) {
  const DeviceGroup first = create("lamps");
  EXPECT_EQ(try_create("lamps").error().code, Code::group_name_taken);
  EXPECT_EQ(try_create("lamps", first.id).error().code, Code::group_name_taken);
  ASSERT_TRUE(erase(first));
  EXPECT_TRUE(try_create("lamps"));
}

TEST_F(DeviceGroupsTest, GoThreeLevelsDeep) {
  const DeviceGroup house = create("house");
  const DeviceGroup floor = create("floor", house.id);
  const DeviceGroup hall = create("hall", floor.id);
  EXPECT_EQ(try_create("lamp", hall.id).error().code, Code::group_too_deep);
  EXPECT_EQ(try_create("lamp", "nowhere").error().code, Code::group_not_found);
}

TEST_F(DeviceGroupsTest, HaveRoomForAHundredEach) {
  const DeviceGroup house = create("house");
  for (std::size_t i = 0; i < DeviceGroups::groups_per_group; ++i) {
    ASSERT_TRUE(try_create("room" + std::to_string(i), house.id));
  }
  EXPECT_EQ(try_create("more", house.id).error().code, Code::group_limit);
  EXPECT_TRUE(try_create("more"));
}

TEST_F(DeviceGroupsTest, AreAThousandOfAnAccount) {
  for (std::size_t i = 0; i < DeviceGroups::groups_per_account; ++i) {
    groups_.restore(
        DeviceGroup{.account = account_, .id = std::to_string(i), .name = std::to_string(i)});
  }
  EXPECT_EQ(try_create("more").error().code, Code::group_limit);
}

TEST_F(DeviceGroupsTest, WithGroupsInThemStay) {
  const DeviceGroup house = create("house");
  const DeviceGroup floor = create("floor", house.id);
  EXPECT_EQ(erase(house).error().code, Code::group_in_use);
  ASSERT_TRUE(erase(floor));
  EXPECT_TRUE(erase(house));
  EXPECT_EQ(erase(house).error().code, Code::group_not_found);
}

TEST_F(DeviceGroupsTest, AChangeThatIsRefusedIsUndone) {
  const DeviceGroup house = create("house");
  const auto describe = [&](const std::string& text) {
    return wait_for<void>([&](Done<void> done) {
      groups_.change(
          house, {},
          [&](DeviceGroup& group) -> Result<void> {
            group.description = text;
            return {};
          },
          std::move(done));
    });
  };
  ASSERT_TRUE(describe("old"));
  storage_.refuses = true;
  EXPECT_EQ(describe("new").error().code, Code::refused);
  EXPECT_EQ(groups_.find(account_, house.id)->description, "old");
  EXPECT_FALSE(erase(house));
  EXPECT_TRUE(groups_.find(account_, house.id));
}

// Members.

TEST_F(DeviceGroupsTest, DevicesJoinAndLeave) {
  const DeviceGroup house = create("house");
  const auto devices = make_devices(3);
  const Joined first = add(house, {devices[0], devices[2]}).value();
  EXPECT_EQ(first.joined, 2u);
  const Joined second = add(house, devices).value();
  EXPECT_EQ(second.joined, 1u);
  EXPECT_EQ(second.were_in_it, 2u);
  EXPECT_EQ(groups_.size(house), 3u);
  EXPECT_EQ(memberships_on_disk(), 3u);
  EXPECT_THAT(names(groups_.groups_of(devices[0])), ElementsAre("house"));
  EXPECT_EQ(remove(house, {devices[0], DeviceId{1}}).value(), 1u);
  EXPECT_EQ(remove(house, {devices[0]}).value(), 0u);
  EXPECT_THAT(groups_.newest(house, 0, 9), ElementsAre(devices[2], devices[1]));
  EXPECT_EQ(memberships_on_disk(), 2u);
}

TEST_F(DeviceGroupsTest, DevicesThatDoNotExistAreLeftOut) {
  const DeviceGroup house = create("house");
  EXPECT_EQ(add(house, {DeviceId{1}}).value().joined, 0u);
  EXPECT_EQ(groups_.size(house), 0u);
}

TEST_F(DeviceGroupsTest, ADeviceIsInTenGroupsAtMost) {
  const auto devices = make_devices(1);
  std::vector<DeviceGroup> groups;
  for (int i = 0; i <= 10; ++i) groups.push_back(create("group" + std::to_string(i)));
  for (int i = 0; i < 10; ++i) ASSERT_EQ(add(groups[i], devices).value().joined, 1u);
  EXPECT_EQ(add(groups[10], devices).value().in_too_many, 1u);
  ASSERT_TRUE(erase(groups[3]));
  EXPECT_EQ(add(groups[10], devices).value().joined, 1u);
  EXPECT_EQ(groups_.groups_of(devices[0]).size(), 10u);
}

TEST_F(DeviceGroupsTest, PagesAreTheNewestFirst) {
  const DeviceGroup house = create("house");
  const auto devices = make_devices(5);
  ASSERT_TRUE(add(house, devices));
  EXPECT_THAT(groups_.newest(house, 0, 2), ElementsAre(devices[4], devices[3]));
  EXPECT_THAT(groups_.newest(house, 4, 2), ElementsAre(devices[0]));
  EXPECT_THAT(groups_.newest(house, 5, 2), IsEmpty());
  EXPECT_THAT(groups_.newest(house, 6, 2), IsEmpty());
}

TEST_F(DeviceGroupsTest, CountsAreOfTheProductsDevicesInTheGroup) {
  const DeviceGroup house = create("house");
  const auto devices = make_devices(4);
  ASSERT_TRUE(add(house, {devices[1], devices[3]}));
  registry_.set_online(devices[3], clock_.now(), "");
  registry_.set_online(devices[0], clock_.now(), "");
  const auto counts = groups_.counts(house, product_);
  EXPECT_EQ(counts.all, 2u);
  EXPECT_EQ(counts.activated, 1u);
  EXPECT_EQ(counts.online, 1u);
  EXPECT_EQ(groups_.counts(house, ProductKey::parse("other").value()).all, 0u);
}

TEST_F(DeviceGroupsTest, MembershipsThatAreRefusedAreUndone) {
  const DeviceGroup house = create("house");
  const auto devices = make_devices(2);
  ASSERT_TRUE(add(house, {devices[0]}));
  storage_.refuses = true;
  EXPECT_EQ(add(house, devices).error().code, Code::refused);
  EXPECT_EQ(remove(house, devices).error().code, Code::refused);
  EXPECT_THAT(groups_.newest(house, 0, 9), ElementsAre(devices[0]));
}

TEST_F(DeviceGroupsTest, AGroupThatIsGoneHasNoMembersAndThenTheDiskHasNone) {
  const DeviceGroup house = create("house");
  const auto devices = make_devices(2'500);
  ASSERT_TRUE(add(house, devices));
  ASSERT_TRUE(erase(house));
  EXPECT_THAT(groups_.groups_of(devices[0]), IsEmpty());
  EXPECT_EQ(add(house, devices).error().code, Code::group_not_found);
  // Three slices, each of which is written when the one before is.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(testing::flush(*store_));
  EXPECT_EQ(memberships_on_disk(), 0u);
}

// Deletion of devices.

TEST_F(DeviceGroupsTest, DevicesLeaveAllTheirGroupsAndRejoinThem) {
  const DeviceGroup house = create("house");
  const DeviceGroup garden = create("garden");
  const auto devices = make_devices(2);
  ASSERT_TRUE(add(house, devices));
  ASSERT_TRUE(add(garden, {devices[1]}));
  const auto left = groups_.leave_all(devices);
  EXPECT_EQ(left.size(), 3u);
  EXPECT_EQ(groups_.size(house) + groups_.size(garden), 0u);
  ASSERT_TRUE(erase(garden));
  groups_.rejoin(left);
  EXPECT_EQ(groups_.size(house), 2u);
  EXPECT_THAT(names(groups_.groups_of(devices[1])), ElementsAre("house"));
}

// Starting.

TEST_F(DeviceGroupsTest, AreRestoredWithTheirMembers) {
  const DeviceGroup house = create("house");
  const DeviceGroup floor = create("floor", house.id);
  const auto devices = make_devices(2);
  ASSERT_TRUE(add(house, devices));
  ASSERT_TRUE(add(floor, {devices[1]}));
  DeviceGroups again(storage_, registry_, clock_);
  for (Record& record : testing::loaded(*store_)) {
    if (auto* group = std::get_if<DeviceGroup>(&record)) again.restore(std::move(*group));
    if (const auto* member = std::get_if<DeviceGroupMember>(&record)) again.restore(*member);
  }
  again.resume();
  EXPECT_THAT(names(again.of(account_, "")), ElementsAre("floor", "house"));
  EXPECT_EQ(again.find(account_, floor.id)->parent, house.id);
  EXPECT_THAT(again.newest(house, 0, 9), ElementsAre(devices[1], devices[0]));
  EXPECT_THAT(names(again.groups_of(devices[1])), ElementsAre("floor", "house"));
  EXPECT_EQ(memberships_on_disk(), 3u);
}

TEST_F(DeviceGroupsTest, MembershipsOfWhatIsGoneEndWithTheNextStart) {
  const DeviceGroup house = create("house");
  const auto devices = make_devices(1);
  ASSERT_TRUE(add(house, devices));
  const DeviceGroupMember no_device{account_, house.id, {1}};
  const DeviceGroupMember no_group{account_, "gone", devices[0]};
  ASSERT_TRUE(testing::write(*store_, {Record(no_device), Record(no_group)}));
  for (const auto& member : {no_device, no_group}) groups_.restore(member);
  groups_.resume();
  EXPECT_EQ(groups_.size(house), 1u);
  EXPECT_EQ(memberships_on_disk(), 1u);
}

}  // namespace
}  // namespace herald
