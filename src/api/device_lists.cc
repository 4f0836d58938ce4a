#include <algorithm>
#include <charconv>

#include "api/device_parts.h"
#include "api/page.h"
#include "api/times.h"

// Many devices in one answer: operations.md, section 4.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int32_t page_size_max = 50;
constexpr std::int64_t details_max = 100;

struct QueryDevice {
  SharedProduct product;
  std::int32_t page_size;
  std::int32_t page;
  std::optional<std::string_view> next_token;
};

struct OfOneDevice {
  SelectedDevice device;
};

struct BatchQueryDeviceDetail {
  SharedProduct product;
  DeviceNames names;
};

struct QueryDeviceByStatus {
  std::optional<std::string_view> product;
  std::int32_t status;
  std::int32_t page;
  std::int32_t page_size;
};

struct QueryDeviceStatistics {
  std::optional<std::string_view> product;
  std::optional<std::string_view> group;
};

// Where a list goes on: after the last device that was shown.
std::string token_of(DeviceId last) { return std::to_string(last.value); }
std::optional<DeviceId> device_of_token(std::string_view token) {
  DeviceId id;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), id.value);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return id;
}

json::object entry_of(const DeviceView& view) {
  const Device& device = *view.device;
  // When it last changed is when it last came or went, as far as anybody remembers.
  const Time modified = device.last_online.value_or(device.created);
  return {{"DeviceName", device.name.view()},
          {"DeviceSecret", ""},
          {"ProductKey", device.product.view()},
          {"IotId", device.iot_id},
          {"Nickname", device.nickname},
          {"DeviceStatus", status_of(view)},
          {"GmtCreate", gmt_date_text(device.created)},
          {"UtcCreate", utc_text(device.created)},
          {"GmtModified", gmt_date_text(modified)},
          {"UtcModified", utc_text(modified)}};
}

// Devices that were deleted meanwhile are left out.
std::vector<DeviceView> views_of(const Registry& registry, const std::vector<DeviceId>& ids) {
  std::vector<DeviceView> views;
  for (const DeviceId id : ids) {
    if (auto view = registry.device(id)) views.push_back(std::move(*view));
  }
  return views;
}
std::vector<DeviceId> ids_of(const std::vector<DeviceView>& views) {
  std::vector<DeviceId> ids;
  for (const DeviceView& view : views) ids.push_back(view.device->id);
  return ids;
}

Fields entry_fields(Field status) {
  return {text("DeviceName", "Its name."),
          text("DeviceSecret", "What it authenticates with."),
          text("ProductKey", "Its product."),
          text("IotId", "Its id."),
          text("Nickname", "Its nickname."),
          std::move(status),
          text("GmtCreate", "When it was created."),
          text("UtcCreate", "The same in UTC."),
          text("GmtModified", "When its last connection began or ended, if it had one."),
          text("UtcModified", "The same in UTC.")};
}

