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
};

// The numbers of the states, operations.md, conventions.
struct Status {
  std::int32_t number;
  std::string_view name;
};
constexpr std::array<Status, 4> statuses = {
    {{0, "UNACTIVE"}, {1, "ONLINE"}, {3, "OFFLINE"}, {8, "DISABLE"}}};

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
          {"DeviceSecret", device.secret},
          {"ProductKey", device.product.view()},
          {"IotId", device.iot_id},
          {"Nickname", device.nickname},
          {"DeviceStatus", status_of(view)},
          {"GmtCreate", gmt_date_text(device.created)},
          {"UtcCreate", utc_text(device.created)},
          {"GmtModified", gmt_date_text(modified)},
          {"UtcModified", utc_text(modified)}};
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

Result<Reply> list_devices(QueryDevice call, Context& context) {
  if (auto fits = check_page(call.page, call.page_size, page_size_max); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  const Registry& registry = context.platform.registry;
  const ProductKey& key = call.product->key;
  const Page page(call.page, call.page_size, registry.device_counts(key).all);
  const auto size = static_cast<std::size_t>(call.page_size);
  std::vector<DeviceId> ids;
  if (call.next_token) {
    const auto after = device_of_token(*call.next_token);
    if (!after) return fail(Code::page_invalid, "NextToken");
    ids = registry.devices_older(key, *after, size + 1);
  } else {
    ids = registry.newest_devices(key, page.begin(), size + 1);
  }
  const bool more = ids.size() > size;
  if (more) ids.pop_back();
  json::array list;
  for (const DeviceId id : ids) {
    if (const auto view = registry.device(id)) list.push_back(entry_of(*view));
  }
  return Reply{{"Page", page.number},
               {"PageSize", page.size},
               {"PageCount", page.count()},
               {"Total", page.total},
               {"NextToken", more ? token_of(ids.back()) : ""},
               {"Data", {{"DeviceInfo", std::move(list)}}}};
}

Result<Reply> info(OfOneDevice call, Context&) {
  const Device& device = *call.device.view.device;
  return Reply{{"Data",
                {{"ProductKey", device.product.view()},
                 {"DeviceName", device.name.view()},
                 {"DeviceSecret", device.secret},
                 {"IotId", device.iot_id},
                 {"Nickname", device.nickname}}}};
}

Result<Reply> details(BatchQueryDeviceDetail call, Context& context) {
  json::array list;
  for (const std::string_view name : call.names.names) {
    const auto view = context.platform.registry.device(call.product->key, name);
    if (!view) continue;
    const Device& device = *view->device;
    json::object detail{{"ProductKey", device.product.view()},
                        {"ProductName", call.product->name},
                        {"DeviceName", device.name.view()},
                        {"DeviceSecret", device.secret},
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
    list.push_back(std::move(detail));
  }
  return Reply{{"Data", {{"Data", std::move(list)}}}};
}

// One product, or all of the instance.
Result<std::vector<SharedProduct>> products_of(std::optional<std::string_view> product,
                                               const Context& context) {
  if (!product) return context.platform.registry.products_of(context.account, context.instance);
  auto one = to_product(*product, {}, context);
  if (!one) return tl::unexpected(std::move(one.error()));
  return std::vector{std::move(*one)};
}

Result<Reply> by_status(QueryDeviceByStatus call, Context& context) {
  if (auto fits = check_page(call.page, call.page_size, page_size_max); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  const auto status = std::ranges::find(statuses, call.status, &Status::number);
  if (status == statuses.end()) return fail(Code::invalid_parameter, "Status");
  const auto products = products_of(call.product, context);
  if (!products) return tl::unexpected(products.error());
  const Registry& registry = context.platform.registry;
  std::vector<DeviceView> found;
  for (const SharedProduct& product : *products) {
    const auto all = registry.device_counts(product->key).all;
    for (const DeviceId id : registry.newest_devices(product->key, 0, all)) {
      auto view = registry.device(id);
      if (view && status_of(*view) == status->name) found.push_back(std::move(*view));
    }
  }
  const Page page(call.page, call.page_size, found.size());
  json::array list;
  for (std::size_t i = page.begin(); i < page.end(); ++i) {
    json::object entry = entry_of(found[i]);
    entry["Status"] = entry["DeviceStatus"];
    entry.erase("DeviceStatus");
    entry["GmtCreate"] = gmt_text(found[i].device->created);
    list.push_back(std::move(entry));
  }
  return Reply{{"Page", page.number},
               {"PageSize", page.size},
               {"PageCount", page.count()},
               {"Total", page.total},
               {"Data", {{"SimpleDeviceInfo", std::move(list)}}}};
}

Result<Reply> statistics(QueryDeviceStatistics call, Context& context) {
  const auto products = products_of(call.product, context);
  if (!products) return tl::unexpected(products.error());
  Registry::DeviceCounts sum;
  for (const SharedProduct& product : *products) {
    const auto counts = context.platform.registry.device_counts(product->key);
    sum.all += counts.all;
    sum.activated += counts.activated;
    sum.online += counts.online;
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
       .answer = std::move(answer),
       .errors = std::move(errors)},
      by_status,
      Param<std::optional<std::string_view>>{
          .name = "ProductKey", .doc = "One product; all if unset.", .example = "a1BwAGVxxxx"},
      Param<std::int32_t>{.name = "Status",
                          .doc = "0 never connected, 1 online, 3 offline, 8 disabled.",
                          .example = "1",
                          .allowed = {"0", "1", "3", "8"}},
      page_parameter(), page_size_parameter("1 to 50 devices."),
      Param<Ignored<std::string_view>>{.name = "ResourceGroupId",
                                       .doc = "Of no effect, as in the original."});
}

Operation query_device_statistics() {
  return operation<QueryDeviceStatistics>(
      {.name = "QueryDeviceStatistics",
       .family = Family::devices,
       .summary = "Counts devices: all, those that were ever connected, those that are.",
       .calls_per_second = 50,
       .answer = {object("Data", "",
                         {long_integer("deviceCount", "All."),
                          long_integer("activeCount", "That were connected once."),
                          long_integer("onlineCount", "That are connected.")})},
       .errors = product_errors()},
      statistics,
      Param<std::optional<std::string_view>>{.name = "ProductKey",
                                             .doc = "One product; all of the instance if unset.",
                                             .example = "a1BwAGVxxxx"},
      Param<Unsupported<std::string_view>>{.name = "GroupId",
                                           .doc = "Not to be set: there are no groups yet."});
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
