#pragma once

#include <initializer_list>
#include <vector>

#include "api/device_parts.h"

// What the operations of device groups declare and answer alike.
namespace herald::api {

Param<SharedGroup> group_parameter();
// There are no dynamic groups.
Param<Unsupported<std::string_view>> group_type_parameter();
std::vector<Code> group_errors(std::initializer_list<Code> more = {});

// One group of a list.
Fields group_fields();
boost::json::object entry_of(const DeviceGroup& group);

// Rows of a page.
constexpr std::int32_t group_page_size_max = 200;

}  // namespace herald::api
