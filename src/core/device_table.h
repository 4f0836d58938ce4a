#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/records.h"

namespace herald {

// A device as callers see it.
struct DeviceView {
  std::shared_ptr<const Device> device;
  bool online = false;
};

// operations.md, conventions: the numbers of QueryDeviceByStatus.
enum class DeviceState : std::uint8_t { unactive = 0, online = 1, offline = 3, disabled = 8 };
DeviceState state_of(const DeviceView& view);

// All devices, found by id and by name, and listed by product, state and tag. Made for a million
// of them: about 170 bytes for one that was never connected. Any thread; each call takes short
// locks, and lists that are put together from several show no single moment.
class DeviceTable {
 public:
  DeviceTable();
  ~DeviceTable();

  // A new device, or one that returns after it was erased.
  void put(const Device& device);
  // What it was last; nothing when it is not there.
  std::optional<DeviceView> erase(DeviceId id);

  std::optional<DeviceId> id_of(const ProductKey& product, std::string_view name) const;
  // Those of `names`, up to the first that is not there.
  std::vector<DeviceId> ids_of(const ProductKey& product,
                               std::span<const std::string_view> names) const;
  std::optional<DeviceId> id_of_certificate(std::string_view sha256) const;
  std::optional<DeviceView> find(DeviceId id) const;

  // The device and whether it is connected, changed in place under its lock. `change` calls nothing
  // of this table. Without effect when it answers false; false also when there is no such device.
  using Change = std::function<bool(Device& device, bool& online)>;
  bool change(DeviceId id, const Change& change);
  // Takes back a change, when nobody changed the device since.
  void restore(DeviceId id, const Device& changed, const Device& before);

  struct Counts {
    std::size_t all = 0;
    std::size_t activated = 0;
    std::size_t online = 0;
    Counts& operator+=(const Counts& more);
  };
  Counts counts(const ProductKey& product) const;
  // Of those among `devices`, which are in ascending order.
  Counts counts(const ProductKey& product, std::span<const DeviceId> devices) const;
  std::size_t count(const ProductKey& product, DeviceState state) const;

  // Up to `count` devices of the product, the newest first, after leaving out `skip`.
  std::vector<DeviceId> newest(const ProductKey& product, std::size_t skip,
                               std::size_t count) const;
  // The same of those in one state.
  std::vector<DeviceId> newest_in(const ProductKey& product, DeviceState state, std::size_t skip,
                                  std::size_t count) const;
  // Up to `count` that are older than `than`, the newest first.
  std::vector<DeviceId> older(const ProductKey& product, DeviceId than, std::size_t count) const;
  // All that have every one of these tags, the newest first. No tags: none.
  std::vector<DeviceId> tagged(const ProductKey& product, const Tags& tags) const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace herald
