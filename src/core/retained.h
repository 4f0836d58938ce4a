#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "model/records.h"
#include "store/registry_storage.h"

namespace herald {

struct RetainedLimits {
  std::size_t topics_per_device = 100;    // Under /{pk}/{dn}/.
  std::size_t topics_per_product = 1000;  // Under /broadcast/{pk}/.
  std::size_t bytes_max = 64 * limits::MiB;
};

// The last message under each topic that was published with RETAIN by a device that speaks
// MQTT 5.0, section 3.3.1.3. Any thread; a write is seen at once and undone when the storage
// refuses it.
class Retained {
 public:
  Retained(RegistryStorage& storage, const Clock& clock, const RetainedLimits& limits = {});

  // While starting, before any other call.
  void restore(RetainedMessage message);

  // Takes the place of what was there; without a payload nothing is left there. Errors: refused
  // (too many topics or bytes).
  void put(RetainedMessage message, Done<void> done);
  // Those under topics that the filter matches, without those that have expired.
  std::vector<std::shared_ptr<const RetainedMessage>> matching(std::string_view filter) const;
  // The device is deleted: `topics` is what its own begin with.
  void forget(std::string_view topics);

 private:
  using Kept = std::shared_ptr<const RetainedMessage>;
  bool fits(const RetainedMessage& message) const;
  void set(const std::string& topic, Kept kept);

  RegistryStorage& storage_;
  const Clock& clock_;
  RetainedLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, Kept, std::less<>> by_topic_;
  std::size_t bytes_ = 0;
};

}  // namespace herald
