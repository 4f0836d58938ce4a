#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/message.h"

namespace herald {
// Being written: the homes of all shards.
class Homes {
 public:
  // Ends a deleted device: closes its connection, drops its session, cancels its queue. Any thread.
  void cut_off(DeviceId device);
};
}  // namespace herald
