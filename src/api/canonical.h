#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/params.h"
#include "base/crypto.h"

namespace herald::api {

// What stands for a byte: itself, or its percent escape.
struct Escape {
  std::array<char, 7> text{};
  std::uint8_t size = 0;
};
using Escapes = std::array<Escape, 256>;
// Escaped is everything but A-Z a-z 0-9 - _ . ~. Twice: as if what comes out were encoded once
// more.
extern const Escapes escaped_once;
extern const Escapes escaped_twice;

// Takes a canonical text piece by piece, so that nobody needs to build a long one.
class Sink {
 public:
  virtual ~Sink() = default;
  void add(std::string_view text);
  void add_escaped(std::string_view text, const Escapes& escapes);

 protected:
  void flush();

 private:
  virtual void take(std::string_view block) = 0;
  std::array<char, 4096> block_;
  std::size_t used_ = 0;
};

class HashSink final : public Sink {
 public:
  explicit HashSink(Hasher hasher) : hasher_(std::move(hasher)) {}
  // Only once.
  std::string digest() {
    flush();
    return hasher_.finish();
  }

 private:
  void take(std::string_view block) override { hasher_.add(block); }
  Hasher hasher_;
};

// Keeps the text, up to `size_max` bytes of it.
class TextSink final : public Sink {
 public:
  explicit TextSink(std::size_t size_max = std::string::npos) : size_max_(size_max) {}
  std::string text() {
    flush();
    return text_;
  }

 private:
  void take(std::string_view block) override { text_ += block.substr(0, size_max_ - text_.size()); }
  std::size_t size_max_;
  std::string text_;
};

// The marks of a canonical query: plain, or as if encoded once more.
struct QueryMarks {
  const Escapes& escapes;
  std::string_view equals;
  std::string_view ampersand;
};
constexpr QueryMarks plain_marks{escaped_once, "=", "&"};
constexpr QueryMarks encoded_marks{escaped_twice, "%3D", "%26"};

void add_parameter(Sink& sink, const Parameter& parameter, const QueryMarks& marks, bool first);

}  // namespace herald::api
