#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/publisher.h"
#include "core/registry.h"
#include "core/uplink_message.h"

namespace herald {

// What becomes of a message that a device published.
enum class UplinkVerdict : std::uint8_t {
  taken,
  not_authorized,  // It may not publish there. Dropped: device-mqtt.md, section 9.
  rate,            // Over its uplink rate. Dropped: section 10.
  too_large,       // Payload over 256 KiB. Dropped.
  failed,          // The disk refused what had to be kept; the device may send it again.
};
using UplinkAnswered = std::move_only_function<void(UplinkVerdict)>;

// The one place through which everything passes that devices publish: permissions, the platform's
// own answers (NTP), the device's own subscriptions, topic routes, broadcast topics and what is
// retained. Server-side subscription attaches here. Any thread.
class Uplink {
 public:
  Uplink(Registry& registry, Publisher& publisher, const Clock& clock);

  // `answered` is called when the message is safe where it has to be, or dropped for good; at once
  // or on any thread.
  void publish(std::shared_ptr<const Device> device, UplinkMessage message,
               UplinkAnswered answered);

 private:
  Registry& registry_;
  Publisher& publisher_;
  const Clock& clock_;
};

}  // namespace herald
