#include "api/ram_parts.h"

#include <algorithm>

namespace herald::api {

bool is_ram_name(std::string_view text, std::string_view more, std::size_t size_max) {
  return !text.empty() && text.size() <= size_max && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != more.npos;
  });
}

Result<std::string> user_name(std::string_view text) {
  if (!is_ram_name(text, "._-", 64)) return fail(Code::ram_name_malformed, "UserName");
  return std::string(text);
}

Result<std::string> role_name(std::string_view text) {
  if (!is_ram_name(text, "._-", 64)) return fail(Code::ram_name_malformed, "RoleName");
  return std::string(text);
}

Result<std::string> policy_name(std::string_view text) {
  if (!is_ram_name(text, "-", 128)) return fail(Code::ram_name_malformed, "PolicyName");
  return std::string(text);
}

About about_ram(std::string_view name, std::string_view summary, bool writes, Fields answer,
                std::vector<Code> errors) {
  return {.name = name,
          .family = Family::access,
          .summary = summary,
          .calls_per_second = 100,
          .writes = writes,
          .takes_instance = false,
          .answer = std::move(answer),
          .errors = std::move(errors)};
}

Param<std::string_view> user_parameter() {
  return {
      .name = "UserName", .doc = "The user.", .example = "alice", .bounds = {1, 64}, .names = true};
}
Param<std::string_view> role_parameter() {
  return {.name = "RoleName",
          .doc = "The role.",
          .example = "publisher",
          .bounds = {1, 64},
          .names = true};
}

Param<std::optional<std::string_view>> marker_parameter() {
  return {.name = "Marker", .doc = "Where the answer before ended.", .example = "alice"};
}
Param<std::int32_t> items_parameter() {
  return {.name = "MaxItems",
          .doc = "How many at most.",
          .example = "100",
          .bounds = {1, 1'000},
          .otherwise = 100};
}
Fields marker_fields() {
  return {boolean("IsTruncated", "Whether there are more."),
          text("Marker", "For the next call, if there are more.")};
}

Param<TextPairs> no_tags_parameter() {
  return {.name = "Tag",
          .doc = "Not to be set: there are no tags in RAM.",
          .bounds = {0, 0},
          .members = {"Key", "Value"}};
}
Fields with(Fields fields, Fields more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

}  // namespace herald::api
