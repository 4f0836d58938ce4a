#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace herald::app {

// An answer for people: an object as its names and values, an array of objects as a table.
std::string answer_text(const boost::json::value& answer);

}  // namespace herald::app
