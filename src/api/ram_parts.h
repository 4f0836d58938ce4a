#pragma once

#include "api/device_parts.h"
#include "api/operations.h"

// What the operations of RAM declare and answer alike.
namespace herald::api {

// Letters, digits and what is in `more`.
bool is_ram_name(std::string_view text, std::string_view more, std::size_t size_max);
// Letters, digits and . _ -, up to 64. Errors: ram_name_malformed.
Result<std::string> user_name(std::string_view text);
Result<std::string> role_name(std::string_view text);
// Letters, digits and -, up to 128. Errors: ram_name_malformed.
Result<std::string> policy_name(std::string_view text);

// Of a new one, for the console. Errors: ram_password_weak.
Result<void> check_strength(std::string_view password);

Param<std::string_view> user_parameter();
Param<std::string_view> role_parameter();
// Of an operation of RAM.
About about_ram(std::string_view name, std::string_view summary, bool writes, Fields answer,
                std::vector<Code> errors);

// Part of a list, as RAM pages: what comes after `marker`, and the marker of what is left.
struct Marked {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string next;  // Empty: nothing is left.
};
template <class List, class NameOf>
Marked marked(const List& list, std::optional<std::string_view> marker, std::int32_t items,
              NameOf name_of) {
  Marked part;
  while (marker && part.begin < list.size() && name_of(list[part.begin]) <= *marker) ++part.begin;
  part.end = std::min(list.size(), part.begin + static_cast<std::size_t>(items));
  if (part.end < list.size()) part.next = std::string(name_of(list[part.end - 1]));
  return part;
}
Param<std::optional<std::string_view>> marker_parameter();
Param<std::int32_t> items_parameter();
Fields marker_fields();
Param<TextPairs> no_tags_parameter();
// Both lists.
Fields with(Fields fields, Fields more);

}  // namespace herald::api
