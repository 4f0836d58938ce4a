#include "core/group_members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace herald {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<DeviceId> devices(std::initializer_list<std::uint64_t> numbers) {
  std::vector<DeviceId> ids;
  for (const std::uint64_t number : numbers) ids.push_back({number});
  return ids;
}

std::vector<std::uint64_t> numbers(std::span<const DeviceId> ids) {
  std::vector<std::uint64_t> numbers;
  for (const DeviceId id : ids) numbers.push_back(id.value);
  return numbers;
}

TEST(GroupMembers, AreInAscendingOrderAndOnce) {
  GroupMembers members;
  members.join(1, devices({5, 3}));
  members.join(1, devices({9, 4, 4, 3}));
  EXPECT_THAT(numbers(members.of(1)), ElementsAre(3, 4, 5, 9));
  EXPECT_TRUE(members.has(1, {4}));
  EXPECT_FALSE(members.has(1, {6}));
  EXPECT_FALSE(members.has(2, {4}));
}

TEST(GroupMembers, AreFoundByDevice) {
  GroupMembers members;
  for (const GroupMembers::Group group : {1U, 2U, 3U}) members.join(group, devices({7}));
  members.join(2, devices({8}));
  EXPECT_THAT(members.groups_of({7}), UnorderedElementsAre(1, 2, 3));
  members.leave(1, devices({7}));
  EXPECT_THAT(members.groups_of({7}), UnorderedElementsAre(2, 3));
  EXPECT_THAT(members.groups_of({8}), UnorderedElementsAre(2));
  EXPECT_THAT(members.groups_of({9}), IsEmpty());
}

TEST(GroupMembers, LeaveWhatTheyAreIn) {
  GroupMembers members;
  members.join(1, devices({1, 2, 3, 4, 5}));
  members.leave(1, devices({4, 9, 2, 2}));
  EXPECT_THAT(numbers(members.of(1)), ElementsAre(1, 3, 5));
  members.leave(2, devices({1}));
  members.leave(1, devices({1, 3, 5}));
  EXPECT_THAT(members.of(1), IsEmpty());
  EXPECT_THAT(members.groups_of({1}), IsEmpty());
}

// Against sets of pairs, which cannot be wrong.
TEST(GroupMembers, BothSidesAgreeWhateverComesAndGoes) {
  std::mt19937 generator(7);  // NOLINT(cert-msc51-cpp): always the same.
  const auto random = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(generator() % below);
  };
  GroupMembers members;
  std::map<GroupMembers::Group, std::set<std::uint64_t>> groups;
  for (int step = 0; step < 2'000; ++step) {
    const GroupMembers::Group group = random(12);
    std::vector<DeviceId> some;
    for (unsigned i = random(8); i-- > 0;) some.push_back({1 + random(40)});
    const bool join = random(2) == 0;
    for (const DeviceId device : some) {
      if (join) {
        groups[group].insert(device.value);
      } else {
        groups[group].erase(device.value);
      }
    }
    if (join) {
      members.join(group, some);
    } else {
      members.leave(group, some);
    }
  }
  for (GroupMembers::Group group = 0; group < 12; ++group) {
    EXPECT_THAT(numbers(members.of(group)), ::testing::ElementsAreArray(groups[group]));
  }
  for (std::uint64_t device = 1; device <= 40; ++device) {
    std::vector<GroupMembers::Group> expected;
    for (const auto& [group, all] : groups) {
      if (all.contains(device)) expected.push_back(group);
    }
    EXPECT_THAT(members.groups_of({device}), ::testing::UnorderedElementsAreArray(expected));
  }
}

}  // namespace
}  // namespace herald
