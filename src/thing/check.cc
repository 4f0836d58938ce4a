#include "thing/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace herald::thing {
namespace {

namespace json = boost::json;

// Identifiers in faults may be what strangers sent.
std::string quoted(std::string_view identifier) { return std::string(identifier.substr(0, 128)); }

Checked fault(FaultCode code, std::string_view identifier, std::string text) {
  return Fault{code, quoted(identifier), std::move(text)};
}

FaultCode wrong_number(NumberKind kind) {
  switch (kind) {
    case NumberKind::int32:
      return FaultCode::not_int;
    case NumberKind::float32:
      return FaultCode::not_float;
    case NumberKind::float64:
      return FaultCode::not_double;
  }
  return FaultCode::not_double;
}

std::optional<std::int32_t> int32_of(const json::value& value) {
  const auto* number = value.if_int64();
  if (number == nullptr || *number < std::numeric_limits<std::int32_t>::min() ||
      *number > std::numeric_limits<std::int32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int32_t>(*number);
}

// A whole number counts as one with decimals.
std::optional<double> number_of(const json::value& value, NumberKind kind) {
  if (kind == NumberKind::int32) {
    const auto number = int32_of(value);
    return number ? std::optional<double>(*number) : std::nullopt;
  }
  if (!value.is_number()) return std::nullopt;
  const auto number = value.to_number<double>();
  const double max = kind == NumberKind::float32 ? std::numeric_limits<float>::max()
                                                 : std::numeric_limits<double>::max();
  return std::abs(number) <= max ? std::optional<double>(number) : std::nullopt;
}

bool is_date(std::string_view text) {
  return !text.empty() && text.size() <= 19 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Checked check_members(const std::vector<Parameter>& members, std::string_view place,
                      const json::object& values, Strictness strictness);

// One value, of whatever type its place has.
class Checker {
 public:
  Checker(std::string_view identifier, const json::value& value, Strictness strictness)
      : identifier_(identifier), value_(value), strictness_(strictness) {}

  Checked operator()(const NumberType& type) const {
    const FaultCode code = wrong_number(type.kind);
    const auto number = number_of(value_, type.kind);
    if (!number) return fault(code, identifier_, "it is no number of the type");
    if (!is_strong()) return std::nullopt;
    if (type.min && *number < type.min->value) {
      return fault(code, identifier_, fmt::format("it is below {}", type.min->text));
    }
    if (type.max && *number > type.max->value) {
      return fault(code, identifier_, fmt::format("it is above {}", type.max->text));
    }
    return std::nullopt;
  }

  Checked operator()(const TextType& type) const {
    const auto* text = value_.if_string();
    if (text == nullptr) return fault(FaultCode::not_text, identifier_, "it is no text");
    if (is_strong() && text->size() > type.length) {
      return fault(FaultCode::not_text, identifier_,
                   fmt::format("it is longer than {} bytes", type.length));
    }
    return std::nullopt;
  }

  Checked operator()(const DateType&) const {
    const auto* text = value_.if_string();
    if (text != nullptr && is_date(*text)) return std::nullopt;
    return fault(FaultCode::not_date, identifier_, "it is no text of milliseconds since 1970");
  }

  Checked operator()(const BoolType&) const {
    const auto number = int32_of(value_);
    if (number == 0 || number == 1) return std::nullopt;
    return fault(FaultCode::not_bool, identifier_, "it is neither 0 nor 1");
  }

  Checked operator()(const EnumType& type) const {
    const auto number = int32_of(value_);
    if (!number) return fault(FaultCode::not_enum, identifier_, "it is no number of an item");
    const bool is_item =
        std::ranges::any_of(type.items, [&](const auto& item) { return item.first == *number; });
    if (is_item || !is_strong()) return std::nullopt;
    return fault(FaultCode::not_enum, identifier_, fmt::format("there is no item {}", *number));
  }

  Checked operator()(const StructType& type) const {
    const auto* members = value_.if_object();
    if (members == nullptr) return fault(FaultCode::not_struct, identifier_, "it is no object");
    return check_members(type.members, identifier_, *members, strictness_);
  }

  Checked operator()(const ArrayType& type) const {
    const auto* list = value_.if_array();
    if (list == nullptr) return fault(FaultCode::not_array, identifier_, "it is no array");
    if (is_strong() && list->size() > type.size) {
      return fault(FaultCode::array_too_long, identifier_,
                   fmt::format("it has more than {} elements", type.size));
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string element = fmt::format("{}[{}]", identifier_, i);
      auto wrong = std::visit(Checker(element, (*list)[i], strictness_), type.item);
      if (wrong) return fault(FaultCode::array_element, wrong->identifier, wrong->text);
    }
    return std::nullopt;
  }

 private:
  bool is_strong() const { return strictness_ == Strictness::strong; }

  std::string_view identifier_;
  const json::value& value_;
  Strictness strictness_;
};

// What is there: known, and of its type. `place` is the struct that the members are of; empty:
// they are of an event or a service.
Checked check_members(const std::vector<Parameter>& members, std::string_view place,
                      const json::object& values, Strictness strictness) {
  for (const auto& each : values) {
    const std::string_view key = each.key();
    const auto at = std::ranges::find(members, key, &Parameter::identifier);
    std::string identifier(place);
    if (!place.empty()) identifier += '.';
    identifier += quoted(key);
    if (at == members.end()) {
      return fault(FaultCode::parameter_unknown, identifier,
                   "tsl parse: params not exist -> " + identifier);
    }
    if (auto wrong = check_value(at->type, identifier, each.value(), strictness)) return wrong;
  }
  return std::nullopt;
}

Checked check_parameters(const std::vector<Parameter>& parameters, std::string_view owner,
                         const json::value& values, Strictness strictness) {
  if (strictness == Strictness::none) return std::nullopt;
  const auto* object = values.if_object();
  if (object == nullptr) return fault(FaultCode::malformed_request, owner, "it is no object");
  return check_members(parameters, "", *object, strictness);
}

}  // namespace

Strictness strictness_of(std::int32_t validate_type) {
  if (validate_type == 0) return Strictness::strong;
  return validate_type == 2 ? Strictness::none : Strictness::weak;
}

Checked check_value(const DataType& type, std::string_view identifier, const json::value& value,
                    Strictness strictness) {
  if (strictness == Strictness::none) return std::nullopt;
  return std::visit(Checker(identifier, value, strictness), type);
}

Checked check_property(const ThingModel& model, std::string_view identifier,
                       const json::value& value, Strictness strictness) {
  if (strictness == Strictness::none) return std::nullopt;
  const Property* property = model.property(identifier);
  if (property == nullptr) {
    return fault(FaultCode::property_unknown, identifier,
                 "there is no property " + quoted(identifier));
  }
  return check_value(property->type, identifier, value, strictness);
}

Checked check_event(const Event& event, const json::value& outputs, Strictness strictness) {
  return check_parameters(event.outputs, event.identifier, outputs, strictness);
}

Checked check_inputs(const Service& service, const json::value& inputs, Strictness strictness) {
  if (auto wrong = check_parameters(service.inputs, service.identifier, inputs, strictness)) {
    return wrong;
  }
  if (strictness == Strictness::none) return std::nullopt;
  for (const Parameter& each : service.inputs) {
    if (inputs.get_object().contains(each.identifier)) continue;
    return fault(FaultCode::input_missing, each.identifier, each.identifier + " is missing");
  }
  return std::nullopt;
}

Checked check_outputs(const Service& service, const json::value& outputs, Strictness strictness) {
  return check_parameters(service.outputs, service.identifier, outputs, strictness);
}

}  // namespace herald::thing
