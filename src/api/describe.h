#pragma once

#include <boost/json/object.hpp>
#include <span>

#include "api/operation.h"

namespace herald::api {

// Everything that is declared, for the command line, the explorer and the tests against the SDKs'
// models: {"Version", "Operations": [{"Name", "Family", "Summary", "Action" (RAM),
// "CallsPerSecond", "Writes", "Own", "Open", "TakesInstance", "Parameters": […], "Answer": […],
// "Errors": […]}], "Errors": […]}.
boost::json::object describe(std::span<const Operation> operations);

}  // namespace herald::api
