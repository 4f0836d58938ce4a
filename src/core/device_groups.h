#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "core/group_members.h"
#include "core/named_records.h"
#include "core/registry.h"

namespace herald {

// Groups of devices of all accounts, groups within groups, and which devices are in them. A group
// and its devices are of one account and instance; to see to that is up to the caller.
//
// Any thread; a write is seen at once and undone when the storage refuses it.
class DeviceGroups {
 public:
  // operations.md, section 5; the first three as docs/compatibility.md says.
  static constexpr std::size_t groups_per_account = 1'000, groups_per_group = 100, levels = 3,
                               groups_per_device = 10;

  DeviceGroups(RegistryStorage& storage, const Registry& registry, const Clock& clock)
      : storage_(storage), registry_(registry), clock_(clock), groups_(storage, mutex_) {}

  // While starting, before any other call.
  void restore(DeviceGroup group);
  void restore(const DeviceGroupMember& member);
  // Ends memberships that a process before this one had no time to end: of groups and devices that
  // are deleted. Once, when all is restored.
  void resume();

  using Shared = std::shared_ptr<const DeviceGroup>;
  Shared find(AccountId account, std::string_view id) const;
  // Of one instance, the newest first.
  std::vector<Shared> of(AccountId account, std::string_view instance) const;
  // The caller fills in what was asked for; id and creation time are given here. Errors:
  // group_name_taken (in the instance), group_not_found (the parent), group_too_deep, group_limit.
  void create(DeviceGroup draft, Changes riders, Done<Shared> done);
  // A changed copy takes the group's place. Errors: group_not_found, and those of `change`.
  using GroupChange = std::function<Result<void>(DeviceGroup&)>;
  void change(const DeviceGroup& group, Changes riders, const GroupChange& change, Done<void> done);
  // Its devices stay, without this group; the memberships end after the answer, a slice at a time.
  // Errors: group_not_found, group_in_use (there are groups in it).
  void erase(const DeviceGroup& group, Changes riders, Done<void> done);

  // What became of devices that were to join a group.
  struct Joined {
    std::size_t joined = 0;
    std::size_t were_in_it = 0;
    std::size_t in_too_many = 0;  // Groups already.
  };
  // Each device once; those that do not exist are left out. Errors: group_not_found.
  void add(const DeviceGroup& group, const std::vector<DeviceId>& devices, Changes riders,
           Done<Joined> done);
  // Answers how many were in it. Errors: group_not_found.
  void remove(const DeviceGroup& group, const std::vector<DeviceId>& devices, Changes riders,
              Done<std::size_t> done);

  // The newest first.
  std::vector<Shared> groups_of(DeviceId device) const;
  std::size_t size(const DeviceGroup& group) const;
  // Up to `count` devices, the newest first, after leaving out `skip`.
  std::vector<DeviceId> newest(const DeviceGroup& group, std::size_t skip, std::size_t count) const;
  // Of the group's devices that are of this product.
  DeviceTable::Counts counts(const DeviceGroup& group, const ProductKey& product) const;

  // Devices that are to be deleted leave all of their groups; what they leave is to be erased by
  // the write that deletes them. They `rejoin` when that is refused. One that joined in between is
  // `forget`ten when they are gone.
  using Memberships = std::vector<DeviceGroupMember>;
  Memberships leave_all(std::span<const DeviceId> devices);
  void rejoin(const Memberships& left);
  void forget(std::span<const DeviceId> devices);

 private:
  using Number = GroupMembers::Group;
  // What a group is called on the disk; in memory its devices know it by a number.
  struct Numbered {
    AccountId account;
    std::string id;
  };

  Number number_of(AccountId account, const std::string& id);
  // As long as nobody is in it a group has no number.
  std::span<const DeviceId> members_of(const DeviceGroup& group) const;
  Memberships memberships(Number number, std::span<const DeviceId> devices) const;
  std::size_t level_of(const DeviceGroup& group) const;
  void dissolve(Number number);

  RegistryStorage& storage_;
  const Registry& registry_;
  const Clock& clock_;
  // Recursive: a Done that is called at once may call again.
  mutable std::recursive_mutex mutex_;
  NamedRecords<DeviceGroup, ErasedDeviceGroup> groups_;
  GroupMembers members_;
  std::unordered_map<std::string, Number> numbers_;
  std::unordered_map<Number, Numbered> numbered_;
  Number next_number_ = 0;
};

// What erases them on the disk.
Changes erasures(const DeviceGroups::Memberships& memberships);

}  // namespace herald
