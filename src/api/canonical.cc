#include "api/canonical.h"

#include <algorithm>
#include <cstring>

#include "model/names.h"

namespace herald::api {
namespace {

constexpr Escapes make_escapes(std::string_view percent) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  Escapes escapes{};
  for (std::size_t byte = 0; byte < escapes.size(); ++byte) {
    Escape& escape = escapes[byte];
    const char c = static_cast<char>(byte);
    if (is_letter_or_digit(c) || is_one_of("-_.~", c)) {
      escape = {{c}, 1};
      continue;
    }
    for (const char mark : percent) escape.text[escape.size++] = mark;
    escape.text[escape.size++] = hex[byte / 16];
    escape.text[escape.size++] = hex[byte % 16];
  }
  return escapes;
}

const Escape& escape_of(const Escapes& escapes, char c) {
  return escapes[static_cast<unsigned char>(c)];
}

bool is_plain(const Escapes& escapes, std::string_view text) {
  unsigned sizes = 0;
  for (const char c : text) sizes |= escape_of(escapes, c).size;
  return sizes == 1;
}

}  // namespace

constexpr Escapes escaped_once = make_escapes("%");
constexpr Escapes escaped_twice = make_escapes("%25");

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

void Sink::add_escaped(std::string_view text, const Escapes& escapes) {
  // Most of a long value is plain: eight bytes at once where nothing among them is escaped.
  constexpr std::size_t stride = 8;
  while (!text.empty()) {
    if (block_.size() - used_ < stride * sizeof(Escape)) flush();
    char* out = block_.data() + used_;
    const std::string_view piece = text.substr(0, stride);
    text.remove_prefix(piece.size());
    if (piece.size() == stride && is_plain(escapes, piece)) {
      std::memcpy(out, piece.data(), stride);
      used_ += stride;
      continue;
    }
    for (const char c : piece) {
      // All bytes of the entry at once; what follows overwrites those that are too many.
      const Escape& escape = escape_of(escapes, c);
      std::memcpy(out, escape.text.data(), escape.text.size());
      out += escape.size;
    }
    used_ = static_cast<std::size_t>(out - block_.data());
  }
}

void add_parameter(Sink& sink, const Parameter& parameter, const QueryMarks& marks, bool first) {
  if (!first) sink.add(marks.ampersand);
  sink.add_escaped(parameter.name, marks.escapes);
  sink.add(marks.equals);
  sink.add_escaped(parameter.value, marks.escapes);
}

}  // namespace herald::api
