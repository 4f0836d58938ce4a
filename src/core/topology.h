#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/registry.h"

namespace herald {

// Which sub-devices belong to which gateway: device-mqtt.md, section 13. A device belongs to one
// gateway at most. That both are of one account and instance, and which of them may be a gateway,
// is up to the caller.
//
// Any thread; a change is seen at once, durable before it is answered, and undone when the storage
// refuses it.
class Topology {
 public:
  static constexpr std::size_t sub_devices_max = 1'500;  // Of one gateway.

  Topology(RegistryStorage& storage, const Registry& registry)
      : storage_(storage), registry_(registry) {}

  // While starting, before any other call.
  void restore(const SubDevice& sub);
  // Ends what a process before this one had no time to end: relations of devices that are deleted.
  // Once, when all is restored.
  void resume();

  std::optional<DeviceId> gateway_of(DeviceId device) const;
  bool has(DeviceId gateway, DeviceId device) const { return gateway_of(device) == gateway; }
  // In ascending order.
  std::vector<DeviceId> sub_devices_of(DeviceId gateway) const;

  using Relations = std::vector<SubDevice>;
  // All that it has, as a gateway and as a sub-device.
  Relations relations_of(DeviceId device) const;

  // All of them or none, each once; those that belong to another gateway leave it. Answers what was
  // before of those that did not belong to this one: `device` alone, where there was nothing.
  // Errors: topology_full.
  void add(DeviceId gateway, const std::vector<DeviceId>& devices, Changes riders,
           Done<Relations> done);
  // Those of these relations that exist; answers them.
  void remove(const Relations& relations, Changes riders, Done<Relations> done);

  // All relations of these devices, as gateways or as sub-devices. Those who delete the devices
  // drop them, with the write that deletes the devices, or put them back when that is refused.
  Relations drop_all(std::span<const DeviceId> devices);
  void put_back(const Relations& relations);
  // The devices are gone; relations that came in between go, too.
  void forget(std::span<const DeviceId> devices);

 private:
  // Without a gateway: it has none.
  void set(const SubDevice& sub);

  RegistryStorage& storage_;
  const Registry& registry_;
  // Held for a change of the two maps and the handing over of what is written, so that the storage
  // sees changes in the same order. Recursive: a Done that is called at once may call again.
  mutable std::recursive_mutex mutex_;
  std::unordered_map<DeviceId, DeviceId> gateways_;  // By sub-device.
  std::unordered_map<DeviceId, std::set<DeviceId>> sub_devices_;
};

// What erases them on the disk.
Changes erasures(const Topology::Relations& relations);

}  // namespace herald
