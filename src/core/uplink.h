#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/broadcasts.h"
#include "core/device_identity.h"
#include "core/publisher.h"
#include "core/rates.h"
#include "core/registry.h"
#include "core/retained.h"
#include "core/topic_routes.h"
#include "core/uplink_log.h"
#include "core/uplink_message.h"

namespace herald {

// What becomes of a message that a device published.
enum class UplinkVerdict : std::uint8_t {
  taken,
  not_authorized,  // It may not publish there. Dropped: device-mqtt.md, section 9.
  rate,            // Over a rate. Dropped: section 10.
  too_large,       // Payload over 256 KiB, or too much is retained. Dropped.
  failed,          // The disk refused what had to be kept; the device may send it again.
};
using UplinkAnswered = std::move_only_function<void(UplinkVerdict)>;

// The one place through which everything passes that devices publish: permissions, the platform's
// own answers (NTP), the device's own subscriptions, topic routes, broadcast topics and what is
// retained. Server-side subscription attaches in `publish`, where the message is known to be
// permitted. Any thread.
class Uplink {
 public:
  Uplink(Registry& registry, TopicRoutes& routes, Broadcasts& broadcasts, Retained& retained,
         Publisher& publisher, Rates& rates, IdGenerator& ids, const Clock& clock);

  // `answered` is called when the message is safe where it has to be, or dropped for good; at once
  // or on any thread. `may_retain`: RETAIN counts, which it does in MQTT 5.0 only.
  void publish(const DeviceIdentity& device, UplinkMessage message, bool may_retain,
               UplinkAnswered answered);

  // What was published of late.
  const UplinkLog& log() const { return log_; }

 private:
  // Answers when each of its parts has.
  class Parts;

  void answer_ntp(AccountId account, const DeviceIdentity& device, const std::string& request);
  void publish_to(std::vector<DeviceId> recipients, const DeviceIdentity& device,
                  const Product& product, TopicTemplate topic, Qos qos,
                  const UplinkMessage& message, const std::shared_ptr<Parts>& parts);
  void follow_routes(const DeviceIdentity& device, const Product& product,
                     const UplinkMessage& message, const std::shared_ptr<Parts>& parts);
  void retain(const DeviceIdentity& device, const Product& product, const UplinkMessage& message,
              const std::shared_ptr<Parts>& parts);
  bool is_too_often(const std::string& topic);

  Registry& registry_;
  TopicRoutes& routes_;
  Broadcasts& broadcasts_;
  Retained& retained_;
  Publisher& publisher_;
  Rates& rates_;
  IdGenerator& ids_;
  const Clock& clock_;
  UplinkLog log_;

  std::mutex mutex_;
  std::map<std::string, Time> broadcast_at_;  // When the topic was last used.
};

// Gives homes what they need of what stands on them. All of it outlives the homes' last call.
void connect_homes(Homes& homes, Broadcasts& broadcasts, Retained& retained, Uplink& uplink,
                   Publisher& publisher, Rates& rates);

}  // namespace herald
