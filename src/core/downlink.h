#pragma once

#include <string>

#include "core/device_identity.h"
#include "core/publisher.h"

namespace herald {

// What the platform itself has to say to one device: at most once, to a device that is connected,
// whether or not it has subscribed. Any thread.
void tell(Publisher& publisher, AccountId account, const DeviceIdentity& device,
          std::string_view topic, std::string payload);

}  // namespace herald
