#include "thing/feature_types.h"

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
    {"INT", NumberKind::int32},
    {"FLOAT", NumberKind::float32},
    {"DOUBLE", NumberKind::float64},
}};

std::optional<NumberKind> number_kind(std::string_view name) {
  for (const auto& [known, kind] : number_kinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

NumberType number_from(JsonReader& reader, NumberKind kind, const json::object& specs) {
  NumberType type{.kind = kind};
  type.min = reader.decimal(specs, "min");
  type.max = reader.decimal(specs, "max");
  type.step = reader.decimal(specs, "step");
  type.unit = reader.text(specs, "unit", "");
  type.unit_name = reader.text(specs, "unitName", "");
  return type;
}

TextType text_from(JsonReader& reader, const json::object& specs) {
  return {reader.size(specs, "length", limits::text_length)};
}

// The items of an enum, and of a bool.
EnumType enum_from(JsonReader& reader, const json::array& list) {
  EnumType type;
  for (const json::value& each : list) {
    const json::object& item = reader.object(each, "an item");
    const auto number = reader.decimal(item, "value");
    if (!number) reader.refuse("an item without a value");
    type.items.emplace_back(number ? reader.int32(number->text) : 0, reader.text(item, "name"));
  }
  return type;
}

BoolType bool_from(JsonReader& reader, const json::array& list) {
  const EnumType both = enum_from(reader, list);
  std::optional<std::string> off, on;
  for (const auto& [number, name] : both.items) {
    if (number == 0) off = name;
    if (number == 1) on = name;
  }
  if (both.items.size() != 2 || !off || !on) reader.refuse("a bool has the items 0 and 1");
  return {off.value_or(""), on.value_or("")};
}

StructType struct_from(JsonReader& reader, const json::array& list) {
  StructType type;
  for (const json::value& each : list) {
    const json::object& fields = reader.object(each, "a member");
    Parameter member{.identifier = reader.text(fields, "identifier"), .name = {}, .type = {}};
    const JsonReader::Within within(reader, member.identifier);
    member.name = reader.text(fields, "name");
    if (fields.contains("childDataType") && fields.at("childDataType") == "STRUCT") {
      reader.refuse("a member of a struct is no struct");
    } else {
      member.type = type_from_features(reader, fields, "childDataType");
    }
    type.members.push_back(std::move(member));
  }
  return type;
}

ArrayType array_from(JsonReader& reader, const json::object& specs) {
  ArrayType type{.size = reader.size(specs, "size", 0), .item = {}};
  const std::string name = reader.text(specs, "childDataType");
  if (const auto kind = number_kind(name)) {
    type.item = number_from(reader, *kind, reader.object(specs, "dataSpecs"));
  } else if (name == "TEXT") {
    type.item = text_from(reader, reader.object(specs, "dataSpecs"));
  } else if (name == "STRUCT") {
    type.item = struct_from(reader, reader.list(specs, "dataSpecsList"));
  } else {
    reader.refuse("an array is of INT, FLOAT, DOUBLE, TEXT or STRUCT");
  }
  return type;
}

json::array members_of(const StructType& type);

// What describes a type, and in which member.
struct Specs {
  std::string_view type;
  json::object specs;
  json::array list;
  bool is_list = false;
};

struct Describe {
  Specs operator()(const NumberType& type) const {
    const std::string_view name = number_kinds[static_cast<std::size_t>(type.kind)].first;
    json::object specs{{"dataType", name}};
    if (type.max) specs["max"] = type.max->text;
    if (type.min) specs["min"] = type.min->text;
    if (type.step) specs["step"] = type.step->text;
    if (!type.unit.empty()) specs["unit"] = type.unit;
    if (!type.unit_name.empty()) specs["unitName"] = type.unit_name;
    return {.type = name, .specs = std::move(specs)};
  }
  Specs operator()(const TextType& type) const {
    return {.type = "TEXT",
            .specs = {{"dataType", "TEXT"}, {"length", std::to_string(type.length)}}};
  }
  Specs operator()(const DateType&) const {
    return {.type = "DATE", .specs = {{"dataType", "DATE"}}};
  }
  Specs operator()(const BoolType& type) const {
    return {.type = "BOOL",
            .list = {item("BOOL", 0, type.off), item("BOOL", 1, type.on)},
            .is_list = true};
  }
  Specs operator()(const EnumType& type) const {
    json::array list;
    for (const auto& [number, name] : type.items) list.push_back(item("ENUM", number, name));
    return {.type = "ENUM", .list = std::move(list), .is_list = true};
  }
  Specs operator()(const StructType& type) const {
    return {.type = "STRUCT", .list = members_of(type), .is_list = true};
  }
  Specs operator()(const ArrayType& type) const {
    Specs item = std::visit(*this, type.item);
    json::object specs{{"childDataType", item.type}};
    if (item.is_list) {
      specs["dataSpecsList"] = std::move(item.list);
    } else {
      specs["dataSpecs"] = std::move(item.specs);
    }
    specs["dataType"] = "ARRAY";
    specs["size"] = std::to_string(type.size);
    return {.type = "ARRAY", .specs = std::move(specs)};
  }

 private:
  static json::object item(std::string_view type, std::int32_t number, std::string_view name) {
    return {{"dataType", type}, {"name", name}, {"value", number}};
  }
};

void put_specs(json::object& fields, Specs specs) {
  if (specs.is_list) {
    fields["dataSpecsList"] = std::move(specs.list);
  } else {
    fields["dataSpecs"] = std::move(specs.specs);
  }
}

json::array members_of(const StructType& type) {
  json::array list;
  for (const Parameter& each : type.members) {
    Specs specs = std::visit(Describe(), each.type);
    json::object fields{{"childDataType", specs.type}};
    put_specs(fields, std::move(specs));
    fields["dataType"] = "STRUCT";
    fields["identifier"] = each.identifier;
    fields["name"] = each.name;
    list.push_back(std::move(fields));
  }
  return list;
}

}  // namespace

DataType type_from_features(JsonReader& reader, const json::object& fields,
                            std::string_view type_member) {
  const std::string name = reader.text(fields, type_member);
  const json::object& specs = reader.object(fields, "dataSpecs");
  const json::array& list = reader.list(fields, "dataSpecsList");
  if (const auto kind = number_kind(name)) return number_from(reader, *kind, specs);
  if (name == "TEXT") return text_from(reader, specs);
  if (name == "DATE") return DateType{};
  if (name == "BOOL") return bool_from(reader, list);
  if (name == "ENUM") return enum_from(reader, list);
  if (name == "STRUCT") return struct_from(reader, list);
  if (name == "ARRAY") return array_from(reader, specs);
  reader.refuse(fmt::format("there is no type '{}'", std::string_view(name).substr(0, 64)));
  return {};
}

void put_type(json::object& fields, const DataType& type) {
  Specs specs = std::visit(Describe(), type);
  const std::string_view name = specs.type;
  put_specs(fields, std::move(specs));
  fields["dataType"] = name;
}

}  // namespace herald::thing
