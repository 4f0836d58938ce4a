#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "thing/check.h"
#include "thing/thing_model.h"

// What owners ask of devices, held against the model before a device hears of it.
namespace herald::thing {

// The word for a type: `int`, `struct`.
std::string_view name_of(const DataType& type);

// A JSON object. Errors: parameter_not_json, which names the parameter.
Result<boost::json::object> parse_object(std::string_view parameter, std::string_view text);

// What properties are to be, as devices expect it: numbers of `float` and `double` have decimals. A
// null stays one where `nulls` says so. Where nobody checks, what is not known is let through.
// Errors: property_not_found, property_read_only, property_set_failed (the value does not fit, or
// there is none).
enum class Nulls : std::uint8_t { refused, kept };
Result<boost::json::object> settable(const ThingModel& model, const boost::json::object& items,
                                     Strictness strictness, Nulls nulls = Nulls::refused);

// The same of what a service is called with. Errors: service_failed.
Result<boost::json::object> inputs_of(const Service& service, const boost::json::object& arguments,
                                      Strictness strictness);

}  // namespace herald::thing
