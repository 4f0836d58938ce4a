#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "mqtt/packet.h"
#include "mqtt/utf8.h"

// The data types of MQTT, section 1.5, for the codec only: read from a packet's body and written.
namespace herald::mqtt {

constexpr std::size_t varint_max = 268'435'455;  // Section 2.2.3, and 1.5.5 of MQTT 5.0.
constexpr std::size_t varint_bytes_max = 4;
constexpr std::size_t string_size_max = 65'535;

// Takes values off the front of a body. The first problem sticks: from then on values are empty,
// and finish() tells what was wrong.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
  }
  std::uint16_t number() {
    const unsigned high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  std::uint32_t long_number() {
    const std::uint32_t high = number();
    return high << 16 | number();
  }
  // Four bytes at most, and no more than the value needs [MQTT-1.5.5-1].
  std::uint32_t varint() {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < varint_bytes_max; ++i) {
      const std::uint8_t next = byte();
      value |= std::uint32_t{next & 0x7Fu} << (7 * i);
      if (next > 0x7F) continue;
      require(next != 0 || i == 0, "a variable integer is longer than it needs to be");
      return value;
    }
    require(false, "a variable integer of more than four bytes");
    return 0;
  }
  std::string_view bytes() { return take(number()); }
  std::string_view text() {
    const std::string_view text = bytes();
    require(is_text(text), "a string is not well-formed UTF-8");
    return text;
  }
  PacketId packet_id() {
    const PacketId id = number();
    require(id != 0, "packet id 0");  // [MQTT-2.3.1-1], [MQTT-2.2.1-3]
    return id;
  }
  std::string_view take(std::size_t count) {
    require(count <= rest_.size(), "the packet is cut short");
    if (problem_ != nullptr) return {};
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest() { return take(rest_.size()); }

  bool sound() const { return problem_ == nullptr; }
  bool more() const { return sound() && !rest_.empty(); }
  // Else the packet is malformed.
  void require(bool holds, const char* otherwise) { note(holds, otherwise, Code::malformed); }
  // Else it can be read and is a protocol error, MQTT 5.0 section 4.13.1.
  void permit(bool holds, const char* otherwise) { note(holds, otherwise, Code::protocol_error); }

  // Takes over the problem of a part that was read by itself.
  void adopt(const Reader& part) {
    if (problem_ != nullptr || part.problem_ == nullptr) return;
    problem_ = part.problem_;
    code_ = part.code_;
  }

  // `value`, if all went well and nothing is left over.
  template <class T>
  Result<T> finish(T value) {
    require(rest_.empty(), "bytes are left over at the end");
    if (problem_ != nullptr) return fail(code_, problem_);
    return value;
  }

 private:
  void note(bool holds, const char* otherwise, Code code) {
    if (holds || problem_ != nullptr) return;
    problem_ = otherwise;
    code_ = code;
  }

  std::string_view rest_;
  const char* problem_ = nullptr;
  Code code_ = Code::malformed;
};

inline void put_byte(std::string& out, std::size_t byte) { out.push_back(static_cast<char>(byte)); }

inline void put_number(std::string& out, std::size_t number) {
  put_byte(out, number >> 8 & 0xFF);
  put_byte(out, number & 0xFF);
}

inline void put_long_number(std::string& out, std::size_t number) {
  put_number(out, number >> 16 & 0xFFFF);
  put_number(out, number & 0xFFFF);
}

inline void put_string(std::string& out, std::string_view text) {
  assert(text.size() <= string_size_max);
  put_number(out, text.size());
  out += text;
}

constexpr std::size_t string_size(std::string_view text) { return 2 + text.size(); }

constexpr std::size_t varint_size(std::size_t value) {
  return value <= 0x7F ? 1 : value <= 0x3FFF ? 2 : value <= 0x1F'FFFF ? 3 : 4;
}

// Seven bits per byte, the lowest first. Returns the end of what it wrote to `out`, at most
// varint_bytes_max bytes.
inline char* put_varint(char* out, std::size_t value) {
  assert(value <= varint_max);
  for (; value > 0x7F; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out++ = static_cast<char>(value);
  return out;
}

inline void put_varint(std::string& out, std::size_t value) {
  char bytes[varint_bytes_max];
  out.append(bytes, put_varint(bytes, value));
}

}  // namespace herald::mqtt
