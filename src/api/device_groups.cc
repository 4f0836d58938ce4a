#include <algorithm>

#include "api/device_group_parts.h"
#include "api/text.h"

// Groups of devices, and groups within groups: operations.md, section 5.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::size_t description_max = 100;
constexpr std::string_view dynamic_type = "LINK_PLATFORM_DYNAMIC";
constexpr std::int64_t types_max = 2;

struct CreateDeviceGroup {
  std::optional<std::string_view> parent;
  std::optional<std::string_view> description;
  std::string_view name;
};
struct UpdateDeviceGroup {
  SharedGroup group;
  std::optional<std::string_view> description;
};
struct OfOneGroup {
  SharedGroup group;
};
struct QueryDeviceGroupList {
  std::int32_t page_size;
  std::optional<std::string_view> parent;
  std::optional<std::string_view> name;
  std::int32_t page;
  Texts types;
};

Result<void> check_description(std::optional<std::string_view> description) {
  if (description.value_or("").empty() || characters(*description) <= description_max) return {};
  return fail(Code::group_description_long);
}

void create(const CreateDeviceGroup& call, Context& context, Done<Reply> done) {
  if (!is_short_name(call.name)) {
    return done(fail(Code::group_name_malformed, std::string(call.name)));
  }
  if (auto fits = check_description(call.description); !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  if (auto fits = context.can_create(); !fits) return done(tl::unexpected(std::move(fits.error())));
  const std::string parent(call.parent.value_or(""));
  if (!parent.empty()) {
    if (auto there = context.group(parent); !there) return done(tl::unexpected(there.error()));
  }
  context.platform.groups.create({.account = context.account,
                                  .instance = context.instance,
                                  .name = std::string(call.name),
                                  .description = std::string(call.description.value_or("")),
                                  .parent = parent},
                                 context.take_riders(),
                                 [done = std::move(done)](Result<SharedGroup> made) mutable {
                                   done(std::move(made).map([](const SharedGroup& group) {
                                     return Reply{{"Data", entry_of(*group)}};
                                   }));
                                 });
}

void update(const UpdateDeviceGroup& call, Context& context, Done<Reply> done) {
  if (auto fits = check_description(call.description); !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  context.platform.groups.change(
      *call.group, context.take_riders(),
      [&](DeviceGroup& group) -> Result<void> {
        if (call.description) group.description = *call.description;
        return {};
      },
      nothing_but(std::move(done)));
}

void remove(const OfOneGroup& call, Context& context, Done<Reply> done) {
  context.platform.groups.erase(*call.group, context.take_riders(), nothing_but(std::move(done)));
}

Result<Reply> info(const OfOneGroup& call, Context& context) {
  DeviceTable::Counts counts;
  for (const auto& product :
       context.platform.registry.products_of(context.account, context.instance)) {
    counts += context.platform.groups.counts(*call.group, product->key);
  }
  json::object data = entry_of(*call.group);
  data["DeviceCount"] = static_cast<std::int64_t>(counts.all);
  data["DeviceActive"] = static_cast<std::int64_t>(counts.activated);
  data["DeviceOnline"] = static_cast<std::int64_t>(counts.online);
  return Reply{{"Data", std::move(data)}};
}

Result<Reply> list_groups(const QueryDeviceGroupList& call, Context& context) {
  if (auto fits = check_page(call.page, call.page_size, group_page_size_max); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  if (call.parent) {
    if (auto there = context.group(*call.parent); !there) return tl::unexpected(there.error());
  }
  for (const std::string_view type : call.types) {
    if (type != dynamic_type) return fail(Code::invalid_parameter, "GroupTypes");
  }
  auto found = context.platform.groups.of(context.account, context.instance);
  std::erase_if(found, [&](const SharedGroup& group) {
    return !call.types.empty() || (call.parent && group->parent != *call.parent) ||
           (call.name && group->name != *call.name);
  });
  const Page page(call.page, call.page_size, found.size());
  json::array list;
  for (std::size_t i = page.begin(); i < page.end(); ++i) list.push_back(entry_of(*found[i]));
  return Reply{{"CurrentPage", page.number},
               {"PageSize", page.size},
               {"PageCount", page.count()},
               {"Total", page.total},
               {"Data", {{"GroupInfo", std::move(list)}}}};
}

Result<Reply> parent_of(const OfOneGroup& call, Context& context) {
  json::array list;
  if (const auto parent = context.platform.groups.find(context.account, call.group->parent)) {
    json::object entry = entry_of(*parent);
    entry.erase("UtcCreate");
    list.push_back(std::move(entry));
  }
  return Reply{{"Data", {{"GroupInfo", std::move(list)}}}};
}

Param<std::optional<std::string_view>> description_parameter() {
  return {.name = "GroupDesc", .doc = "Up to 100 characters.", .example = "Lamps of the hall"};
}

Operation create_device_group() {
  Fields fields = group_fields();
  std::erase_if(fields, [](const Field& field) { return field.name == "GroupType"; });
  return operation<CreateDeviceGroup>(
      {.name = "CreateDeviceGroup",
       .family = Family::groups,
       .summary = "Creates a group of devices, in another group if it is named.",
       .calls_per_second = 500,
       .writes = true,
       .answer = {object("Data", "The new group.", std::move(fields))},
       .errors = {Code::instance_not_found, Code::group_name_malformed,
                  Code::group_description_long, Code::group_not_found, Code::group_too_deep,
                  Code::group_name_taken, Code::group_limit}},
      create,
      Param<std::optional<std::string_view>>{.name = "SuperGroupId",
                                             .doc = "The group that it is in; none if unset.",
                                             .example = "W16X8TvdosecYxBM",
                                             .names = true},
      description_parameter(),
      Param<std::string_view>{
          .name = "GroupName",
          .doc = "4 to 30 letters, digits, underscores or Chinese, which counts 2.",
          .example = "hall_lamps",
          .names = true});
}

Operation update_device_group() {
  return operation<UpdateDeviceGroup>({.name = "UpdateDeviceGroup",
                                       .family = Family::groups,
                                       .summary = "Changes the description of a group.",
                                       .calls_per_second = 50,
                                       .writes = true,
                                       .errors = group_errors({Code::group_description_long})},
                                      update, group_parameter(), description_parameter(),
                                      group_type_parameter());
}

Operation delete_device_group() {
  return operation<OfOneGroup>(
      {.name = "DeleteDeviceGroup",
       .family = Family::groups,
       .summary = "Deletes a group that has no groups in it; its devices stay, without it.",
       .calls_per_second = 500,
       .writes = true,
       .errors = group_errors({Code::group_in_use})},
      remove, group_parameter());
}

Operation query_device_group_info() {
  Fields fields = group_fields();
  std::erase_if(fields, [](const Field& field) { return field.name == "GroupType"; });
  fields.push_back(integer("DeviceCount", "How many devices are in it."));
  fields.push_back(integer("DeviceActive", "Of which were connected once."));
  fields.push_back(integer("DeviceOnline", "Of which are connected."));
  fields.push_back(text("DynamicGroupExpression", "Never set: there are no dynamic groups."));
  return operation<OfOneGroup>({.name = "QueryDeviceGroupInfo",
                                .family = Family::groups,
                                .summary = "Answers the details of a group.",
                                .calls_per_second = 30,
                                .answer = {object("Data", "The group.", std::move(fields))},
                                .errors = group_errors()},
                               info, group_parameter(), group_type_parameter());
}

Operation query_device_group_list() {
  return operation<QueryDeviceGroupList>(
      {.name = "QueryDeviceGroupList",
       .family = Family::groups,
       .summary = "Lists groups, the newest first.",
       .calls_per_second = 100,
       .answer = {integer("CurrentPage", "This page."), integer("PageSize", "Its size."),
                  integer("PageCount", "How many pages there are."),
                  integer("Total", "How many groups there are."),
                  object("Data", "", {list("GroupInfo", "One group.", group_fields())})},
       .errors = {Code::instance_not_found, Code::page_invalid, Code::group_not_found}},
      list_groups, page_size_parameter("1 to 200 groups."),
      Param<std::optional<std::string_view>>{.name = "SuperGroupId",
                                             .doc = "Only groups in this one; all if unset.",
                                             .example = "W16X8TvdosecYxBM"},
      Param<std::optional<std::string_view>>{
          .name = "GroupName", .doc = "Only the group of this name.", .example = "hall_lamps"},
      page_parameter(),
      Param<Texts>{.name = "GroupTypes",
                   .doc = "LINK_PLATFORM_DYNAMIC: only dynamic groups, of which there are none.",
                   .example = "LINK_PLATFORM_DYNAMIC",
                   .bounds = {0, types_max}});
}

Operation query_super_device_group() {
  return operation<OfOneGroup>(
      {.name = "QuerySuperDeviceGroup",
       .family = Family::groups,
       .summary = "Answers the group that a group is in.",
       .calls_per_second = 10,
       .answer = {object("Data", "",
                         {list("GroupInfo", "The group; none of one at the top.",
                               {text("GroupId", "Its id."), text("GroupName", "Its name."),
                                text("GroupDesc", "Its description.")})})},
       .errors = group_errors()},
      parent_of, group_parameter());
}

}  // namespace

std::vector<Operation> device_group_operations() {
  std::vector<Operation> family;
  family.push_back(create_device_group());
  family.push_back(update_device_group());
  family.push_back(delete_device_group());
  family.push_back(query_device_group_info());
  family.push_back(query_device_group_list());
  family.push_back(query_super_device_group());
  return family;
}

}  // namespace herald::api
