#pragma once

#include <cstddef>
#include <string_view>

// What callers write for people to read.
namespace herald::api {

// Of a text that is_text().
std::size_t characters(std::string_view text);
// Where Chinese counts 2, as in the limits of names: operations.md, conventions.
std::size_t width(std::string_view text);
// 4 to 30 letters, digits, underscores or Chinese, which counts 2: the names of products and
// groups.
bool is_short_name(std::string_view text);

}  // namespace herald::api
