#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "store/schema.h"
#include "store/thing_history.h"

// What devices report, as it lies on the disk, so that a range of times is a range of keys:
//
//   things   DeviceId (8 bytes), stream (1), length of the identifier (1), identifier,
//            time in ms (8), sequence (8)              value, input
//   latest   the same up to the identifier             time, sequence, value
namespace herald::schema {

std::string thing_key(const ThingEntry& entry);
std::string thing_value(const ThingEntry& entry);
// Errors of these: malformed.
Result<ThingEntry> read_thing(std::string_view key, std::string_view value);

std::string latest_key(const ThingEntry& entry);
std::string latest_value(const ThingEntry& entry);
Result<ThingEntry> read_latest(std::string_view key, std::string_view value);

// Only properties have a latest value, and what they are wanted to be has nothing else.
constexpr bool has_latest(ThingStream stream) {
  return stream == ThingStream::properties || stream == ThingStream::unchecked_properties ||
         stream == ThingStream::desired;
}
constexpr bool has_history(ThingStream stream) { return stream != ThingStream::desired; }

// The beginnings of keys: of all that is of a device, of a stream, of a series; of a series from a
// time on.
std::string things_of(DeviceId device);
std::string stream_of(DeviceId device, ThingStream stream);
std::string series_of(DeviceId device, ThingStream stream, std::string_view identifier);
std::string series_from(std::string_view series, Time time);
// The key above all that begin with this.
std::string end_of(std::string prefix);

// Whether it need not be kept. What cannot be read stays: verification finds it.
bool is_old_thing(std::string_view key, Time oldest);
bool is_old_latest(std::string_view key, std::string_view value, Time oldest);

}  // namespace herald::schema
