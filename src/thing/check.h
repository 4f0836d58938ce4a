#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "thing/thing_model.h"

// Whether values fit a thing model: alink.md, sections 1 and 3.
namespace herald::thing {

// How closely, as a product says: its ValidateType, 0, 1 and 2.
enum class Strictness : std::uint8_t {
  strong,  // Identifiers, types, and the specs of the types: ranges, lengths, sizes, items.
  weak,    // Identifiers and types.
  none,    // Whatever comes is fine.
};
// Of a ValidateType; of any other number `weak`, which is what new products have.
Strictness strictness_of(std::int32_t validate_type);

// What Alink answers: alink.md, section 3.
enum class FaultCode : std::int32_t {
  malformed_request = 460,  // No object where there has to be one.
  input_missing = 6302,
  parameter_unknown = 6304,
  not_int = 6306,
  not_float = 6307,
  not_bool = 6308,
  not_enum = 6309,
  not_text = 6310,
  not_date = 6311,
  not_struct = 6312,
  property_unknown = 6320,
  not_double = 6322,
  array_too_long = 6324,
  array_element = 6325,
  not_array = 6328,
};

struct Fault {
  FaultCode code;
  std::string
      identifier;    // Of what is wrong: `Power`, `block:Power`, `Position.Longitude`, `Levels[3]`.
  std::string text;  // For people, in English.
  friend bool operator==(const Fault&, const Fault&) = default;
};
// None: it fits.
using Checked = std::optional<Fault>;

// All of these take any value and any text, and answer the first fault.

// Of one property by its full identifier: a value that was reported, or that is to be set. Whether
// it may be set is the property's `writable`.
Checked check_property(const ThingModel& model, std::string_view identifier,
                       const boost::json::value& value, Strictness strictness);
// What an event tells: an object. It may leave some of it out.
Checked check_event(const Event& event, const boost::json::value& outputs, Strictness strictness);
// What a service is asked with, an object in which nothing may be missing; and what it answers, in
// which some may.
Checked check_inputs(const Service& service, const boost::json::value& inputs,
                     Strictness strictness);
Checked check_outputs(const Service& service, const boost::json::value& outputs,
                      Strictness strictness);
// Of any type; `identifier` is what faults call it.
Checked check_value(const DataType& type, std::string_view identifier,
                    const boost::json::value& value, Strictness strictness);

}  // namespace herald::thing
