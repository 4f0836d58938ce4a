#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace herald {

// SipHash-2-4 with 128 bits: a keyed hash of short texts that costs tens of nanoseconds. With a
// secret key nobody can make two texts meet, so tables may keep the hash and leave out the text.
class SipHash {
 public:
  struct Key {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
  };
  // Sixteen bytes as two numbers.
  struct Value {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Value&, const Value&) = default;
  };

  explicit SipHash(const Key& key) : start_(key) {}

  // For many texts that begin alike: `begun_with(a)(b)` is the hash of a and b as one text. `start`
  // is whole words of eight bytes.
  SipHash begun_with(std::string_view start) const {
    assert(start.size() % word_bytes == 0);
    SipHash begun = *this;
    for (; start.size() >= word_bytes; start.remove_prefix(word_bytes)) {
      begun.start_.add(word(start.substr(0, word_bytes)));
      begun.started_bytes_ += word_bytes;
    }
    return begun;
  }

  Value operator()(std::string_view text) const {
    State state = start_;
    const std::uint64_t size = started_bytes_ + text.size();
    for (; text.size() >= word_bytes; text.remove_prefix(word_bytes)) {
      state.add(word(text.substr(0, word_bytes)));
    }
    state.add(word(text) | size << 56U);
    return state.finish();
  }

 private:
  static constexpr std::size_t word_bytes = 8;

  struct State {
    std::uint64_t v0, v1, v2, v3;

    explicit State(const Key& key)
        : v0(key.low ^ 0x736f6d6570736575U),
          v1(key.high ^ 0x646f72616e646f6dU ^ 0xeeU),
          v2(key.low ^ 0x6c7967656e657261U),
          v3(key.high ^ 0x7465646279746573U) {}

    void round() {
      v0 += v1;
      v1 = std::rotl(v1, 13) ^ v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
    void add(std::uint64_t word) {
      v3 ^= word;
      round();
      round();
      v0 ^= word;
    }
    std::uint64_t fold() {
      for (int i = 0; i < 4; ++i) round();
      return v0 ^ v1 ^ v2 ^ v3;
    }
    Value finish() {
      v2 ^= 0xeeU;
      const std::uint64_t low = fold();
      v1 ^= 0xddU;
      return {low, fold()};
    }
  };

  // Up to eight bytes, the first the lowest.
  static std::uint64_t word(std::string_view bytes) {
    std::uint64_t value = 0;
    if (bytes.size() == word_bytes && std::endian::native == std::endian::little) {
      std::memcpy(&value, bytes.data(), sizeof value);
      return value;
    }
    for (std::size_t i = bytes.size(); i-- > 0;) {
      value = value << 8U | static_cast<std::uint8_t>(bytes[i]);
    }
    return value;
  }

  State start_;
  std::uint64_t started_bytes_ = 0;
};

}  // namespace herald
