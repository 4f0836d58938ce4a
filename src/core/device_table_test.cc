#include "core/device_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace herald {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DeviceTableTest : public ::testing::Test {
 protected:
  Device device(std::uint64_t id, const std::string& name) const {
    return {.id = DeviceId{id},
            .product = product_,
            .name = DeviceName::parse(name).value(),
            .iot_id = "iot" + name,
            .created = time_of(1'700'000'000'000)};
  }
  void put(std::uint64_t id, const std::string& name) { table_.put(device(id, name)); }
  void change(std::uint64_t id, const std::function<void(Device&, bool& online)>& change) {
    EXPECT_TRUE(table_.change(DeviceId{id}, [&](Device& device, bool& online) {
      change(device, online);
      return true;
    }));
  }
  void connect(std::uint64_t id) {
    change(id, [](Device& device, bool& online) {
      device.activated = time_of(1'700'000'000'000);
      online = true;
    });
  }
  std::vector<std::uint64_t> numbers(const std::vector<DeviceId>& ids) const {
    std::vector<std::uint64_t> numbers;
    for (const DeviceId id : ids) numbers.push_back(id.value);
    return numbers;
  }

  const ProductKey product_ = ProductKey::parse("a1Lamps").value();
  const ProductKey other_ = ProductKey::parse("a1Other").value();
  DeviceTable table_;
};

TEST_F(DeviceTableTest, KeepsAllThatIsKnownOfADevice) {
  Device full = device(7, "lamp");
  full.nickname = "Hall";
  full.disabled = true;
  full.reset = true;
  full.activated = time_of(1'700'000'000'001);
  full.last_online = time_of(1'700'000'000'002);
  full.address = "127.0.0.1";
  full.certificate = "abc";
  full.tags = {{"room", "hall"}, {"floor", std::string(300, 'x')}};
  table_.put(full);
  const auto found = table_.find(full.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->device->product, full.product);
  EXPECT_EQ(found->device->name, full.name);
  EXPECT_EQ(found->device->iot_id, full.iot_id);
  EXPECT_EQ(found->device->nickname, full.nickname);
  EXPECT_EQ(found->device->disabled, full.disabled);
  EXPECT_EQ(found->device->reset, full.reset);
  EXPECT_EQ(found->device->created, full.created);
  EXPECT_EQ(found->device->activated, full.activated);
  EXPECT_EQ(found->device->last_online, full.last_online);
  EXPECT_EQ(found->device->address, full.address);
  EXPECT_EQ(found->device->certificate, full.certificate);
  EXPECT_EQ(found->device->tags, full.tags);
  EXPECT_EQ(table_.id_of_certificate("abc"), full.id);
}

TEST_F(DeviceTableTest, FindsByNameWithinTheProduct) {
  put(1, "lamp");
  EXPECT_EQ(table_.id_of(product_, "lamp"), DeviceId{1});
  EXPECT_FALSE(table_.id_of(other_, "lamp"));
  EXPECT_FALSE(table_.id_of(product_, "lamp2"));
  EXPECT_FALSE(table_.id_of(product_, std::string(100, 'x')));
}

TEST_F(DeviceTableTest, ListsTheNewestFirst) {
  for (std::uint64_t id = 1; id <= 5; ++id) put(id, "lamp" + std::to_string(id));
  EXPECT_THAT(numbers(table_.newest(product_, 0, 2)), ElementsAre(5, 4));
  EXPECT_THAT(numbers(table_.newest(product_, 4, 2)), ElementsAre(1));
  EXPECT_THAT(numbers(table_.newest(product_, 5, 2)), IsEmpty());
  EXPECT_THAT(numbers(table_.older(product_, DeviceId{3}, 5)), ElementsAre(2, 1));
  EXPECT_THAT(numbers(table_.newest(other_, 0, 2)), IsEmpty());
}

TEST_F(DeviceTableTest, ListsAndCountsByState) {
  for (std::uint64_t id = 1; id <= 5; ++id) put(id, "lamp" + std::to_string(id));
  connect(2);
  connect(4);
  change(4, [](Device&, bool& online) { online = false; });
  change(5, [](Device& device, bool&) { device.disabled = true; });
  EXPECT_THAT(numbers(table_.newest_in(product_, DeviceState::unactive, 0, 9)), ElementsAre(3, 1));
  EXPECT_THAT(numbers(table_.newest_in(product_, DeviceState::unactive, 1, 9)), ElementsAre(1));
  EXPECT_THAT(numbers(table_.newest_in(product_, DeviceState::online, 0, 9)), ElementsAre(2));
  EXPECT_THAT(numbers(table_.newest_in(product_, DeviceState::offline, 0, 9)), ElementsAre(4));
  EXPECT_THAT(numbers(table_.newest_in(product_, DeviceState::disabled, 0, 9)), ElementsAre(5));
  EXPECT_EQ(table_.count(product_, DeviceState::unactive), 2u);
  const auto counts = table_.counts(product_);
  EXPECT_EQ(counts.all, 5u);
  EXPECT_EQ(counts.activated, 2u);
  EXPECT_EQ(counts.online, 1u);
}

