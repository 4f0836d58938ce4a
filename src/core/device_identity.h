#pragma once

#include "model/records.h"

namespace herald {

// Which device it is: what a connection keeps of its device, because there are many connections.
struct DeviceIdentity {
  DeviceIdentity(const Device& device)  // NOLINT: a device says which one it is.
      : id(device.id), product(device.product), name(device.name) {}

  DeviceId id;
  ProductKey product;
  DeviceName name;
};

}  // namespace herald
