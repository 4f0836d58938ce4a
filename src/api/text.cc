#include "api/text.h"

#include <algorithm>
#include <optional>

#include "model/names.h"

namespace herald::api {
namespace {

// Takes the first code point off a text that is not empty; none when it is not UTF-8.
std::optional<char32_t> take(std::string_view& text) {
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

bool is_readable(char32_t code) {
  const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  return !control && code != 0xfffe && code != 0xffff;
}

bool is_chinese(char32_t code) {
  return (code >= 0x4e00 && code <= 0x9fff) || (code >= 0x3400 && code <= 0x4dbf);
}

template <class Visit>
void each_code(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto code = take(text);
    if (!code) return;
    visit(*code);
  }
}

}  // namespace

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const auto code = take(text);
    if (!code || !is_readable(*code)) return false;
  }
  return true;
}

std::string made_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    std::string_view rest = bytes;
    const auto code = take(rest);
    const bool stays = code && (is_readable(*code) || *code == '\n');
    const std::size_t size = code ? bytes.size() - rest.size() : 1;
    text += stays ? bytes.substr(0, size) : "?";
    bytes.remove_prefix(size);
  }
  return text;
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  each_code(text, [&](char32_t) { ++count; });
  return count;
}

std::size_t width(std::string_view text) {
  std::size_t count = 0;
  each_code(text, [&](char32_t code) { count += is_chinese(code) ? 2 : 1; });
  return count;
}

bool is_short_name(std::string_view text) {
  bool fits = width(text) >= 4 && width(text) <= 30;
  each_code(text, [&](char32_t code) {
    fits &= is_chinese(code) ||
            (code < 0x80 && (code == '_' || is_letter_or_digit(static_cast<char>(code))));
  });
  return fits;
}

}  // namespace herald::api
