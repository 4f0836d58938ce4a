#include "api/device_parts.h"

#include <algorithm>

#include "api/text.h"

namespace herald::api {
namespace {

constexpr std::size_t tags_max = 100, tag_key_max = 30, tag_value_max = 128;

bool is_tag_key(std::string_view key) {
  return !key.empty() && key.size() <= tag_key_max && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
  });
}

}  // namespace

std::string_view status_of(const DeviceView& view) {
  if (view.device->disabled) return "DISABLE";
  if (view.online) return "ONLINE";
  return view.device->activated ? "OFFLINE" : "UNACTIVE";
}

Field status_field() {
  return text("DeviceStatus", "ONLINE, OFFLINE, UNACTIVE (never connected) or DISABLE.");
}

Param<SharedProduct> product_parameter() {
  return {.name = "ProductKey", .doc = "The product.", .example = "a1BwAGVxxxx"};
}

Param<SelectedDevice> device_parameter() { return {}; }

std::vector<Code> product_errors() {
  return {Code::instance_not_found, Code::product_key_empty, Code::product_key_malformed,
          Code::product_not_found};
}

std::vector<Code> device_errors() {
  return {Code::instance_not_found,    Code::iot_id_invalid,    Code::product_key_empty,
          Code::product_key_malformed, Code::product_not_found, Code::device_name_empty,
          Code::device_name_malformed, Code::device_not_found};
}

Result<void> check_page(std::int32_t page, std::int32_t size, std::int32_t size_max) {
  if (page >= 1 && size >= 1 && size <= size_max) return {};
  return fail(Code::page_invalid, std::to_string(page) + " of " + std::to_string(size));
}

Param<std::int32_t> page_parameter() {
  return {.name = "CurrentPage", .doc = "Pages start at 1.", .example = "1", .otherwise = 1};
}

Param<std::int32_t> page_size_parameter(std::string_view doc) {
  return {.name = "PageSize", .doc = doc, .example = "10", .otherwise = 10};
}

Fields page_fields() {
  return {integer("Page", "This page."), integer("PageSize", "Its size."),
          integer("PageCount", "How many pages there are."),
          integer("Total", "How many items there are.")};
}

Done<void> nothing_but(Done<Reply> done) {
  return [done = std::move(done)](Result<void> kept) mutable {
    done(std::move(kept).map([] { return Reply(); }));
  };
}

// A device of the same name that is made later inherits nothing.
void forget(Platform& platform, const Device& device) {
  const std::string topics = "/" + device.product.text() + "/" + device.name.text() + "/";
  platform.routes.forget(topics);
  platform.retained.forget(topics);
  platform.homes.cut_off(device.id);
}

Fields tag_fields() { return {text("TagKey", "Its key."), text("TagValue", "Its value.")}; }

Result<void> set_tags(Tags& tags, const TextPairs& wanted) {
  for (const auto& [key, value] : wanted) {
    if (!is_tag_key(key) || value.empty() || characters(value) > tag_value_max) {
      return fail(Code::tags_malformed, key);
    }
    const auto at = std::ranges::find(tags, key, &Tags::value_type::first);
    if (at == tags.end()) {
      tags.emplace_back(key, value);
    } else {
      at->second = value;
    }
  }
  if (tags.size() > tags_max) return fail(Code::tags_malformed, "more than 100");
  return {};
}

}  // namespace herald::api