TEST_F(DeviceTableTest, FindsByAllOfTheTags) {
  for (std::uint64_t id = 1; id <= 3; ++id) put(id, "lamp" + std::to_string(id));
  for (const std::uint64_t id : {1, 3}) {
    change(id, [](Device& device, bool&) { device.tags = {{"room", "hall"}, {"on", "yes"}}; });
  }
  change(2, [](Device& device, bool&) { device.tags = {{"room", "hall"}}; });
  EXPECT_THAT(numbers(table_.tagged(product_, {{"room", "hall"}})), ElementsAre(3, 2, 1));
  EXPECT_THAT(numbers(table_.tagged(product_, {{"room", "hall"}, {"on", "yes"}})),
              ElementsAre(3, 1));
  change(3, [](Device& device, bool&) { device.tags.clear(); });
  EXPECT_THAT(numbers(table_.tagged(product_, {{"room", "hall"}})), ElementsAre(2, 1));
  EXPECT_THAT(numbers(table_.tagged(other_, {{"room", "hall"}})), IsEmpty());
  EXPECT_THAT(numbers(table_.tagged(product_, {{"roo", "mhall"}})), IsEmpty());
}

TEST_F(DeviceTableTest, NothingIsLeftOfWhatIsErased) {
  put(1, "lamp1");
  put(2, "lamp2");
  connect(1);
  change(1, [](Device& device, bool&) { device.tags = {{"room", "hall"}}; });
  const auto gone = table_.erase(DeviceId{1});
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->online);
  EXPECT_FALSE(table_.find(DeviceId{1}));
  EXPECT_FALSE(table_.id_of(product_, "lamp1"));
  EXPECT_THAT(numbers(table_.tagged(product_, {{"room", "hall"}})), IsEmpty());
  EXPECT_THAT(numbers(table_.newest(product_, 0, 9)), ElementsAre(2));
  const auto counts = table_.counts(product_);
  EXPECT_EQ(counts.all, 1u);
  EXPECT_EQ(counts.activated, 0u);
  EXPECT_EQ(counts.online, 0u);
  EXPECT_FALSE(table_.erase(DeviceId{1}));
}

TEST_F(DeviceTableTest, WhatReturnsHasItsPlaceAgain) {
  for (std::uint64_t id = 1; id <= 3; ++id) put(id, "lamp" + std::to_string(id));
  const auto gone = table_.erase(DeviceId{2});
  table_.put(*gone->device);
  EXPECT_THAT(numbers(table_.newest(product_, 0, 9)), ElementsAre(3, 2, 1));
}

TEST_F(DeviceTableTest, CountsThoseAmongOthers) {
  for (std::uint64_t id = 10; id <= 60; ++id) put(id, "lamp" + std::to_string(id));
  for (const std::uint64_t id : {20U, 30U, 40U}) connect(id);
  change(30, [](Device&, bool& online) { online = false; });
  change(40, [](Device& device, bool&) { device.disabled = true; });
  const auto counts = [&](std::vector<std::uint64_t> numbers) {
    std::vector<DeviceId> ids;
    for (const std::uint64_t number : numbers) ids.push_back({number});
    const auto found = table_.counts(product_, ids);
    return std::vector{found.all, found.activated, found.online};
  };
  EXPECT_THAT(counts({}), ElementsAre(0, 0, 0));
  EXPECT_THAT(counts({1, 2, 99}), ElementsAre(0, 0, 0));
  EXPECT_THAT(counts({1, 10, 20, 21, 30, 40, 60, 61}), ElementsAre(6, 3, 2));
  std::vector<std::uint64_t> all;
  for (std::uint64_t id = 1; id <= 100; ++id) all.push_back(id);
  EXPECT_THAT(counts(all), ElementsAre(51, 3, 2));
}

TEST_F(DeviceTableTest, AChangeThatIsDeclinedHasNoEffect) {
  put(1, "lamp");
  EXPECT_FALSE(table_.change(DeviceId{1}, [](Device& device, bool&) {
    device.nickname = "changed";
    return false;
  }));
  EXPECT_EQ(table_.find(DeviceId{1})->device->nickname, "");
  EXPECT_FALSE(table_.change(DeviceId{9}, [](Device&, bool&) { return true; }));
}

TEST_F(DeviceTableTest, AChangeIsTakenBackUnlessAnotherFollowed) {
  put(1, "lamp");
  const Device before = device(1, "lamp");
  Device changed = before;
  changed.nickname = "changed";
  change(1, [](Device& device, bool&) { device.nickname = "changed"; });
  table_.restore(DeviceId{1}, changed, before);
  EXPECT_EQ(table_.find(DeviceId{1})->device->nickname, "");
  change(1, [](Device& device, bool&) { device.nickname = "again"; });
  table_.restore(DeviceId{1}, changed, before);
  EXPECT_EQ(table_.find(DeviceId{1})->device->nickname, "again");
}

}  // namespace
}  // namespace herald
