#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/ids.h"

namespace herald {

// Who is connected and subscribed to topics that all devices of a product share,
// `/broadcast/${productKey}/…`: device-mqtt.md, section 11. Any thread.
class Broadcasts {
 public:
  // device-mqtt.md, section 11.
  static constexpr std::size_t subscribers_max = 1'000;

  // `filter` may begin with `$share/<group>/`. False: it has too many subscribers already.
  bool subscribe(std::string_view product, DeviceId device, std::string_view filter, bool no_local);
  void unsubscribe(std::string_view product, DeviceId device, std::string_view filter);
  void leave(std::string_view product, DeviceId device);

  // Whom a message under the topic is for: each subscriber once, and of each share group one member
  // by turns, MQTT 5.0 section 4.8.2. `source` is the device that published it, if one did.
  std::vector<DeviceId> recipients(std::string_view product, std::string_view topic,
                                   DeviceId source);

 private:
  struct Subscriber {
    DeviceId device;
    std::string filter;  // As it was given.
    bool no_local = false;
  };
  struct Product {
    std::vector<Subscriber> subscribers;
    std::map<std::string, std::uint64_t, std::less<>> turns;  // By share group and its filter.
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Product> products_;
};

}  // namespace herald
