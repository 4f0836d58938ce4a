#include "core/group_members.h"

#include <algorithm>
#include <iterator>

namespace herald {
namespace {

std::vector<DeviceId> ascending(std::vector<DeviceId> devices) {
  std::ranges::sort(devices);
  const auto doubled = std::ranges::unique(devices);
  devices.erase(doubled.begin(), doubled.end());
  return devices;
}

}  // namespace

bool GroupMembers::has(Group group, DeviceId device) const {
  return std::ranges::binary_search(of(group), device);
}

std::vector<GroupMembers::Group> GroupMembers::groups_of(DeviceId device) const {
  std::vector<Group> groups;
  for (Entry wanted{device}; true; ++wanted.place) {
    const auto at = entries_.find(wanted);
    if (at == entries_.end()) return groups;
    groups.push_back(at->group);
  }
}

std::span<const DeviceId> GroupMembers::of(Group group) const {
  const auto at = devices_.find(group);
  return at == devices_.end() ? std::span<const DeviceId>() : at->second;
}

void GroupMembers::join(Group group, std::span<const DeviceId> devices) {
  std::vector<DeviceId> joining;
  std::ranges::copy_if(devices, std::back_inserter(joining),
                       [&](DeviceId device) { return !has(group, device); });
  if (joining.empty()) return;
  joining = ascending(std::move(joining));
  for (const DeviceId device : joining) add_entry(device, group);
  // Young devices stand at the end: what is before the oldest of the new ones stays where it is.
  std::vector<DeviceId>& all = devices_[group];
  const auto from = std::ranges::lower_bound(all, joining.front());
  const std::vector<DeviceId> younger(from, all.end());
  all.erase(from, all.end());
  std::ranges::merge(younger, joining, std::back_inserter(all));
}

void GroupMembers::leave(Group group, std::span<const DeviceId> devices) {
  std::vector<DeviceId> leaving;
  std::ranges::copy_if(devices, std::back_inserter(leaving),
                       [&](DeviceId device) { return has(group, device); });
  if (leaving.empty()) return;
  leaving = ascending(std::move(leaving));
  for (const DeviceId device : leaving) remove_entry(device, group);
  std::vector<DeviceId>& all = devices_[group];
  auto next = leaving.begin();
  const auto gone =
      std::remove_if(std::ranges::lower_bound(all, *next), all.end(), [&](DeviceId device) {
        const bool leaves = next != leaving.end() && device == *next;
        if (leaves) ++next;
        return leaves;
      });
  all.erase(gone, all.end());
  if (all.empty()) devices_.erase(group);
}

void GroupMembers::add_entry(DeviceId device, Group group) {
  Entry entry{device, 0, group};
  while (!entries_.insert(entry).second) ++entry.place;
}

// The last one takes its place.
void GroupMembers::remove_entry(DeviceId device, Group group) {
  std::vector<Group> groups = groups_of(device);
  const auto at = std::ranges::find(groups, group);
  const auto place = static_cast<std::uint32_t>(at - groups.begin());
  const auto last = static_cast<std::uint32_t>(groups.size() - 1);
  entries_.erase(Entry{device, last});
  if (place == last) return;
  entries_.erase(Entry{device, place});
  entries_.insert(Entry{device, place, groups.back()});
}

}  // namespace herald
