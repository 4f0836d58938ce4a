#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace herald::app {

// How many characters one has to insert, leave out or replace to make one word of the other.
std::size_t edit_distance(std::string_view one, std::string_view other);

// What somebody who wrote `word` most likely meant; nothing where no word is close.
std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& known);

}  // namespace herald::app
