#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/records.h"

namespace herald {

// What is kept of a session while nobody is connected and nothing waits.
struct RestingSession {
  std::string name;  // DeviceName.
  std::vector<Subscription> subscriptions;
  SessionExpiry expiry = never_expires;
  std::optional<Time> expires_at;
};

// The kept sessions of devices that are away, packed: a million of them may be in memory, each
// with hardly more than its subscriptions. One thread.
class RestingSessions {
 public:
  RestingSessions();
  ~RestingSessions();

  void put(DeviceId device, const RestingSession& session);
  std::optional<RestingSession> find(DeviceId device) const;
  // The same, and it rests no more.
  std::optional<RestingSession> take(DeviceId device);

 private:
  struct Table;
  std::unique_ptr<Table> table_;
};

}  // namespace herald