void list_devices(QueryDevice call, Context& context, Done<Reply> done) {
  if (auto fits = check_page(call.page, call.page_size, page_size_max); !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  const Registry& registry = context.platform.registry;
  const ProductKey& key = call.product->key;
  const Page page(call.page, call.page_size, registry.devices().counts(key).all);
  const auto size = static_cast<std::size_t>(call.page_size);
  std::vector<DeviceId> ids;
  if (call.next_token) {
    const auto after = device_of_token(*call.next_token);
    if (!after) return done(fail(Code::page_invalid, "NextToken"));
    ids = registry.devices().older(key, *after, size + 1);
  } else {
    ids = registry.devices().newest(key, page.begin(), size + 1);
  }
  const bool more = ids.size() > size;
  if (more) ids.pop_back();
  const std::string next = more ? token_of(ids.back()) : "";
  const auto views = views_of(registry, ids);
  json::array entries;
  for (const DeviceView& view : views) entries.push_back(entry_of(view));
  add_secrets(registry, ids_of(views), std::move(entries),
              [page, next, done = std::move(done)](Result<json::array> list) mutable {
                if (!list) return done(tl::unexpected(std::move(list.error())));
                Reply reply = page_reply(page);
                reply["NextToken"] = next;
                reply["Data"] = {{"DeviceInfo", std::move(*list)}};
                done(std::move(reply));
              });
}

void info(OfOneDevice call, Context& context, Done<Reply> done) {
  const Device& device = *call.device.view.device;
  reply_with_secret(context.platform.registry, device.id,
                    {{"ProductKey", device.product.view()},
                     {"DeviceName", device.name.view()},
                     {"DeviceSecret", ""},
                     {"IotId", device.iot_id},
                     {"Nickname", device.nickname}},
                    std::move(done));
}

void details(BatchQueryDeviceDetail call, Context& context, Done<Reply> done) {
  const Registry& registry = context.platform.registry;
  std::vector<DeviceView> views;
  json::array entries;
  for (const std::string_view name : call.names.names) {
    auto view = registry.device(call.product->key, name);
    if (!view) continue;
    const Device& device = *view->device;
    json::object detail{{"ProductKey", device.product.view()},
                        {"ProductName", call.product->name},
                        {"DeviceName", device.name.view()},
                        {"DeviceSecret", ""},
                        {"IotId", device.iot_id},
                        {"Nickname", device.nickname},
                        {"NodeType", call.product->node_type},
                        {"Region", context.region},
                        {"Status", status_of(*view)},
                        {"GmtCreate", gmt_text(device.created)},
                        {"UtcCreate", utc_text(device.created)}};
    if (device.activated) {
      detail["GmtActive"] = gmt_text(*device.activated);
      detail["UtcActive"] = utc_text(*device.activated);
    }
    entries.push_back(std::move(detail));
    views.push_back(std::move(*view));
  }
  add_secrets(registry, ids_of(views), std::move(entries),
              [done = std::move(done)](Result<json::array> list) mutable {
                if (!list) return done(tl::unexpected(std::move(list.error())));
                done(Reply{{"Data", {{"Data", std::move(*list)}}}});
              });
}

// One product, or all of the instance.
Result<std::vector<SharedProduct>> products_of(std::optional<std::string_view> product,
                                               const Context& context) {
  if (!product) return context.platform.registry.products_of(context.account, context.instance);
  auto one = to_product(*product, {}, context);
  if (!one) return tl::unexpected(std::move(one.error()));
  return std::vector{std::move(*one)};
}

void by_status(QueryDeviceByStatus call, Context& context, Done<Reply> done) {
  if (auto fits = check_page(call.page, call.page_size, page_size_max); !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  const auto products = products_of(call.product, context);
  if (!products) return done(tl::unexpected(products.error()));
  const auto state = static_cast<DeviceState>(call.status);
  const Registry& registry = context.platform.registry;
  std::size_t total = 0;
  std::vector<std::size_t> counts;
  for (const SharedProduct& product : *products) {
    total += counts.emplace_back(registry.devices().count(product->key, state));
  }
  const Page page(call.page, call.page_size, total);
  std::vector<DeviceId> ids;
  std::size_t skip = page.begin();
  const std::size_t wanted = page.end() - page.begin();
  for (std::size_t i = 0; i < counts.size() && ids.size() < wanted; ++i) {
    const auto part =
        registry.devices().newest_in((*products)[i]->key, state, skip, wanted - ids.size());
    ids.insert(ids.end(), part.begin(), part.end());
    skip -= std::min(skip, counts[i]);
  }
  const auto views = views_of(registry, ids);
  json::array entries;
  for (const DeviceView& view : views) {
    json::object entry = entry_of(view);
    entry["Status"] = entry["DeviceStatus"];
    entry.erase("DeviceStatus");
    entry["GmtCreate"] = gmt_text(view.device->created);
    entries.push_back(std::move(entry));
  }
  add_secrets(registry, ids_of(views), std::move(entries),
              [page, done = std::move(done)](Result<json::array> list) mutable {
                if (!list) return done(tl::unexpected(std::move(list.error())));
                Reply reply = page_reply(page);
                reply["Data"] = {{"SimpleDeviceInfo", std::move(*list)}};
                done(std::move(reply));
              });
}

Result<Reply> statistics(QueryDeviceStatistics call, Context& context) {
  const auto products = products_of(call.product, context);
  if (!products) return tl::unexpected(products.error());
  SharedGroup group;
  if (call.group) {
    auto one = context.group(*call.group);
    if (!one) return tl::unexpected(std::move(one.error()));
    group = std::move(*one);
  }
  DeviceTable::Counts sum;
  for (const SharedProduct& product : *products) {
    sum += group ? context.platform.groups.counts(*group, product->key)
                 : context.platform.registry.devices().counts(product->key);
  }
  return Reply{{"Data",
                {{"deviceCount", static_cast<std::int64_t>(sum.all)},
                 {"activeCount", static_cast<std::int64_t>(sum.activated)},
                 {"onlineCount", static_cast<std::int64_t>(sum.online)}}}};
}

Operation query_device() {
  Fields answer = page_fields();
  answer.push_back(text("NextToken", "For the next page; empty on the last one."));
  Fields members = entry_fields(status_field());
  members.push_back(text("DeviceId", "Never set."));
  members.push_back(text("DeviceType", "Never set."));
  answer.push_back(object("Data", "", {list("DeviceInfo", "One device.", std::move(members))}));
  auto errors = product_errors();
  errors.push_back(Code::page_invalid);
  return operation<QueryDevice>(
      {.name = "QueryDevice",
       .family = Family::devices,
       .summary = "Lists the devices of a product, the newest first.",
       .calls_per_second = 50,
       .gives_secrets = true,
       .answer = std::move(answer),
       .errors = std::move(errors)},
      list_devices, product_parameter(), page_size_parameter("1 to 50 devices."), page_parameter(),
      Param<std::optional<std::string_view>>{
          .name = "NextToken",
          .doc = "What the page before answered; CurrentPage does not count then.",
          .example = "3568431263891456"});
}

Operation query_device_info() {
  return operation<OfOneDevice>(
      {.name = "QueryDeviceInfo",
       .family = Family::devices,
       .summary = "Answers a device's names, secret and id.",
       .calls_per_second = 500,
       .gives_secrets = true,
       .answer = {object("Data", "The device.",
                         {text("ProductKey", "Its product."), text("DeviceName", "Its name."),
                          text("DeviceSecret", "What it authenticates with."),
                          text("IotId", "Its id."), text("Nickname", "Its nickname.")})},
       .errors = device_errors()},
      info, device_parameter());
}

Operation batch_query_device_detail() {
  auto errors = product_errors();
  errors.insert(errors.end(), {Code::device_name_empty, Code::device_name_in_list_malformed,
                               Code::device_names_too_many});
  return operation<BatchQueryDeviceDetail>(
      {.name = "BatchQueryDeviceDetail",
       .family = Family::devices,
       .summary = "Answers the details of up to 100 devices. Unknown ones are left out.",
       .calls_per_second = 5,
       .gives_secrets = true,
       .answer = {object(
           "Data", "",
           {list(
               "Data", "One device.",
               {text("ProductKey", "Its product."), text("ProductName", "The product's name."),
                text("DeviceName", "Its name."),
                text("DeviceSecret", "What it authenticates with."), text("IotId", "Its id."),
                text("Nickname", "Its nickname."), integer("NodeType", "0 a device, 1 a gateway."),
                text("Region", "Where the platform runs."),
                text("Status", "ONLINE, OFFLINE, UNACTIVE or DISABLE."),
                text("FirmwareVersion", "Never set: devices do not report it."),
                text("GmtCreate", "When it was created, UTC+8."),
                text("UtcCreate", "The same in UTC."),
                text("GmtActive", "When it first connected, UTC+8."),
                text("UtcActive", "The same in UTC.")})})},
       .errors = std::move(errors)},
      details, product_parameter(),
      Param<DeviceNames>{.name = "DeviceName",
                         .doc = "The devices, each named once.",
                         .example = "light01",
                         .bounds = {1, details_max},
                         .distinct = true});
}

Operation query_device_by_status() {
  Fields answer = page_fields();
  answer.push_back(
      object("Data", "",
             {list("SimpleDeviceInfo", "One device.",
                   entry_fields(text("Status", "ONLINE, OFFLINE, UNACTIVE or DISABLE.")))}));
  auto errors = product_errors();
  errors.push_back(Code::page_invalid);
  return operation<QueryDeviceByStatus>(
      {.name = "QueryDeviceByStatus",
       .family = Family::devices,
       .summary = "Lists the devices in one state, the newest first.",
       .calls_per_second = 50,
       .gives_secrets = true,
       .answer = std::move(answer),
       .errors = std::move(errors)},
      by_status,
      Param<std::optional<std::string_view>>{.name = "ProductKey",
                                             .doc = "One product; all if unset.",
                                             .example = "a1BwAGVxxxx",
                                             .names = true},
      Param<std::int32_t>{.name = "Status",
                          .doc = "0 never connected, 1 online, 3 offline, 8 disabled.",
                          .example = "1",
                          .allowed = {"0", "1", "3", "8"}},
      page_parameter(), page_size_parameter("1 to 50 devices."),
      Param<Ignored<std::string_view>>{.name = "ResourceGroupId",
                                       .doc = "Of no effect, as in the original."});
}

Operation query_device_statistics() {
  auto errors = product_errors();
  errors.push_back(Code::group_not_found);
  return operation<QueryDeviceStatistics>(
      {.name = "QueryDeviceStatistics",
       .family = Family::devices,
       .summary = "Counts devices: all, those that were ever connected, those that are.",
       .calls_per_second = 50,
       .answer = {object("Data", "",
                         {long_integer("deviceCount", "All."),
                          long_integer("activeCount", "That were connected once."),
                          long_integer("onlineCount", "That are connected.")})},
       .errors = std::move(errors)},
      statistics,
      Param<std::optional<std::string_view>>{.name = "ProductKey",
                                             .doc = "One product; all of the instance if unset.",
                                             .example = "a1BwAGVxxxx"},
      Param<std::optional<std::string_view>>{.name = "GroupId",
                                             .doc = "Only devices that are in this group, too.",
                                             .example = "W16X8TvdosecYxBM"});
}

}  // namespace

std::vector<Operation> device_list_operations() {
  std::vector<Operation> family;
  family.push_back(query_device());
  family.push_back(query_device_info());
  family.push_back(batch_query_device_detail());
  family.push_back(query_device_by_status());
  family.push_back(query_device_statistics());
  return family;
}

}  // namespace herald::api
