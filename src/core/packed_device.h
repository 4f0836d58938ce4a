#pragma once

#include "core/packed_bytes.h"
#include "model/records.h"

namespace herald {

// A device in as few bytes as it needs: a million of them are in memory, and most have never been
// connected and have neither nickname nor tags. Immutable; one owner.
class PackedDevice {
 public:
  PackedDevice() = default;
  // `product` is the device's ProductKey and outlives this.
  PackedDevice(const Device& device, const ProductKey& product, bool online);

  // `id` is not among what is packed: whoever has this found it by its id.
  Device device(DeviceId id) const;
  bool online() const;
  friend bool operator==(const PackedDevice& a, const PackedDevice& b) {
    return a.bytes_.view() == b.bytes_.view();
  }

 private:
  PackedBytes bytes_;
};

}  // namespace herald
