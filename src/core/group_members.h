#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "model/ids.h"

namespace herald {

// Which devices are in which groups, found from both sides. Made for a million members: about 40
// bytes for one device in one group. Not for several threads at once.
class GroupMembers {
 public:
  using Group = std::uint32_t;

  // Those that are in it already stay, and those that are not are left out, in any order.
  void join(Group group, std::span<const DeviceId> devices);
  void leave(Group group, std::span<const DeviceId> devices);

  bool has(Group group, DeviceId device) const;
  // In no order.
  std::vector<Group> groups_of(DeviceId device) const;
  // All of a group, in ascending order; until the next call that changes something.
  std::span<const DeviceId> of(Group group) const;

 private:
  // A device's groups have the places 0, 1, 2 … without a gap: so that one table of equal entries
  // holds them, and none needs memory of its own.
  struct Entry {
    DeviceId device;
    std::uint32_t place = 0;
    Group group = 0;  // Not part of what the entry is found by.
  };
  struct EntryHash {
    using is_avalanching = void;
    std::size_t operator()(const Entry& entry) const {
      return mix(entry.device.value + (std::uint64_t{entry.place} << 56U));
    }
  };
  struct SameEntry {
    bool operator()(const Entry& one, const Entry& other) const {
      return one.device == other.device && one.place == other.place;
    }
  };

  void add_entry(DeviceId device, Group group);
  void remove_entry(DeviceId device, Group group);

  // Ascending: devices get their ids in the order of their registration.
  std::unordered_map<Group, std::vector<DeviceId>> devices_;
  boost::unordered_flat_set<Entry, EntryHash, SameEntry> entries_;
};

}  // namespace herald
