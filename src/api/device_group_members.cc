#include <algorithm>

#include "api/device_group_parts.h"

// Which devices are in which groups: operations.md, section 5.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t devices_max = 200;

struct OfGroupAndDevices {
  SharedGroup group;
  Objects devices;  // ProductKey, DeviceName.
};
struct OfOneDevice {
  SharedProduct product;
  DeviceName name;
};
struct QueryDeviceListByDeviceGroup {
  SharedGroup group;
  std::int32_t page_size;
  std::int32_t page;
};

// Those that are the caller's, each once. Errors: device_names_missing, product_key_empty,
// device_name_empty.
Result<std::vector<DeviceId>> devices_of(const Objects& named, const Context& context) {
  if (named.empty()) return fail(Code::device_names_missing);
  std::vector<DeviceId> found;
  for (const auto& device : named) {
    const std::string_view product_key = device[0], name = device[1];
    if (product_key.empty()) return fail(Code::product_key_empty);
    if (name.empty()) return fail(Code::device_name_empty);
    const auto product = context.product(product_key);
    const auto id =
        product ? context.platform.registry.device_id((*product)->key, name) : std::nullopt;
    if (id && std::ranges::find(found, *id) == found.end()) found.push_back(*id);
  }
  return found;
}

void add(const OfGroupAndDevices& call, Context& context, Done<Reply> done) {
  const auto devices = devices_of(call.devices, context);
  if (!devices) return done(tl::unexpected(devices.error()));
  context.platform.groups.add(
      *call.group, *devices, context.take_riders(),
      [done = std::move(done)](Result<DeviceGroups::Joined> outcome) mutable {
        if (!outcome) return done(tl::unexpected(std::move(outcome.error())));
        const auto& [joined, were_in_it, in_too_many] = *outcome;
        const std::size_t valid = joined + were_in_it + in_too_many;
        done(Reply{{"ValidDeviceCount", static_cast<std::int64_t>(valid)},
                   {"SuccessAddedDeviceCount", static_cast<std::int64_t>(joined)},
                   {"AlreadyRelatedGroupDeviceCount", static_cast<std::int64_t>(were_in_it)},
                   {"ExceedTenGroupDeviceCount", static_cast<std::int64_t>(in_too_many)},
                   {"ErrorMessage",
                    "Of " + std::to_string(valid) + " devices " + std::to_string(joined) +
                        " were added, " + std::to_string(were_in_it) + " were in the group, and " +
                        std::to_string(in_too_many) + " are in ten groups already."}});
      });
}

void remove(const OfGroupAndDevices& call, Context& context, Done<Reply> done) {
  const auto devices = devices_of(call.devices, context);
  if (!devices) return done(tl::unexpected(devices.error()));
  context.platform.groups.remove(
      *call.group, *devices, context.take_riders(),
      [valid = devices->size(), done = std::move(done)](Result<std::size_t> removed) mutable {
        if (!removed) return done(tl::unexpected(std::move(removed.error())));
        done(Reply{{"ValidDeviceCount", static_cast<std::int64_t>(valid)},
                   {"AlreadyRelatedGroupDeviceCount", static_cast<std::int64_t>(*removed)},
                   {"SuccessDeviceCount", static_cast<std::int64_t>(*removed)}});
      });
}

Result<Reply> groups_of(const OfOneDevice& call, Context& context) {
  const auto device = context.platform.registry.device_id(call.product->key, call.name.view());
  if (!device) return fail(Code::device_not_found, call.name.text());
  json::array list;
  for (const SharedGroup& group : context.platform.groups.groups_of(*device)) {
    list.push_back(entry_of(*group));
  }
  return Reply{{"GroupInfos", {{"GroupInfo", std::move(list)}}}};
}

