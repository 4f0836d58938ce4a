#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/device_identity.h"
#include "core/uplink_message.h"

namespace herald {

// A message of a device to the platform itself, for as long as a handler is called.
struct SystemMessage {
  const DeviceIdentity& device;
  AccountId account;
  std::vector<std::string_view> wildcards;  // What each + of the pattern stood for.
  const UplinkMessage& message;
};

// Which part of the platform hears what devices publish under the topics that the platform owns:
// device-mqtt.md, sections 11 and 14. Filled once, while the platform is put together; any thread
// afterwards.
class SystemTopics {
 public:
  // Called on the thread on which the device's message came in. `answered` as Uplink::publish has
  // it: once, at once or later.
  using Handler = std::function<void(const SystemMessage&, UplinkAnswered answered)>;

  // In patterns {pk} and {dn} stand for the device's own names, + for any level, and # at the end
  // for any rest. What no pattern fits is accepted, and nothing is done with it.
  void add(std::string_view pattern, Handler handler);
  void handle(const DeviceIdentity& device, AccountId account, const UplinkMessage& message,
              UplinkAnswered answered) const;

 private:
  struct Row {
    std::vector<std::string> levels;  // Of the pattern.
    Handler handler;
  };
  std::vector<Row> rows_;
};

}  // namespace herald
