#include "api/values.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "api/text.h"
#include "base/crypto.h"
#include "base/utf8.h"

namespace herald::api {
namespace {

// Of a key or a value: what a text in MQTT may have, section 1.5.4.
constexpr std::size_t pair_bytes_max = 65'535;

// Plain decimal digits, with a sign where the type has one.
template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

bool within(std::int64_t value, const Bounds& bounds) {
  return value >= bounds.min && value <= bounds.max;
}

bool is_allowed(std::string_view text, const ParamInfo& info) {
  return info.allowed.empty() || std::ranges::find(info.allowed, text) != info.allowed.end();
}

template <class Number>
bool accepts_number(std::string_view text, const ParamInfo& info) {
  const auto value = number<Number>(text);
  return value && within(*value, info.bounds) && is_allowed(text, info);
}

// An error may quote the caller, shortly.
std::string quoted(std::string_view text) { return std::string(text.substr(0, 64)); }

Result<std::vector<ListItem>> read_list(const Params& params, const ParamInfo& info) {
  auto items = params.list(info.name);
  if (items && items->empty() && info.required) {
    return fail(Code::missing_parameter, std::string(info.name));
  }
  return items;
}

Result<std::vector<ListItem>> read_plain_list(const Params& params, const ParamInfo& info) {
  auto items = read_list(params, info);
  if (!items) return items;
  const bool plain = std::ranges::all_of(*items, &std::string_view::empty, &ListItem::member);
  if (!plain) return fail(Code::invalid_parameter, std::string(info.name));
  return items;
}

Result<void> check_count(std::size_t count, const ParamInfo& info) {
  if (static_cast<std::int64_t>(count) <= info.bounds.max) return {};
  // The original has a code for too many devices alone.
  if (info.name != "DeviceName") return fail(Code::invalid_parameter, std::string(info.name));
  return fail(Code::device_names_too_many, std::to_string(count));
}

Result<void> check_distinct(std::vector<std::string_view> names) {
  // Many callers list them in order.
  if (std::ranges::adjacent_find(names, std::greater_equal()) == names.end()) return {};
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return {};
  return fail(Code::illegal_request, "the DeviceName " + std::string(*twice) + " occurs twice");
}

}  // namespace

// Scalars.

Result<Text> read_text(const Params& params, const ParamInfo& info, bool own_code_when_empty,
                       bool (*accepts)(std::string_view, const ParamInfo&)) {
  auto text = params.one(info.name);
  if (!text) return text;
  if (*text && (*text)->empty() && !own_code_when_empty) text->reset();
  if (!*text && info.required) return fail(Code::missing_parameter, std::string(info.name));
  if (*text && accepts != nullptr && !accepts(**text, info)) {
    return fail(Code::invalid_parameter, std::string(info.name));
  }
  return text;
}

bool accepts_text(std::string_view text, const ParamInfo& info) {
  const auto size = info.chinese_counts_twice ? width(text) : characters(text);
  return is_text(text) && is_allowed(text, info) &&
         within(static_cast<std::int64_t>(size), info.bounds);
}
bool accepts_ascii(std::string_view text, const ParamInfo& info) {
  return accepts_text(text, info) &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}
bool accepts_int(std::string_view text, const ParamInfo& info) {
  return accepts_number<std::int32_t>(text, info);
}
bool accepts_long(std::string_view text, const ParamInfo& info) {
  return accepts_number<std::int64_t>(text, info);
}
bool accepts_bool(std::string_view text, const ParamInfo&) {
  return text == "true" || text == "false";
}

Result<std::string_view> to_text(std::string_view text, const ParamInfo&, const Context&) {
  return text;
}
Result<WholeText> to_whole_text(std::string_view text, const ParamInfo&, const Context&) {
  return WholeText{text};
}

Result<AsciiText> to_ascii(std::string_view text, const ParamInfo&, const Context&) {
  return AsciiText{text};
}
Result<std::int32_t> to_int(std::string_view text, const ParamInfo&, const Context&) {
  return number<std::int32_t>(text).value();
}
Result<std::int64_t> to_long(std::string_view text, const ParamInfo&, const Context&) {
  return number<std::int64_t>(text).value();
}
Result<bool> to_bool(std::string_view text, const ParamInfo&, const Context&) {
  return text == "true";
}
Result<Qos> to_qos(std::string_view text, const ParamInfo&, const Context&) {
  return text == "0" ? Qos::at_most_once : Qos::at_least_once;
}

Result<Permission> to_permission(std::string_view text, const ParamInfo&, const Context&) {
  if (text == "PUB") return Permission::pub;
  if (text == "SUB") return Permission::sub;
  if (text == "ALL") return Permission::all;
  return fail(Code::topic_category_operation_invalid, quoted(text));
}

Result<SharedProduct> to_product(std::string_view text, const ParamInfo&, const Context& context) {
  if (text.empty()) return fail(Code::product_key_empty);
  if (!ProductKey::fits(text)) return fail(Code::product_key_malformed, quoted(text));
  return context.product(text);
}

Result<SharedGroup> to_group(std::string_view text, const ParamInfo&, const Context& context) {
  if (text.empty()) return fail(Code::group_id_empty);
  return context.group(text);
}

Result<DeviceName> to_device_name(std::string_view text, const ParamInfo&, const Context&) {
  return DeviceName::parse(text);
}

Result<Payload> to_payload(std::string_view text, const ParamInfo& info, const Context&) {
  const auto bytes_max = static_cast<std::size_t>(info.bounds.max);
  if (text.empty()) return fail(Code::message_empty);
  auto bytes = from_base64(text);
  if (!bytes) return fail(Code::message_not_base64);
  if (bytes->empty()) return fail(Code::message_empty);
  if (bytes->size() > bytes_max) {
    return fail(Code::message_too_large, std::to_string(bytes->size()) + " bytes, at most " +
                                             std::to_string(bytes_max) + " are allowed");
  }
  return Payload{std::move(*bytes)};
}

Result<TopicId> to_topic_id(std::string_view text, const ParamInfo&, const Context&) {
  const auto id = number<std::uint64_t>(text);
  if (!id) return fail(Code::topic_category_id_malformed, quoted(text));
  return TopicId{*id};
}

Result<MessageId> to_message_id(std::string_view text, const ParamInfo&, const Context&) {
  const auto id = number<std::uint64_t>(text);
  if (!id) return fail(Code::message_not_found, quoted(text));
  return MessageId{*id};
}

// Lists.

Result<std::vector<ListItem>> Value<DeviceNames>::read(const Params& params,
                                                       const ParamInfo& info) {
  return read_plain_list(params, info);
}

Result<DeviceNames> Value<DeviceNames>::convert(const Raw& raw, const ParamInfo& info,
                                                const Context&) {
  if (auto fits = check_count(raw.size(), info); !fits) return tl::unexpected(fits.error());
  DeviceNames list;
  list.names.reserve(raw.size());
  for (const ListItem& item : raw) {
    if (item.value.empty()) return fail(Code::device_name_empty);
    if (!DeviceName::fits(item.value)) {
      return fail(Code::device_name_in_list_malformed, quoted(item.value));
    }
    list.names.push_back(item.value);
  }
  if (info.distinct) {
    if (auto fits = check_distinct(list.names); !fits) return tl::unexpected(fits.error());
  }
  return list;
}

Result<std::vector<ListItem>> Value<Texts>::read(const Params& params, const ParamInfo& info) {
  return read_plain_list(params, info);
}

Result<Texts> Value<Texts>::convert(const Raw& raw, const ParamInfo& info, const Context&) {
  if (auto fits = check_count(raw.size(), info); !fits) return tl::unexpected(fits.error());
  Texts texts;
  for (const ListItem& item : raw) texts.push_back(item.value);
  return texts;
}

Result<std::vector<ListItem>> Value<TextPairs>::read(const Params& params, const ParamInfo& info) {
  auto items = read_list(params, info);
  if (!items) return items;
  std::uint32_t last = 0;
  std::int64_t pairs = 0;
  for (const ListItem& item : *items) {
    const bool known = std::ranges::find(info.members, item.member) != info.members.end();
    if (!known || item.value.size() > pair_bytes_max || !is_text(item.value)) {
      return fail(Code::invalid_parameter, std::string(info.name));
    }
    if (item.index != last) ++pairs;
    last = item.index;
  }
  if (pairs > info.bounds.max) return fail(Code::invalid_parameter, std::string(info.name));
  return items;
}

Result<TextPairs> Value<TextPairs>::convert(const Raw& raw, const ParamInfo& info, const Context&) {
  TextPairs pairs;
  std::uint32_t last = 0;
  for (const ListItem& item : raw) {
    if (item.index != last) pairs.emplace_back();
    last = item.index;
    auto& [key, value] = pairs.back();
    (item.member == info.members.front() ? key : value) = item.value;
  }
  return pairs;
}

Result<std::vector<ListItem>> Value<Objects>::read(const Params& params, const ParamInfo& info) {
  return Value<TextPairs>::read(params, info);
}

Result<Objects> Value<Objects>::convert(const Raw& raw, const ParamInfo& info, const Context&) {
  Objects objects;
  std::uint32_t last = 0;
  for (const ListItem& item : raw) {
    if (item.index != last) objects.emplace_back(info.members.size());
    last = item.index;
    const auto member = std::ranges::find(info.members, item.member);
    objects.back()[static_cast<std::size_t>(member - info.members.begin())] = item.value;
  }
  return objects;
}

// The device selector.

std::vector<ParamInfo> Value<SelectedDevice>::parts() {
  std::vector<ParamInfo> parts(3);
  parts[0] = {.name = "ProductKey",
              .doc = "The product of the device; together with DeviceName.",
              .example = "a1BwAGVxxxx"};
  parts[1] = {
      .name = "DeviceName", .doc = "The device; together with ProductKey.", .example = "light01"};
  parts[2] = {.name = "IotId",
              .doc = "The device by its id, which wins over the other two.",
              .example = "4z819VQHk6VSLmmBJfrf00107e****"};
  for (ParamInfo& part : parts) {
    part.type = "String";
    part.required = false;
    part.names = true;
  }
  return parts;
}

Result<Value<SelectedDevice>::Raw> Value<SelectedDevice>::read(const Params& params,
                                                               const ParamInfo&) {
  const auto product_key = params.one("ProductKey");
  if (!product_key) return tl::unexpected(product_key.error());
  const auto device_name = params.one("DeviceName");
  if (!device_name) return tl::unexpected(device_name.error());
  const auto iot_id = params.one("IotId");
  if (!iot_id) return tl::unexpected(iot_id.error());
  return Raw{*product_key, *device_name, *iot_id};
}

Result<SelectedDevice> Value<SelectedDevice>::convert(const Raw& raw, const ParamInfo& info,
                                                      const Context& context) {
  const Registry& registry = context.platform.registry;
  if (raw.iot_id && !raw.iot_id->empty()) {
    if (!std::ranges::all_of(*raw.iot_id, is_letter_or_digit)) {
      return fail(Code::iot_id_invalid, quoted(*raw.iot_id));
    }
    auto view = registry.device_by_iot_id(*raw.iot_id);
    SharedProduct product = view ? registry.product(view->device->product.view()) : nullptr;
    if (!product || !context.reaches(*product)) {
      return fail(Code::device_not_found, quoted(*raw.iot_id));
    }
    return SelectedDevice{std::move(*view), std::move(product)};
  }
  auto product = to_product(raw.product_key.value_or(""), info, context);
  if (!product) return tl::unexpected(product.error());
  const auto name = DeviceName::parse(raw.device_name.value_or(""));
  if (!name) return tl::unexpected(name.error());
  auto view = registry.device((*product)->key, name->view());
  if (!view) return fail(Code::device_not_found, name->text());
  return SelectedDevice{std::move(*view), std::move(*product)};
}

Result<void> refuse(const Params& params, const ParamInfo& info) {
  const auto text = params.one(info.name);
  if (!text) return tl::unexpected(text.error());
  if (!*text || (*text)->empty() || **text == "false") return {};
  return fail(Code::invalid_parameter, std::string(info.name));
}

}  // namespace herald::api
