#include "core/topology.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace herald {
namespace {

// Relations of one write: messages wait for it at most.
constexpr std::size_t slice = 1'000;

}  // namespace

Changes erasures(const Topology::Relations& relations) {
  Changes changes;
  changes.reserve(relations.size());
  for (const SubDevice& each : relations) changes.emplace_back(ErasedSubDevice{each.device});
  return changes;
}

// Starting.

void Topology::restore(const SubDevice& sub) { set(sub); }

void Topology::resume() {
  const std::lock_guard lock(mutex_);
  Relations lost;
  for (const auto& [device, gateway] : gateways_) {
    if (!registry_.device(device) || !registry_.device(gateway)) lost.push_back({device, gateway});
  }
  for (std::size_t from = 0; from < lost.size(); from += slice) {
    const auto end =
        lost.begin() + static_cast<std::ptrdiff_t>(std::min(from + slice, lost.size()));
    const Relations some(lost.begin() + static_cast<std::ptrdiff_t>(from), end);
    storage_.write_soon(erasures(some));
    for (const SubDevice& each : some) set({.device = each.device, .gateway = {}});
  }
}

// Questions.

std::optional<DeviceId> Topology::gateway_of(DeviceId device) const {
  const std::lock_guard lock(mutex_);
  const auto at = gateways_.find(device);
  return at == gateways_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<DeviceId> Topology::sub_devices_of(DeviceId gateway) const {
  const std::lock_guard lock(mutex_);
  const auto at = sub_devices_.find(gateway);
  if (at == sub_devices_.end()) return {};
  return {at->second.begin(), at->second.end()};
}

Topology::Relations Topology::relations_of(DeviceId device) const {
  const std::lock_guard lock(mutex_);
  Relations all;
  if (const auto gateway = gateway_of(device)) all.push_back({device, *gateway});
  for (const DeviceId sub : sub_devices_of(device)) all.push_back({sub, device});
  return all;
}

// Changes.

void Topology::set(const SubDevice& sub) {
  if (const auto known = gateways_.find(sub.device); known != gateways_.end()) {
    const auto before = sub_devices_.find(known->second);
    before->second.erase(sub.device);
    if (before->second.empty()) sub_devices_.erase(before);
    gateways_.erase(known);
  }
  if (sub.gateway == DeviceId{}) return;
  gateways_.emplace(sub.device, sub.gateway);
  sub_devices_[sub.gateway].insert(sub.device);
}

void Topology::add(DeviceId gateway, const std::vector<DeviceId>& devices, Changes riders,
                   Done<Relations> done) {
  const std::lock_guard lock(mutex_);
  Relations before;
  for (const DeviceId device : devices) {
    const auto known = gateways_.find(device);
    if (known != gateways_.end() && known->second == gateway) continue;
    before.push_back({device, known == gateways_.end() ? DeviceId{} : known->second});
  }
  const auto own = sub_devices_.find(gateway);
  const std::size_t size = own == sub_devices_.end() ? 0 : own->second.size();
  if (size + before.size() > sub_devices_max) {
    return done(fail(Code::topology_full, std::to_string(sub_devices_max)));
  }
  for (const SubDevice& each : before) {
    set({each.device, gateway});
    riders.emplace_back(Record(SubDevice{each.device, gateway}));
  }
  if (riders.empty()) return done(std::move(before));
  storage_.write(std::move(riders), [this, gateway, before = std::move(before),
                                     done = std::move(done)](Result<void> kept) mutable {
    if (kept) return done(std::move(before));
    {
      const std::lock_guard relock(mutex_);
      for (const SubDevice& each : before) {
        if (has(gateway, each.device)) set(each);
      }
    }
    done(tl::unexpected(std::move(kept.error())));
  });
}

void Topology::remove(const Relations& relations, Changes riders, Done<Relations> done) {
  const std::lock_guard lock(mutex_);
  Relations gone;
  std::ranges::copy_if(relations, std::back_inserter(gone),
                       [this](const SubDevice& each) { return has(each.gateway, each.device); });
  for (const SubDevice& each : gone) set({.device = each.device, .gateway = {}});
  std::ranges::move(erasures(gone), std::back_inserter(riders));
  if (riders.empty()) return done(std::move(gone));
  storage_.write(std::move(riders),
                 [this, gone = std::move(gone), done = std::move(done)](Result<void> kept) mutable {
                   if (kept) return done(std::move(gone));
                   put_back(gone);
                   done(tl::unexpected(std::move(kept.error())));
                 });
}

// Devices that are deleted.

Topology::Relations Topology::drop_all(std::span<const DeviceId> devices) {
  const std::lock_guard lock(mutex_);
  Relations gone;
  for (const DeviceId device : devices) {
    for (const SubDevice& relation : relations_of(device)) {
      gone.push_back(relation);
      set({.device = relation.device, .gateway = {}});
    }
  }
  return gone;
}

void Topology::put_back(const Relations& relations) {
  const std::lock_guard lock(mutex_);
  for (const SubDevice& each : relations) {
    if (!gateways_.contains(each.device)) set(each);
  }
}

void Topology::forget(std::span<const DeviceId> devices) {
  const std::lock_guard lock(mutex_);
  const Relations late = drop_all(devices);
  if (!late.empty()) storage_.write_soon(erasures(late));
}

}  // namespace herald
