#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

#include "thing/data_type.h"
#include "thing/json_reader.h"

// The data types of TSL: `{"type":…,"specs":…}`.
namespace herald::thing {

DataType type_from_tsl(JsonReader& reader, const boost::json::object& type);
std::vector<Parameter> parameters_from_tsl(JsonReader& reader, const boost::json::array& list);

// `simple` leaves out all but types and identifiers.
boost::json::object type_in_tsl(const DataType& type, bool simple);
boost::json::array parameters_in_tsl(const std::vector<Parameter>& list, bool simple);

}  // namespace herald::thing
