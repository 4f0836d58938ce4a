#include "app/suggestion.h"

#include <algorithm>
#include <numeric>

namespace herald::app {

std::size_t edit_distance(std::string_view one, std::string_view other) {
  // From the beginning of `one` that was read so far to each beginning of `other`.
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char c : one) {
    std::size_t diagonal = row[0]++;
    for (std::size_t i = 0; i < other.size(); ++i) {
      const std::size_t replaced = diagonal + (c == other[i] ? 0 : 1);
      diagonal = row[i + 1];
      row[i + 1] = std::min({replaced, row[i] + 1, row[i + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& known) {
  constexpr std::size_t word_bytes_max = 64;  // The work grows with the product of both.
  if (word.size() > word_bytes_max || known.empty()) return std::nullopt;
  const auto closest =
      std::ranges::min_element(known, {}, [&](auto each) { return edit_distance(word, each); });
  if (edit_distance(word, *closest) > std::max<std::size_t>(2, word.size() / 3)) {
    return std::nullopt;
  }
  return *closest;
}

}  // namespace herald::app
