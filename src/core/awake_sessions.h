#pragma once

#include <functional>
#include <memory>

#include "model/ids.h"

namespace herald {

struct DeviceSession;

// The sessions of devices that are connected, or for which something waits. Every delivery and
// every acknowledgement looks one up, and there may be a million of them: the table is flat, so
// that most look-ups wait for memory once. A session stays where it is until it is erased. One
// thread.
class AwakeSessions {
 public:
  AwakeSessions();
  ~AwakeSessions();

  // Null: the device has none here.
  DeviceSession* find(DeviceId device) const;
  // Takes the place of the device's own, if there is one.
  DeviceSession& put(std::unique_ptr<DeviceSession> session);
  void erase(DeviceId device);
  // In no order. `visit` puts and erases none.
  void each(const std::function<void(DeviceSession& session)>& visit) const;

 private:
  struct Table;
  std::unique_ptr<Table> table_;
};

}  // namespace herald
