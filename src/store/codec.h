#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace herald {

// Builds a stored record field by field. Numbers in keys are fixed and big-endian, so that keys
// sort as their numbers do; numbers in values are varints, as in protocol buffers.
class Writer {
 public:
  void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void fixed32(std::uint32_t value) { big_endian(value, 4); }
  void fixed64(std::uint64_t value) { big_endian(value, 8); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) u8(static_cast<std::uint8_t>(value | 0x80U));
    u8(static_cast<std::uint8_t>(value));
  }
  // Zigzag: small negative numbers are short, too.
  void svarint(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U));
  }
  void flag(bool value) { u8(value ? 1 : 0); }
  void time(Time value) { svarint(millis(value)); }
  // With its length before it.
  void text(std::string_view bytes) {
    varint(bytes.size());
    raw(bytes);
  }
  void raw(std::string_view bytes) { out_.append(bytes); }

  std::string_view view() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void big_endian(std::uint64_t value, unsigned bytes) {
    while (bytes-- > 0) u8(static_cast<std::uint8_t>(value >> (8U * bytes)));
  }

  std::string out_;
};

// Reads what a Writer built. Records grow at their end: a field that begins where the record ends
// reads as zero or empty. A field that is cut short, or a value that cannot be, makes the whole
// record unsound; everything after it reads as zero, and nothing beyond the record is touched.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool sound() const { return sound_; }
  std::size_t left() const { return rest_.size(); }
  void refuse() {
    sound_ = false;
    rest_ = {};
  }

  std::uint8_t u8() { return static_cast<std::uint8_t>(big_endian(1)); }
  std::uint32_t fixed32() { return static_cast<std::uint32_t>(big_endian(4)); }
  std::uint64_t fixed64() { return big_endian(8); }
  std::uint64_t varint() {
    if (rest_.empty()) return 0;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;  // More than 64 bits.
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) return value;
    }
    refuse();
    return 0;
  }
  std::int64_t svarint() {
    const std::uint64_t zigzag = varint();
    return static_cast<std::int64_t>((zigzag >> 1U) ^ (~(zigzag & 1U) + 1U));
  }
  bool flag() { return below(2) == 1; }
  // A signed number that must be less than `bound` and more than its negative.
  std::int64_t within(std::int64_t bound) {
    const std::int64_t value = svarint();
    if (value >= bound || value <= -bound) refuse();
    return sound_ ? value : 0;
  }
  // Some ten thousand years around 1970, so that sums of times and distances cannot overflow.
  Time time() { return time_of(within(milliseconds_max)); }
  Milliseconds distance() { return Milliseconds(within(milliseconds_max)); }
  // A byte that must be less than `bound`.
  std::uint8_t below(std::uint8_t bound) {
    const std::uint8_t value = u8();
    if (value >= bound) refuse();
    return sound_ ? value : std::uint8_t{0};
  }
  // How many elements follow; each takes at least a byte, so a count beyond the record is unsound.
  std::size_t count() {
    const std::uint64_t value = varint();
    if (value > rest_.size()) refuse();
    return sound_ ? static_cast<std::size_t>(value) : 0;
  }
  std::string_view text() { return raw(count()); }
  std::string string() { return std::string(text()); }
  std::string_view raw(std::size_t size) {
    if (size > rest_.size()) {
      refuse();
      return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

 private:
  static constexpr std::int64_t milliseconds_max = std::int64_t{1} << 48U;

  std::uint64_t big_endian(std::size_t bytes) {
    if (rest_.empty()) return 0;
    std::uint64_t value = 0;
    for (const char c : raw(bytes)) value = value << 8U | static_cast<std::uint8_t>(c);
    return value;
  }

  std::string_view rest_;
  bool sound_ = true;
};

}  // namespace herald
