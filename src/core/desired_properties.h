#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/thing_history.h"

namespace herald {

// What a property is wanted to be: alink.md, section 6.
struct DesiredProperty {
  std::string identifier;
  std::uint64_t version = 0;  // Grows by one with each value, and with each one that is cleared.
  Time time;
  std::optional<std::string> value;  // JSON; none: nothing is wanted any more.
};

// What owners want properties of devices to be, for as long as the devices exist. It stays on the
// disk: whoever asks waits for a reader. Changes of one device are made one after the other. Any
// thread.
class DesiredProperties {
 public:
  DesiredProperties(ThingHistory& history, const Clock& clock) : history_(history), clock_(clock) {}

  // In the order of identifiers. Errors: failed, malformed, refused.
  void of(DeviceId device, Done<std::vector<DesiredProperty>> done) const;

  struct Wish {
    std::string identifier;
    std::optional<std::string> value;  // JSON; none: clears it.
    // The version that it has to have, 0 where there is none yet; none: whatever it is.
    std::optional<std::uint64_t> expected;
  };
  using Versions = std::map<std::string, std::uint64_t>;
  // All of them or none; `riders` are durable with them. Answers the new versions. Errors: those of
  // `of`; property_set_failed (a version is another one).
  void set(DeviceId device, std::vector<Wish> wishes, Changes riders, Done<Versions> done);

  // Fulfilled, says the device: those whose version is the expected one. The rest stays, and so do
  // the versions. Errors: those of `of`.
  struct Fulfilled {
    std::string identifier;
    std::optional<std::uint64_t> version;  // None: whatever it is.
  };
  void clear(DeviceId device, std::vector<Fulfilled> all, Done<void> done);

 private:
  // Runs when nobody else changes the device; `next` ends that.
  void in_turn(DeviceId device, Task task);
  void next(DeviceId device);

  ThingHistory& history_;
  const Clock& clock_;
  std::mutex mutex_;  // Turns are taken on threads of the store and of shards.
  std::unordered_map<DeviceId, std::deque<Task>> turns_;  // Those that wait, of devices in change.
};

}  // namespace herald
