#include "thing/json_text.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace herald::thing {
namespace {

namespace json = boost::json;
using Error = boost::system::error_code;

// Builds values. Boost's own parser of this version rounds numbers with decimals twice, so that 0.3
// comes out as 0.30000000000000004: here their text is read once more.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  Builder() { stack_.reset(); }
  json::value release() { return stack_.release(); }

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return true; }
  bool on_object_end(std::size_t members, Error&) {
    stack_.push_object(members);
    return true;
  }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t elements, Error&) {
    stack_.push_array(elements);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, Error&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view rest, std::size_t, Error&) {
    stack_.push_key(rest);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, Error&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view rest, std::size_t, Error&) {
    stack_.push_string(rest);
    return true;
  }
  bool on_number_part(json::string_view part, Error&) {
    number_.append(part);
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view, Error&) {
    number_.clear();
    stack_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, json::string_view, Error&) {
    number_.clear();
    stack_.push_uint64(value);
    return true;
  }
  bool on_double(double value, json::string_view rest, Error& error) {
    number_.append(rest);
    double exact = 0;
    const char* const end = number_.data() + number_.size();
    const auto [stop, fault] = std::from_chars(number_.data(), end, exact);
    if (fault != std::errc() || stop != end) exact = value;
    number_.clear();
    if (!std::isfinite(exact)) {
      error = json::make_error_code(json::error::exponent_overflow);
      return false;
    }
    stack_.push_double(exact);
    return true;
  }
  bool on_bool(bool value, Error&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(Error&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }

 private:
  json::value_stack stack_;
  std::string number_;
};

std::string print_double(double value) {
  // What is written without an exponent.
  constexpr double smallest = 1e-7, largest = 1e21;
  const double size = std::abs(value);
  std::string text(64, '\0');
  char* const end = text.data() + text.size();
  const auto written = size == 0 || (size >= smallest && size < largest)
                           ? std::to_chars(text.data(), end, value, std::chars_format::fixed)
                           : std::to_chars(text.data(), end, value);
  text.resize(static_cast<std::size_t>(written.ptr - text.data()));
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

void print(std::string& out, const json::value& value) {
  if (const auto* object = value.if_object()) {
    out += '{';
    for (bool first = true; const auto& [key, member] : *object) {
      if (!std::exchange(first, false)) out += ',';
      out += json::serialize(key);
      out += ':';
      print(out, member);
    }
    out += '}';
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (bool first = true; const json::value& element : *array) {
      if (!std::exchange(first, false)) out += ',';
      print(out, element);
    }
    out += ']';
  } else if (const auto* number = value.if_double()) {
    out += print_double(*number);
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::optional<json::value> parse_json(std::string_view text, std::size_t depth_max) {
  json::parse_options options;
  options.max_depth = depth_max;
  json::basic_parser<Builder> parser{options};
  Error error;
  const std::size_t read = parser.write_some(/*more=*/false, text.data(), text.size(), error);
  if (error || read != text.size()) return std::nullopt;
  return parser.handler().release();
}

std::string print_json(const json::value& value) {
  std::string out;
  print(out, value);
  return out;
}

std::string plain_text(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  return print_json(value);
}

}  // namespace herald::thing
