#include "mqtt/utf8.h"

#include <cstddef>

namespace herald::mqtt {
namespace {

struct Range {
  unsigned char first, last;
  constexpr bool has(unsigned char byte) const { return first <= byte && byte <= last; }
};

constexpr Range ascii{0x01, 0x7F};
constexpr Range continuation{0x80, 0xBF};

// How a character that is not ASCII goes on after its first byte. Narrowing the second byte is what
// keeps out overlong forms, surrogates and everything above U+10FFFF (Unicode, table 3-7).
struct Sequence {
  Range lead;
  Range second;
  std::size_t size;
};
constexpr Sequence sequences[] = {
    {{0xC2, 0xDF}, continuation, 2}, {{0xE0, 0xE0}, {0xA0, 0xBF}, 3},
    {{0xE1, 0xEC}, continuation, 3}, {{0xED, 0xED}, {0x80, 0x9F}, 3},
    {{0xEE, 0xEF}, continuation, 3}, {{0xF0, 0xF0}, {0x90, 0xBF}, 4},
    {{0xF1, 0xF3}, continuation, 4}, {{0xF4, 0xF4}, {0x80, 0x8F}, 4},
};

// The size of the well-formed character at the start of `bytes`; 0 when there is none.
std::size_t character_size(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (ascii.has(at(0))) return 1;
  for (const auto& [lead, second, size] : sequences) {
    if (!lead.has(at(0))) continue;
    if (bytes.size() < size || !second.has(at(1))) return 0;
    for (std::size_t i = 2; i < size; ++i) {
      if (!continuation.has(at(i))) return 0;
    }
    return size;
  }
  return 0;
}

}  // namespace

bool is_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = character_size(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace herald::mqtt
