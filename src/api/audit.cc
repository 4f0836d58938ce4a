#include "api/audit.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/utf8.h"

namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::size_t text_bytes_max = 128;  // As long as topics are.
constexpr std::size_t list_values_max = 3;

std::string shown(std::string_view text) {
  if (text.size() <= text_bytes_max) return made_text(text);
  return made_text(text.substr(0, text_bytes_max)) + "…";
}

// Of `DeviceName.3` and of `Device.3.ProductKey`.
struct Place {
  std::string_view index;
  std::string_view member;
};
Place place_of(const Parameter& item, const ParamInfo& list) {
  const std::string_view suffix = item.name.substr(list.name.size() + 1);
  const auto dot = std::min(suffix.find('.'), suffix.size());
  return {suffix.substr(0, dot), suffix.substr(std::min(dot + 1, suffix.size()))};
}

// What belongs to one element stands together, also in byte order.
json::object list_of(std::span<const Parameter> items, const ParamInfo& info) {
  if (info.members.empty()) {
    json::array first;
    for (const Parameter& item : items.first(std::min(items.size(), list_values_max))) {
      first.emplace_back(shown(item.value));
    }
    return {{"count", items.size()}, {"first", std::move(first)}};
  }
  std::size_t count = 0;
  json::array first;
  std::string_view last;
  for (const Parameter& item : items) {
    const auto [index, member] = place_of(item, info);
    const bool begins = count == 0 || index != last;
    last = index;
    if (begins) ++count;
    if (count > list_values_max) continue;
    if (begins) first.emplace_back(json::object());
    const bool known = std::ranges::find(info.members, member) != info.members.end();
    if (known) first.back().as_object()[member] = shown(item.value);
  }
  return {{"count", count}, {"first", std::move(first)}};
}

}  // namespace

std::string identity_of(const Principal& caller) {
  if (caller.is_account()) return arn_of(caller.account, "root", "");
  if (!caller.user.empty()) return arn_of(caller.account, "user", caller.user);
  return arn_of(caller.account, "assumed-role", caller.role + "/" + caller.session);
}

json::object resources_of(const Operation& operation, const Params& params) {
  json::object resources;
  for (const ParamInfo& info : operation.params) {
    if (!info.names) continue;
    if (const auto value = params.one(info.name); value && *value) {
      resources[info.name] = shown(**value);
    } else if (const auto items = params.below(info.name); !items.empty()) {
      resources[info.name] = list_of(items, info);
    }
  }
  return resources;
}

}  // namespace herald::api