Result<Reply> list_devices(const QueryDeviceListByDeviceGroup& call, Context& context) {
  if (auto fits = check_page(call.page, call.page_size, group_page_size_max); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  const auto& [group, page_size, page_number] = call;
  const Page page(page_number, page_size, context.platform.groups.size(*group));
  json::array list;
  for (const DeviceId id :
       context.platform.groups.newest(*group, page.begin(), page.end() - page.begin())) {
    const auto view = context.platform.registry.device(id);
    if (!view) continue;  // Deleted meanwhile.
    const auto product = context.platform.registry.product(view->device->product.view());
    if (!product) continue;  // It goes with its product.
    list.push_back({{"ProductKey", product->key.view()},
                    {"ProductName", product->name},
                    {"DeviceName", view->device->name.view()},
                    {"IotId", view->device->iot_id}});
  }
  Reply reply = page_reply(page);
  reply["Data"] = {{"SimpleDeviceInfo", std::move(list)}};
  return reply;
}

Param<Objects> devices_parameter() {
  return {.name = "Device",
          .doc = "A device. Those that do not exist are left out.",
          .bounds = {0, devices_max},
          .members = {"ProductKey", "DeviceName"},
          .names = true};
}
std::vector<Code> relation_errors() {
  return group_errors(
      {Code::device_names_missing, Code::product_key_empty, Code::device_name_empty});
}

Operation add_relations() {
  return operation<OfGroupAndDevices>(
      {.name = "BatchAddDeviceGroupRelations",
       .family = Family::groups,
       .summary = "Adds up to 200 devices to a group.",
       .calls_per_second = 500,
       .writes = true,
       .answer = {integer("ValidDeviceCount", "How many of the devices exist."),
                  integer("SuccessAddedDeviceCount", "How many were added."),
                  integer("AlreadyRelatedGroupDeviceCount", "How many were in it already."),
                  integer("ExceedTenGroupDeviceCount",
                          "How many were not added because they are in 10 groups."),
                  text("ErrorMessage", "The same in words, also of a success.")},
       .errors = relation_errors()},
      add, group_parameter(), devices_parameter());
}

Operation delete_relations() {
  return operation<OfGroupAndDevices>(
      {.name = "BatchDeleteDeviceGroupRelations",
       .family = Family::groups,
       .summary = "Takes up to 200 devices out of a group.",
       .calls_per_second = 50,
       .writes = true,
       .answer = {integer("ValidDeviceCount", "How many of the devices exist."),
                  integer("AlreadyRelatedGroupDeviceCount", "How many were in it."),
                  integer("SuccessDeviceCount", "How many were taken out.")},
       .errors = relation_errors()},
      remove, group_parameter(), devices_parameter());
}

Operation query_groups_of_device() {
  auto errors = product_errors();
  errors.insert(errors.end(),
                {Code::device_name_empty, Code::device_name_malformed, Code::device_not_found});
  return operation<OfOneDevice>(
      {.name = "QueryDeviceGroupByDevice",
       .family = Family::groups,
       .summary = "Lists the groups that a device is in, the newest first.",
       .calls_per_second = 50,
       .answer = {object("GroupInfos", "", {list("GroupInfo", "One group.", group_fields())})},
       .errors = std::move(errors)},
      groups_of, product_parameter(),
      Param<DeviceName>{.name = "DeviceName", .doc = "The device.", .example = "light01"});
}

Operation query_devices_of_group() {
  Fields answer = page_fields();
  answer.push_back(
      object("Data", "",
             {list("SimpleDeviceInfo", "One device.",
                   {text("ProductKey", "Its product."), text("ProductName", "The product's name."),
                    text("DeviceName", "Its name."), text("IotId", "Its id.")})}));
  return operation<QueryDeviceListByDeviceGroup>(
      {.name = "QueryDeviceListByDeviceGroup",
       .family = Family::groups,
       .summary = "Lists the devices of a group, the newest first.",
       .calls_per_second = 5,
       .answer = std::move(answer),
       .errors = group_errors({Code::page_invalid})},
      list_devices, group_parameter(), page_size_parameter("1 to 200 devices."), page_parameter());
}

}  // namespace

std::vector<Operation> device_group_member_operations() {
  std::vector<Operation> family;
  family.push_back(add_relations());
  family.push_back(delete_relations());
  family.push_back(query_groups_of_device());
  family.push_back(query_devices_of_group());
  return family;
}

}  // namespace herald::api
