#include "api/device_parts.h"

#include <algorithm>

#include "api/text.h"
#include "api/times.h"

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
  switch (state_of(view)) {
    case DeviceState::unactive:
      return "UNACTIVE";
    case DeviceState::online:
      return "ONLINE";
    case DeviceState::offline:
      return "OFFLINE";
    case DeviceState::disabled:
      return "DISABLE";
  }
  return "UNACTIVE";
}

Field status_field() {
  return text("DeviceStatus", "ONLINE, OFFLINE, UNACTIVE (never connected) or DISABLE.");
}

void add_history(const Device& device, boost::json::object& data) {
  data["GmtCreate"] = gmt_text(device.created);
  data["UtcCreate"] = utc_text(device.created);
  if (device.activated) {
    data["GmtActive"] = gmt_text(*device.activated);
    data["UtcActive"] = utc_text(*device.activated);
  }
  if (device.last_online) {
    data["GmtOnline"] = gmt_text(*device.last_online);
    data["UtcOnline"] = utc_text(*device.last_online);
    data["IpAddress"] = device.address;
  }
}

Fields with_history(Fields fields) {
  for (Field& field : Fields{text("FirmwareVersion", "Never set: devices do not report it."),
                             text("IpAddress", "Of its last connection."),
                             text("GmtCreate", "When it was created, UTC+8."),
                             text("UtcCreate", "The same in UTC."),
                             text("GmtActive", "When it first connected, UTC+8."),
                             text("UtcActive", "The same in UTC."),
                             text("GmtOnline", "When its last connection began or ended, UTC+8."),
                             text("UtcOnline", "The same in UTC.")}) {
    fields.push_back(std::move(field));
  }
  return fields;
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

Reply page_reply(const Page& page) {
  return {{"Page", page.number},
          {"PageSize", page.size},
          {"PageCount", page.count()},
          {"Total", page.total}};
}

Done<void> nothing_but(Done<Reply> done) {
  return [done = std::move(done)](Result<void> kept) mutable {
    done(std::move(kept).map([] { return Reply(); }));
  };
}

void add_secrets(const Registry& registry, std::vector<DeviceId> devices, boost::json::array list,
                 Done<boost::json::array> done) {
  registry.device_secrets(std::move(devices),
                          [list = std::move(list), done = std::move(done)](
                              Result<std::vector<std::string>> secrets) mutable {
                            if (!secrets) return done(tl::unexpected(std::move(secrets.error())));
                            for (std::size_t i = 0; i < list.size(); ++i) {
                              list[i].as_object()["DeviceSecret"] = (*secrets)[i];
                            }
                            done(std::move(list));
                          });
}

void reply_with_secret(const Registry& registry, DeviceId device, boost::json::object data,
                       Done<Reply> done) {
  add_secrets(registry, {device}, {std::move(data)},
              [done = std::move(done)](Result<boost::json::array> list) mutable {
                if (!list) return done(tl::unexpected(std::move(list.error())));
                done(Reply{{"Data", std::move(list->front())}});
              });
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
