#pragma once

#include <boost/json/object.hpp>
#include <string_view>
#include <vector>

#include "thing/data_type.h"
#include "thing/json_reader.h"

// The data types of ThingModelJson. `fields` are those of the property or parameter that has the
// type: `dataType` names it, `dataSpecs` or `dataSpecsList` describe it. A member of a struct names
// its type in `childDataType`, as do the elements of an array.
namespace herald::thing {

DataType type_from_features(JsonReader& reader, const boost::json::object& fields,
                            std::string_view type_member = "dataType");
void put_type(boost::json::object& fields, const DataType& type);

}  // namespace herald::thing
