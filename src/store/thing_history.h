#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"
#include "model/records.h"

namespace herald {

// How long, unless an operator says otherwise: alink.md, section 3.
constexpr std::chrono::days things_kept_for{30};

// What a series of entries is of. Unchecked are those that do not fit the thing model, or that
// nobody has held against it.
enum class ThingStream : std::uint8_t {
  properties = 1,
  events,
  services,
  unchecked_properties,
  unchecked_events,
  unchecked_services,
  desired,  // What properties are wanted to be. The last of it is kept, and nothing else.
};
constexpr std::uint8_t thing_streams = 8;  // Above each of them.
constexpr bool is_unchecked(ThingStream stream) {
  return stream >= ThingStream::unchecked_properties && stream <= ThingStream::unchecked_services;
}

// Where an entry stands in the order of all entries of a device: by time, then by the rest.
struct ThingPlace {
  Time time;
  std::uint64_t sequence = 0;
  ThingStream stream = ThingStream::properties;
  friend auto operator<=>(const ThingPlace&, const ThingPlace&) = default;
};

// One value of one property, one event, one call of a service. Another one at its place, with its
// identifier, overwrites it: so a property has one value in each millisecond, when all of its
// entries have the sequence 0, and a call is completed by its answer.
struct ThingEntry {
  static constexpr std::size_t identifier_bytes_max = 128;

  DeviceId device;
  std::string identifier;  // In full, with the block's id.
  ThingPlace place;        // Times from 1970 on.
  std::string value;       // What a property is; what an event or a service gave.
  std::string input;       // What a service was called with.
};

// Which entries of a device are read.
struct ThingRange {
  DeviceId device;
  std::vector<ThingStream> streams;
  std::vector<std::string> identifiers;  // Empty: all.
  Time first;                            // Both ends belong to it.
  Time last;
  bool newest_first = false;
  std::optional<ThingPlace> after;  // Goes on behind this place, in its order.
  std::size_t limit = 0;
  bool limit_each = false;  // The limit is that of each identifier in each stream.
};

// Keeps what devices report for as long as StoreLimits says. Deleting a device's record deletes all
// of it. Any thread; calls return at once.
class ThingHistory {
 public:
  virtual ~ThingHistory() = default;

  // Durable with `riders`, all or nothing, when `done` is called, on a thread of the store. Errors:
  // as RegistryStorage::write.
  virtual void keep(std::vector<ThingEntry> entries, Changes riders, Done<void> done) = 0;
  void keep(std::vector<ThingEntry> entries, Done<void> done) {
    keep(std::move(entries), {}, std::move(done));
  }
  // On the disk within a second, as RegistryStorage::write_soon has it.
  virtual void keep_soon(std::vector<ThingEntry> entries) = 0;

  // Entries in order, up to `limit`; `done` is called on a thread of the store. Errors: failed,
  // malformed, refused.
  virtual void read(ThingRange range, Done<std::vector<ThingEntry>> done) const = 0;
  // The last entry of each property, by stream and identifier. What fits the model is kept for
  // good, and so is what is wanted. Errors: the same.
  virtual void read_latest(DeviceId device, std::vector<ThingStream> streams,
                           Done<std::vector<ThingEntry>> done) const = 0;
};

}  // namespace herald
