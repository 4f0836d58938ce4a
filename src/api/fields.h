#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace herald::api {

// One field of an operation's answer. operations.md writes `Data{ProductInfo[]{Name:s}}`; here that
// is object("Data", {list("ProductInfo", {text("Name", "…")}, "…")}, "…").
struct Field {
  enum class Type : std::uint8_t { text, integer, long_integer, boolean, object, list };
  Type type = Type::text;
  std::string_view name;
  std::string_view doc;
  std::vector<Field> members;  // Of an object, or of each element of a list; none: plain texts.
  bool own = false;            // Herald's addition to the original.
};
using Fields = std::vector<Field>;

std::string_view name_of(Field::Type type);

inline Field text(std::string_view name, std::string_view doc) {
  return {Field::Type::text, name, doc, {}};
}
inline Field integer(std::string_view name, std::string_view doc) {
  return {Field::Type::integer, name, doc, {}};
}
inline Field long_integer(std::string_view name, std::string_view doc) {
  return {Field::Type::long_integer, name, doc, {}};
}
inline Field boolean(std::string_view name, std::string_view doc) {
  return {Field::Type::boolean, name, doc, {}};
}
inline Field object(std::string_view name, std::string_view doc, Fields members) {
  return {Field::Type::object, name, doc, std::move(members)};
}
inline Field list(std::string_view name, std::string_view doc, Fields members) {
  return {Field::Type::list, name, doc, std::move(members)};
}
// A list of plain texts.
inline Field texts(std::string_view name, std::string_view doc) {
  return {Field::Type::list, name, doc, {}};
}
inline Field own(Field field) {
  field.own = true;
  return field;
}

// Why a reply is not what was declared; empty when it is. A field may be absent, never undeclared
// or of another type.
std::string difference(const boost::json::object& reply, const Fields& fields);

}  // namespace herald::api
