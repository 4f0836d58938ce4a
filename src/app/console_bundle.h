#pragma once

#include <string_view>

namespace herald::app {

// The files of the web console as its build left them (net/console.h), in the program itself;
// empty: the program was built without one.
std::string_view console_bundle();

}  // namespace herald::app
