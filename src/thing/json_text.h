#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace herald::thing {

// JSON as values of things, shadows and tags need it. Numbers are read as they are written, to the
// last digit, and written in full with at least one decimal where they have any: 23.5, 100000.0.

constexpr std::size_t json_depth_max = 32;  // Of objects and lists within each other.

// Nothing: it is no JSON, deeper than that, or a number is too large for a double.
std::optional<boost::json::value> parse_json(std::string_view text,
                                             std::size_t depth_max = json_depth_max);

// Of numbers that are finite, as those that are read are.
std::string print_json(const boost::json::value& value);

// A value as the API shows it: a text without quotes, all else as JSON.
std::string plain_text(const boost::json::value& value);

}  // namespace herald::thing
