#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace herald {
namespace {

bool is_readable(char32_t code) {
  const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  return !control && code != 0xfffe && code != 0xffff;
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) {
    text.remove_prefix(1);
    return first;
  }
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return std::nullopt;
  char32_t code = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80) return std::nullopt;
    code = code << 6U | (byte & 0x3fU);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least[size] || code > 0x10ffff || surrogate) return std::nullopt;
  text.remove_prefix(size);
  return code;
}

std::size_t plain_size(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t high_bits = ones << 7U;
  std::size_t size = 0;
  std::uint64_t word = 0;
  for (; text.size() - size >= sizeof word; size += sizeof word) {
    std::memcpy(&word, text.data() + size, sizeof word);
    // Without high bits, adding 1 sets that of 0x7f, and subtracting 0x20 that of some byte if one
    // is smaller.
    if (((word | (word + ones) | (word - ones * 0x20)) & high_bits) != 0) break;
  }
  while (size < text.size() && text[size] >= 0x20 && text[size] < 0x7f) ++size;
  return size;
}

bool is_text(std::string_view text) {
  for (text.remove_prefix(plain_size(text)); !text.empty();) {
    const auto code = take_code_point(text);
    if (!code || !is_readable(*code)) return false;
  }
  return true;
}

std::string made_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  const std::size_t plain = plain_size(bytes);
  text += bytes.substr(0, plain);
  for (bytes.remove_prefix(plain); !bytes.empty();) {
    std::string_view rest = bytes;
    const auto code = take_code_point(rest);
    const bool stays = code && (is_readable(*code) || *code == '\n');
    const std::size_t size = code ? bytes.size() - rest.size() : 1;
    text += stays ? bytes.substr(0, size) : "?";
    bytes.remove_prefix(size);
  }
  return text;
}

}  // namespace herald
