#include "api/fields.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <limits>

namespace herald::api {
namespace {

namespace json = boost::json;

std::string difference(const json::value& value, const Field& field) {
  const auto unless = [&](bool fits) {
    return fits ? std::string()
                : std::string(field.name) + " is not of type " + std::string(name_of(field.type));
  };
  const auto members = [&](const json::value& element) {
    const auto* object = element.if_object();
    if (object == nullptr) return unless(false);
    const std::string inner = difference(*object, field.members);
    return inner.empty() ? inner : std::string(field.name) + "." + inner;
  };
  switch (field.type) {
    case Field::Type::text:
      return unless(value.is_string());
    case Field::Type::boolean:
      return unless(value.is_bool());
    case Field::Type::long_integer:
      return unless(value.is_int64());
    case Field::Type::integer:
      return unless(value.is_int64() && value.get_int64() <= std::numeric_limits<int>::max() &&
                    value.get_int64() >= std::numeric_limits<int>::min());
    case Field::Type::object:
      return members(value);
    case Field::Type::list:
      break;
  }
  const auto* array = value.if_array();
  if (array == nullptr) return unless(false);
  for (const json::value& element : *array) {
    if (field.members.empty() && element.is_string()) continue;
    if (std::string inner = members(element); !inner.empty()) return inner;
  }
  return {};
}

}  // namespace

std::string_view name_of(Field::Type type) {
  switch (type) {
    case Field::Type::text:
      return "String";
    case Field::Type::integer:
      return "Integer";
    case Field::Type::long_integer:
      return "Long";
    case Field::Type::boolean:
      return "Boolean";
    case Field::Type::object:
      return "Object";
    case Field::Type::list:
      return "List";
  }
  return "";
}

std::string difference(const json::object& reply, const Fields& fields) {
  for (const auto& [key, value] : reply) {
    const auto at = std::ranges::find(fields, std::string_view(key), &Field::name);
    if (at == fields.end()) return std::string(key) + " is not declared";
    if (std::string inner = difference(value, *at); !inner.empty()) return inner;
  }
  return {};
}

}  // namespace herald::api
