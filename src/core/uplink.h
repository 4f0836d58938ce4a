#pragma once

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
#include "core/system_topics.h"
#include "core/topic_routes.h"
#include "core/uplink_log.h"
#include "core/uplink_message.h"

namespace herald {

// The one place through which everything passes that devices publish: permissions, what is for the
// platform itself, the device's own subscriptions, topic routes, broadcast topics and what is
// retained. Server-side subscription attaches in `publish`, where the message is known to be
// permitted. Any thread.
class Uplink {
 public:
  Uplink(Registry& registry, TopicRoutes& routes, Broadcasts& broadcasts, Retained& retained,
         const SystemTopics& system_topics, Publisher& publisher, Rates& rates, IdGenerator& ids,
         const Clock& clock);

  // `answered` is called when the message is safe where it has to be, or dropped for good; at once
  // or on any thread. `may_retain`: RETAIN counts, which it does in MQTT 5.0 only.
  void publish(const DeviceIdentity& device, UplinkMessage message, bool may_retain,
               UplinkAnswered answered);

  // What was published of late.
  const UplinkLog& log() const { return log_; }

 private:
  // Answers when each of its parts has.
  class Parts;

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
  const SystemTopics& system_topics_;
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
