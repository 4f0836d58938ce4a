#include "api/canonical.h"

#include <algorithm>
#include <cstring>

#include "model/names.h"

namespace herald::api {
namespace {

struct Escape {
  bool needed = true;
  std::array<char, 2> digits{};
};

constexpr std::array<Escape, 256> make_escapes() {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::array<Escape, 256> escapes;
  for (std::size_t byte = 0; byte < escapes.size(); ++byte) {
    const char c = static_cast<char>(byte);
    escapes[byte].needed = !is_letter_or_digit(c) && !is_one_of("-_.~", c);
    escapes[byte].digits = {hex[byte / 16], hex[byte % 16]};
  }
  return escapes;
}
constexpr auto escapes = make_escapes();

}  // namespace

void Sink::add(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = std::min(text.size(), block_.size() - used_);
    std::memcpy(block_.data() + used_, text.data(), size);
    used_ += size;
    text.remove_prefix(size);
    if (used_ == block_.size()) flush();
  }
}

void Sink::flush() {
  take({block_.data(), used_});
  used_ = 0;
}

void Sink::add_escaped(std::string_view text, std::string_view percent) {
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Escape& escape = escapes[static_cast<unsigned char>(text[i])];
    if (!escape.needed) continue;
    add(text.substr(plain, i - plain));
    add(percent);
    add({escape.digits.data(), escape.digits.size()});
    plain = i + 1;
  }
  add(text.substr(plain));
}

void add_parameter(Sink& sink, const Parameter& parameter, const QueryMarks& marks, bool first) {
  if (!first) sink.add(marks.ampersand);
  sink.add_escaped(parameter.name, marks.percent);
  sink.add(marks.equals);
  sink.add_escaped(parameter.value, marks.percent);
}

}  // namespace herald::api
