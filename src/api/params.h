#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace herald::api {

struct Parameter {
  std::string_view name;
  std::string_view value;
  bool from_query = true;
};

// One value of a repeat list: `Tag.3.TagKey` has index 3 and member `TagKey`.
struct ListItem {
  std::uint32_t index = 0;
  std::string_view member;
  std::string_view value;
};

// The decoded parameters of one request, from its query and its form body alike: clients use every
// mix (openapi-gateway.md, section 1.1). Owns all bytes that its views show.
class Params {
 public:
  // 10,000 names with nicknames, and what else a call may carry.
  static constexpr std::size_t count_max = 25'000;

  // Of a name that occurs in both, the query's value stands. Errors: request_malformed (a broken
  // escape), request_too_large (too many parameters).
  static Result<Params> parse(std::string_view query, std::string_view form);

  // In byte order of their names, which is the order of signatures. Doubled names stay doubled.
  std::span<const Parameter> sorted() const { return sorted_; }

  // The value, if the name is there. Errors: invalid_parameter when it is doubled.
  Result<std::optional<std::string_view>> one(std::string_view name) const;
  // All `name.N` and `name.N.Member` in ascending order of N, then of the member, gaps allowed.
  // Errors: invalid_parameter for indices that are zero, doubled or no plain numbers.
  Result<std::vector<ListItem>> list(std::string_view name) const;
  // All `name.…` in byte order of their names, unchecked: for who only looks at them.
  std::span<const Parameter> below(std::string_view name) const;

 private:
  Result<void> add(std::string_view encoded, bool from_query);
  Result<std::string_view> decode(std::string_view encoded);
  void sort();

  std::unique_ptr<char[]> bytes_;
  std::size_t used_ = 0;
  std::vector<Parameter> sorted_;
};

}  // namespace herald::api
