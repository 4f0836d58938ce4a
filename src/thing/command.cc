#include "thing/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <string>
#include <utility>
#include <variant>

#include "thing/json_text.h"

namespace herald::thing {
namespace {

namespace json = boost::json;

json::value typed(const DataType& type, const json::value& value);

json::object typed_members(const std::vector<Parameter>& members, const json::object& values) {
  json::object all;
  for (const auto& [name, value] : values) {
    const auto at = std::ranges::find(members, std::string_view(name), &Parameter::identifier);
    all[name] = at == members.end() ? value : typed(at->type, value);
  }
  return all;
}

// A value that fits its type, as devices expect it.
json::value typed(const DataType& type, const json::value& value) {
  if (const auto* number = std::get_if<NumberType>(&type)) {
    const bool has_decimals = number->kind != NumberKind::int32;
    return has_decimals && value.is_number() ? json::value(value.to_number<double>()) : value;
  }
  if (const auto* structure = std::get_if<StructType>(&type); structure && value.is_object()) {
    return typed_members(structure->members, value.get_object());
  }
  if (const auto* array = std::get_if<ArrayType>(&type); array && value.is_array()) {
    json::array all;
    for (const json::value& element : value.get_array()) {
      all.push_back(std::visit([&](const auto& item) { return typed(DataType(item), element); },
                               array->item));
    }
    return all;
  }
  return value;
}

std::string text_of(const Fault& fault) {
  return fmt::format("{}: {} ({})", fault.identifier, fault.text, static_cast<int>(fault.code));
}

}  // namespace

std::string_view name_of(const DataType& type) {
  if (const auto* number = std::get_if<NumberType>(&type)) {
    constexpr std::array<std::string_view, 3> names = {"int", "float", "double"};
    return names.at(static_cast<std::size_t>(number->kind));
  }
  // In the order of DataType.
  constexpr std::array<std::string_view, 7> names = {"",     "text",   "date", "bool",
                                                     "enum", "struct", "array"};
  static_assert(names.size() == std::variant_size_v<DataType>);
  return names.at(type.index());
}

Result<json::object> parse_object(std::string_view parameter, std::string_view text) {
  auto value = parse_json(text);
  auto* const object = value ? value->if_object() : nullptr;
  if (object == nullptr) return fail(Code::parameter_not_json, std::string(parameter));
  return std::move(*object);
}

Result<json::object> settable(const ThingModel& model, const json::object& items,
                              Strictness strictness, Nulls nulls) {
  if (items.empty()) return fail(Code::property_set_failed, "there is no property");
  json::object all;
  for (const auto& [identifier, value] : items) {
    const Property* property = model.property(identifier);
    if (property == nullptr && strictness != Strictness::none) {
      return fail(Code::property_not_found, std::string(identifier));
    }
    if (property != nullptr && !property->writable) {
      return fail(Code::property_read_only, std::string(identifier));
    }
    if (property == nullptr || (value.is_null() && nulls == Nulls::kept)) {
      all[identifier] = value;
      continue;
    }
    if (auto wrong = check_property(model, identifier, value, strictness)) {
      return fail(Code::property_set_failed, text_of(*wrong));
    }
    all[identifier] = typed(property->type, value);
  }
  return all;
}

Result<json::object> inputs_of(const Service& service, const json::object& arguments,
                               Strictness strictness) {
  if (auto wrong = check_inputs(service, arguments, strictness)) {
    return fail(Code::service_failed, text_of(*wrong));
  }
  return typed_members(service.inputs, arguments);
}

}  // namespace herald::thing
