#include "store/schema_thing_history.h"

#include "store/codec.h"

namespace herald::schema {
namespace {

constexpr std::size_t place_bytes = 16;  // Time and sequence at the end of a key.

void put_series(Writer& writer, DeviceId device, ThingStream stream, std::string_view identifier) {
  writer.fixed64(device.value);
  writer.u8(static_cast<std::uint8_t>(stream));
  writer.u8(static_cast<std::uint8_t>(identifier.size()));
  writer.raw(identifier);
}

void read_series(Reader& reader, ThingEntry& entry) {
  entry.device.value = reader.fixed64();
  entry.place.stream = static_cast<ThingStream>(reader.below(thing_streams));
  if (entry.place.stream < ThingStream::properties) reader.refuse();
  entry.identifier = reader.raw(reader.u8());
}

std::uint64_t in_key(Time time) { return static_cast<std::uint64_t>(millis(time)); }
Time from_key(std::uint64_t value) { return time_of(static_cast<std::int64_t>(value)); }

tl::unexpected<Error> malformed() { return fail(Code::malformed, "what a device reported"); }

}  // namespace

std::string thing_key(const ThingEntry& entry) {
  Writer writer;
  put_series(writer, entry.device, entry.place.stream, entry.identifier);
  writer.fixed64(in_key(entry.place.time));
  writer.fixed64(entry.place.sequence);
  return writer.take();
}

std::string thing_value(const ThingEntry& entry) {
  Writer writer;
  writer.text(entry.value);
  writer.text(entry.input);
  return writer.take();
}

Result<ThingEntry> read_thing(std::string_view key, std::string_view value) {
  ThingEntry entry;
  Reader place(key);
  read_series(place, entry);
  if (place.left() != place_bytes) return malformed();
  entry.place.time = from_key(place.fixed64());
  entry.place.sequence = place.fixed64();
  Reader reader(value);
  entry.value = reader.text();
  entry.input = reader.text();
  if (!place.sound() || !reader.sound()) return malformed();
  return entry;
}

std::string latest_key(const ThingEntry& entry) {
  return series_of(entry.device, entry.place.stream, entry.identifier);
}

std::string latest_value(const ThingEntry& entry) {
  Writer writer;
  writer.time(entry.place.time);
  writer.varint(entry.place.sequence);
  writer.text(entry.value);
  return writer.take();
}

Result<ThingEntry> read_latest(std::string_view key, std::string_view value) {
  ThingEntry entry;
  Reader place(key);
  read_series(place, entry);
  Reader reader(value);
  entry.place.time = reader.time();
  entry.place.sequence = reader.varint();
  entry.value = reader.text();
  if (!place.sound() || place.left() > 0 || !reader.sound()) return malformed();
  return entry;
}

std::string things_of(DeviceId device) { return number(device.value); }

std::string stream_of(DeviceId device, ThingStream stream) {
  return things_of(device) + static_cast<char>(stream);
}

std::string series_of(DeviceId device, ThingStream stream, std::string_view identifier) {
  Writer writer;
  put_series(writer, device, stream, identifier);
  return writer.take();
}

std::string series_from(std::string_view series, Time time) {
  return std::string(series) + number(in_key(time));
}

std::string end_of(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

bool is_old_thing(std::string_view key, Time oldest) {
  if (key.size() < place_bytes) return false;
  Reader reader(key.substr(key.size() - place_bytes));
  return reader.fixed64() < in_key(oldest);
}

bool is_old_latest(std::string_view key, std::string_view value, Time oldest) {
  const auto entry = read_latest(key, value);
  return entry && is_unchecked(entry->place.stream) && entry->place.time < oldest;
}

}  // namespace herald::schema
