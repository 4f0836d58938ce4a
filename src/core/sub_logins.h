#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/device_identity.h"
#include "core/gateway_codes.h"
#include "core/platform.h"
#include "model/sub_device_claim.h"

namespace herald {

// A sub-device that may sign in on the connection of its gateway.
struct SubLogin {
  std::shared_ptr<const Device> device;
  bool clean_session = true;  // Unless it says `false`.
};

// All of them, or why none may.
struct SubLogins {
  GatewayFault fault;
  std::vector<SubLogin> logins;
};

// Whether these devices belong to the gateway, are enabled, and the gateway has their secrets:
// device-mqtt.md, section 13. `done` is called at once, or on a thread of the storage.
void check_sub_logins(const Platform& platform, const DeviceIdentity& gateway,
                      std::vector<SubDeviceClaim> claims,
                      std::move_only_function<void(SubLogins)> done);

}  // namespace herald
