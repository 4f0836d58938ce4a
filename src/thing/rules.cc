#include "thing/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/utf8.h"

namespace herald::thing {
namespace {

constexpr std::array<std::string_view, 5> reserved = {"set", "get", "post", "time", "value"};

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_word(std::string_view text, std::size_t size_max) {
  return !text.empty() && text.size() <= size_max && std::ranges::all_of(text, is_word_character);
}

// None: it is not UTF-8.
std::optional<std::size_t> characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    if (!take_code_point(text)) return std::nullopt;
  }
  return count;
}
bool has_length(std::string_view text, std::size_t min, std::size_t max) {
  const auto length = characters(text);
  return length && *length >= min && *length <= max;
}

// What is wrong, without its place; none: nothing.
using Fault = std::optional<std::string>;

double magnitude_max(NumberKind kind) {
  return kind == NumberKind::float32 ? static_cast<double>(std::numeric_limits<float>::max())
                                     : std::numeric_limits<double>::max();
}

Fault fault_of(const NumberType& type) {
  for (const auto* bound : {&type.min, &type.max, &type.step}) {
    if (!*bound) continue;
    const double value = (*bound)->value;
    const bool fits = type.kind == NumberKind::int32
                          ? value == std::trunc(value) &&
                                value >= std::numeric_limits<std::int32_t>::min() &&
                                value <= std::numeric_limits<std::int32_t>::max()
                          : std::abs(value) <= magnitude_max(type.kind);
    if (!fits) return fmt::format("{} is out of the type's range", (*bound)->text);
  }
  if (type.min && type.max && type.min->value > type.max->value) {
    return fmt::format("min {} is above max {}", type.min->text, type.max->text);
  }
  if (type.step && type.step->value <= 0)
    return fmt::format("step {} is not above 0", type.step->text);
  if (type.step && type.min && type.max && type.step->value > type.max->value - type.min->value) {
    return fmt::format("step {} is wider than the range", type.step->text);
  }
  return std::nullopt;
}

Fault fault_of(const TextType& type) {
  if (type.length >= 1 && type.length <= limits::text_length) return std::nullopt;
  return fmt::format("length {} is not from 1 to {}", type.length, limits::text_length);
}

Fault fault_of(const DateType&) { return std::nullopt; }
Fault fault_of(const BoolType&) { return std::nullopt; }

Fault fault_of(const EnumType& type) {
  if (type.items.empty()) return "an enum without items";
  if (type.items.size() > limits::enum_items) {
    return fmt::format("an enum of more than {} items", limits::enum_items);
  }
  std::set<std::int32_t> seen;
  for (const auto& [value, name] : type.items) {
    if (!seen.insert(value).second) return fmt::format("an enum with {} twice", value);
  }
  return std::nullopt;
}

Fault fault_of(const StructType& type);
Fault fault_of(const ArrayType& type) {
  if (type.size < 1 || type.size > limits::array_size) {
    return fmt::format("size {} is not from 1 to {}", type.size, limits::array_size);
  }
  return std::visit([](const auto& item) { return fault_of(item); }, type.item);
}
Fault fault_of(const DataType& type) {
  return std::visit([](const auto& kind) { return fault_of(kind); }, type);
}

Fault fault_of_names(std::string_view identifier, std::string_view name) {
  if (!is_identifier(identifier)) {
    return fmt::format(
        "an identifier has 1 to {} letters, digits and _, and is none of set, get, "
        "post, time, value",
        limits::identifier_characters);
  }
  if (!has_length(name, 1, limits::name_characters)) {
    return fmt::format("a name has 1 to {} characters", limits::name_characters);
  }
  return std::nullopt;
}

// Names and types of a list, each identifier once.
Fault fault_of(const std::vector<Parameter>& list, std::string_view what, std::size_t count_max) {
  if (list.size() > count_max) return fmt::format("more than {} {}", count_max, what);
  std::set<std::string_view> seen;
  for (const Parameter& each : list) {
    Fault fault = fault_of_names(each.identifier, each.name);
    if (!fault && !seen.insert(each.identifier).second) fault = "it is there twice";
    if (!fault) fault = fault_of(each.type);
    if (fault) return fmt::format("{} of {}: {}", each.identifier, what, *fault);
  }
  return std::nullopt;
}

