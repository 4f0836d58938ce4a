#pragma once

#include <functional>

#include "base/result.h"
#include "model/records.h"

namespace herald {

// Keeps records, each under its own id. Writes may come from any thread and return at once.
class RegistryStorage {
 public:
  virtual ~RegistryStorage() = default;

  // All that is kept but secrets of devices, sessions after the rest, before the first write, on
  // the caller's thread. What cannot be read is left out: Store::damage. Error: failed.
  using Visitor = std::function<void(Record record)>;
  virtual Result<void> load(const Visitor& visit) = 0;

  // Durable, all or nothing, when `done` is called, on a thread of the storage, in the order of the
  // calls. Later changes to a record win. Messages wait for one call's changes at most, so bulk
  // work comes in calls of about a thousand. Errors: failed (none of it will be there); refused,
  // answered as MessageLog says.
  virtual void write(Changes changes, Done<void> done) = 0;

  // The same without an answer and without a sync of its own: on the disk within a second. For what
  // may be lost in a crash (when a device was last seen). While the disk is in trouble it waits,
  // and too much of it is given up.
  virtual void write_soon(Changes changes) = 0;

  // The secrets of devices, in their order; an empty one for a device that has none. `done` is
  // called at once where memory has them, else on a thread of the storage. Errors: failed,
  // malformed, refused.
  virtual void device_secrets(std::vector<DeviceId> devices,
                              Done<std::vector<std::string>> done) const = 0;
};

}  // namespace herald
