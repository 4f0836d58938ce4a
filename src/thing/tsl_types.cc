#include "thing/tsl_types.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "thing/rules.h"

namespace herald::thing {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, NumberKind>, 3> number_kinds = {{
    {"int", NumberKind::int32},
    {"float", NumberKind::float32},
    {"double", NumberKind::float64},
}};

NumberType number_from(JsonReader& reader, NumberKind kind, const json::object& specs) {
  NumberType type{.kind = kind};
  type.min = reader.decimal(specs, "min");
  type.max = reader.decimal(specs, "max");
  type.step = reader.decimal(specs, "step");
  type.unit = reader.text(specs, "unit", "");
  type.unit_name = reader.text(specs, "unitName", "");
  return type;
}

EnumType enum_from(JsonReader& reader, const json::object& specs) {
  EnumType type;
  for (const auto& item : specs) {
    const std::int32_t number = reader.int32(item.key());
    type.items.emplace_back(number, reader.text(specs, item.key()));
  }
  return type;
}

std::optional<NumberKind> number_kind(std::string_view name) {
  for (const auto& [known, kind] : number_kinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

ArrayType array_from(JsonReader& reader, const json::object& specs) {
  ArrayType array{.size = reader.size(specs, "size", 0), .item = {}};
  const JsonReader::Within within(reader, "item");
  const json::object& item = reader.object(specs, "item");
  const std::string name = reader.text(item, "type");
  if (const auto kind = number_kind(name)) {
    array.item = number_from(reader, *kind, reader.object(item, "specs"));
  } else if (name == "text") {
    array.item = TextType{reader.size(reader.object(item, "specs"), "length", limits::text_length)};
  } else if (name == "struct") {
    array.item = StructType{parameters_from_tsl(reader, reader.list(item, "specs"))};
  } else {
    reader.refuse("an array is of int, float, double, text or struct");
  }
  return array;
}

// What the word of a type says, and how its specs are written.
class Printer {
 public:
  explicit Printer(bool simple) : simple_(simple) {}

  json::object operator()(const NumberType& type) const {
    json::object specs;
    for (const auto& [name, bound] : {std::pair("min", &type.min), std::pair("max", &type.max),
                                      std::pair("step", &type.step)}) {
      if (*bound) specs[name] = (*bound)->text;
    }
    if (!type.unit.empty()) specs["unit"] = type.unit;
    if (!type.unit_name.empty()) specs["unitName"] = type.unit_name;
    return typed(number_kinds[static_cast<std::size_t>(type.kind)].first, std::move(specs));
  }
  json::object operator()(const TextType& type) const {
    return typed("text", {{"length", std::to_string(type.length)}});
  }
  json::object operator()(const DateType&) const { return typed("date", {}); }
  json::object operator()(const BoolType& type) const {
    return typed("bool", {{"0", type.off}, {"1", type.on}});
  }
  json::object operator()(const EnumType& type) const {
    json::object specs;
    for (const auto& [number, name] : type.items) specs[std::to_string(number)] = name;
    return typed("enum", std::move(specs));
  }
  json::object operator()(const StructType& type) const {
    return {{"type", "struct"}, {"specs", parameters_in_tsl(type.members, simple_)}};
  }
  json::object operator()(const ArrayType& type) const {
    json::object item = std::visit(*this, type.item);
    json::object specs{{"size", std::to_string(type.size)}, {"item", std::move(item)}};
    if (simple_) specs.erase("size");
    return {{"type", "array"}, {"specs", std::move(specs)}};
  }

 private:
  json::object typed(std::string_view name, json::object specs) const {
    json::object type{{"type", name}};
    if (!simple_) type["specs"] = std::move(specs);
    return type;
  }

  bool simple_;
};

}  // namespace

DataType type_from_tsl(JsonReader& reader, const json::object& type) {
  const std::string name = reader.text(type, "type");
  if (name == "struct") {
    return StructType{parameters_from_tsl(reader, reader.list(type, "specs"))};
  }
  const json::object& specs = reader.object(type, "specs");
  if (const auto kind = number_kind(name)) return number_from(reader, *kind, specs);
  if (name == "text") return TextType{reader.size(specs, "length", limits::text_length)};
  if (name == "date") return DateType{};
  if (name == "bool") return BoolType{reader.text(specs, "0"), reader.text(specs, "1")};
  if (name == "enum") return enum_from(reader, specs);
  if (name == "array") return array_from(reader, specs);
  reader.refuse(fmt::format("there is no type '{}'", std::string_view(name).substr(0, 64)));
  return {};
}

std::vector<Parameter> parameters_from_tsl(JsonReader& reader, const json::array& list) {
  std::vector<Parameter> parameters;
  for (const json::value& each : list) {
    const json::object& fields = reader.object(each, "a parameter");
    Parameter parameter{.identifier = reader.text(fields, "identifier"), .name = {}, .type = {}};
    const JsonReader::Within within(reader, parameter.identifier);
    parameter.name = reader.text(fields, "name");
    parameter.type = type_from_tsl(reader, reader.object(fields, "dataType"));
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

json::object type_in_tsl(const DataType& type, bool simple) {
  return std::visit(Printer(simple), type);
}

json::array parameters_in_tsl(const std::vector<Parameter>& list, bool simple) {
  json::array printed;
  for (const Parameter& each : list) {
    json::object fields{{"identifier", each.identifier}};
    if (!simple) fields["name"] = each.name;
    fields["dataType"] = type_in_tsl(each.type, simple);
    printed.push_back(std::move(fields));
  }
  return printed;
}

}  // namespace herald::thing
