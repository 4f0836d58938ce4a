#include "api/text.h"

#include "base/utf8.h"
#include "model/names.h"

namespace herald::api {
namespace {

bool is_chinese(char32_t code) {
  return (code >= 0x4e00 && code <= 0x9fff) || (code >= 0x3400 && code <= 0x4dbf);
}

template <class Visit>
void each_code(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto code = take_code_point(text);
    if (!code) return;
    visit(*code);
  }
}

}  // namespace

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
