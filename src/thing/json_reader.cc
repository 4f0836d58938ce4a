#include "thing/json_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "thing/json_text.h"
#include "thing/rules.h"

namespace herald::thing {
namespace {

namespace json = boost::json;

// The whole text as a number; none when it is not one.
template <class T>
std::optional<T> number_of(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Faults quote what strangers wrote.
std::string_view quoted(std::string_view text) { return text.substr(0, 64); }

}  // namespace

Result<json::object> JsonReader::parse(std::string_view document) {
  if (document.size() > limits::tsl_bytes) {
    return fail(Code::tsl_unreadable, fmt::format("it is longer than {} bytes", limits::tsl_bytes));
  }
  auto root = parse_json(document);
  if (!root) return fail(Code::tsl_unreadable, "it is no JSON");
  if (!root->is_object()) return fail(Code::tsl_unreadable, "it is no JSON object");
  return std::move(root->get_object());
}

void JsonReader::refuse(std::string what) {
  if (error_) return;
  error_ = Error{Code::tsl_malformed, place_.empty() ? std::move(what) : place_ + ": " + what};
}

const json::value* JsonReader::member(const Object& object, std::string_view name) const {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> JsonReader::scalar(const json::value& value) {
  if (value.is_string() || value.is_number()) return plain_text(value);
  return std::nullopt;
}

std::string JsonReader::text(const Object& object, std::string_view name) {
  if (member(object, name) == nullptr) refuse(fmt::format("{} is missing", name));
  return text(object, name, "");
}

std::string JsonReader::text(const Object& object, std::string_view name,
                             std::string_view otherwise) {
  const json::value* value = member(object, name);
  if (value == nullptr) return std::string(otherwise);
  if (const auto* text = value->if_string()) return std::string(*text);
  refuse(fmt::format("{} is no text", name));
  return {};
}

bool JsonReader::flag(const Object& object, std::string_view name) {
  const json::value* value = member(object, name);
  if (value == nullptr) return false;
  if (!value->is_bool()) refuse(fmt::format("{} is neither true nor false", name));
  return value->is_bool() && value->get_bool();
}

std::size_t JsonReader::size(const Object& object, std::string_view name, std::size_t otherwise) {
  const json::value* value = member(object, name);
  if (value == nullptr) return otherwise;
  const auto text = scalar(*value);
  const auto number = text ? number_of<std::uint32_t>(*text) : std::nullopt;
  if (!number) refuse(fmt::format("{} is no number", name));
  return number.value_or(0);
}

std::optional<Decimal> JsonReader::decimal(const Object& object, std::string_view name) {
  const json::value* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  auto text = scalar(*value);
  if (text && text->empty()) return std::nullopt;
  const auto number = text ? number_of<double>(*text) : std::nullopt;
  if (number && std::isfinite(*number)) return Decimal{std::move(*text), *number};
  refuse(fmt::format("{} is no number", name));
  return std::nullopt;
}

std::int32_t JsonReader::int32(std::string_view text) {
  const auto number = number_of<std::int32_t>(text);
  if (!number) refuse(fmt::format("'{}' is no 32-bit number", quoted(text)));
  return number.value_or(0);
}

const json::array& JsonReader::list(const Object& object, std::string_view name) {
  static const json::array none;
  const json::value* value = member(object, name);
  if (value == nullptr) return none;
  if (const auto* list = value->if_array()) return *list;
  refuse(fmt::format("{} is no list", name));
  return none;
}

const json::object& JsonReader::object(const Object& object, std::string_view name) {
  static const json::object none;
  const json::value* value = member(object, name);
  return value == nullptr ? none : this->object(*value, name);
}

const json::object& JsonReader::object(const json::value& value, std::string_view what) {
  static const json::object none;
  if (const auto* object = value.if_object()) return *object;
  refuse(fmt::format("{} is no object", what));
  return none;
}

}  // namespace herald::thing