Fault fault_of(const StructType& type) {
  if (type.members.empty()) return "a struct without members";
  for (const Parameter& each : type.members) {
    if (std::holds_alternative<StructType>(each.type) ||
        std::holds_alternative<ArrayType>(each.type)) {
      return fmt::format("{} of a struct is a struct or an array", each.identifier);
    }
  }
  return fault_of(type.members, "members", limits::struct_members);
}

Fault fault_of(const Property& property) { return fault_of(property.type); }
Fault fault_of(const Event& event) {
  return fault_of(event.outputs, "outputData", limits::event_outputs);
}
Fault fault_of(const Service& service) {
  auto fault = fault_of(service.inputs, "inputData", limits::service_inputs);
  return fault ? fault : fault_of(service.outputs, "outputData", limits::service_outputs);
}

tl::unexpected<Error> refuse(std::string_view what, std::string_view identifier,
                             std::string_view fault) {
  return fail(Code::tsl_malformed,
              fmt::format("{} {}: {}", what, identifier.substr(0, 128), fault));
}

// All of one kind in one block.
template <class T>
Result<void> check_features(const FunctionBlock& block, const std::vector<T>& features,
                            std::string_view kind) {
  std::set<std::string_view> seen;
  for (const T& each : features) {
    Fault fault = fault_of_names(each.identifier, each.name);
    if (!fault && !seen.insert(each.identifier).second) fault = "it is there twice";
    if (!fault) fault = fault_of(each);
    if (fault) return refuse(kind, full_identifier(block.id, each.identifier), *fault);
  }
  return {};
}

Result<void> check_block(const FunctionBlock& block) {
  if (!block.id.empty()) {
    if (!is_block_id(block.id)) {
      return refuse("block", block.id, "its id has 1 to 30 letters, digits and _");
    }
    if (!is_block_name(block.name)) {
      return refuse("block", block.id, "its name has 4 to 30 characters");
    }
  }
  return check_features(block, block.properties, "property")
      .and_then([&] { return check_features(block, block.events, "event"); })
      .and_then([&] { return check_features(block, block.services, "service"); });
}

Result<void> check_counts(std::span<const FunctionBlock> blocks) {
  std::size_t properties = 0, events = 0, services = 0;
  for (const FunctionBlock& block : blocks) {
    properties += block.properties.size();
    events += block.events.size();
    services += block.services.size();
  }
  for (const auto& [kind, count] : {std::pair("properties", properties),
                                    std::pair("events", events), std::pair("services", services)}) {
    if (count > limits::features_of_a_kind) {
      return fail(Code::tsl_malformed,
                  fmt::format("more than {} {}", limits::features_of_a_kind, kind));
    }
  }
  if (properties + events + services > limits::features) {
    return fail(Code::tsl_malformed,
                fmt::format("more than {} properties, events and services", limits::features));
  }
  return {};
}

}  // namespace

bool is_identifier(std::string_view text) {
  return is_word(text, limits::identifier_characters) &&
         std::ranges::find(reserved, text) == reserved.end();
}

bool is_block_id(std::string_view text) { return is_word(text, limits::block_id_characters); }

bool is_block_name(std::string_view text) {
  return has_length(text, limits::block_name_characters_min, limits::block_name_characters);
}

bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= 16 && std::ranges::all_of(text, [](char c) {
    return c == '.' || (c != '_' && is_word_character(c));
  });
}

bool is_generated_event(std::string_view identifier) { return identifier == "post"; }
bool is_generated_service(std::string_view identifier) {
  return identifier == "set" || identifier == "get";
}

Result<void> check_rules(std::span<const FunctionBlock> blocks) {
  if (blocks.size() > limits::blocks + 1) {
    return fail(Code::tsl_malformed, fmt::format("more than {} blocks", limits::blocks));
  }
  std::set<std::string_view> seen;
  for (const FunctionBlock& block : blocks) {
    if (!seen.insert(block.id).second) return refuse("block", block.id, "it is there twice");
    if (auto kept = check_block(block); !kept) return kept;
  }
  return check_counts(blocks);
}

}  // namespace herald::thing
