#include <algorithm>
#include <boost/json.hpp>

#include "api/device_group_parts.h"

// Tags of device groups: operations.md, section 5.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t conditions_max = 10;

struct SetDeviceGroupTags {
  SharedGroup group;
  std::optional<std::string_view> tags;
};
struct OfOneGroup {
  SharedGroup group;
};
struct ByTags {
  std::int32_t page;
  std::int32_t page_size;
  TextPairs tags;
};

// Errors: group_tags_malformed.
Result<Tags> tags_from(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_array()) return fail(Code::group_tags_malformed, "no JSON list");
  TextPairs wanted;
  for (const json::value& item : value.get_array()) {
    const auto* object = item.if_object();
    const auto* key = object != nullptr ? object->if_contains("tagKey") : nullptr;
    const auto* tag = object != nullptr ? object->if_contains("tagValue") : nullptr;
    if (key == nullptr || tag == nullptr || !key->is_string() || !tag->is_string()) {
      return fail(Code::group_tags_malformed, "no tagKey and tagValue");
    }
    wanted.emplace_back(key->get_string(), tag->get_string());
  }
  Tags tags;
  if (const auto fits = set_tags(tags, wanted); !fits) {
    return fail(Code::group_tags_malformed, fits.error().detail);
  }
  if (tags.size() != wanted.size()) return fail(Code::group_tags_malformed, "a key occurs twice");
  return tags;
}

void set(const SetDeviceGroupTags& call, Context& context, Done<Reply> done) {
  auto tags = tags_from(call.tags.value_or("[]"));
  if (!tags) return done(tl::unexpected(std::move(tags.error())));
  context.platform.groups.change(
      *call.group, context.take_riders(),
      [&](DeviceGroup& group) -> Result<void> {
        group.tags = std::move(*tags);
        return {};
      },
      nothing_but(std::move(done)));
}

Result<Reply> list_tags(const OfOneGroup& call, Context&) {
  json::array tags;
  for (const auto& [key, value] : call.group->tags) {
    tags.push_back({{"TagKey", key}, {"TagValue", value}});
  }
  return Reply{{"Data", {{"GroupTagInfo", std::move(tags)}}}};
}

bool has_all(const DeviceGroup& group, const TextPairs& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& tag) {
    return std::ranges::find(group.tags, tag) != group.tags.end();
  });
}

Result<Reply> find(const ByTags& call, Context& context) {
  if (auto fits = check_page(call.page, call.page_size, group_page_size_max); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  auto found = context.platform.groups.of(context.account, context.instance);
  std::erase_if(found, [&](const SharedGroup& group) { return !has_all(*group, call.tags); });
  const Page page(call.page, call.page_size, found.size());
  json::array list;
  for (std::size_t i = page.begin(); i < page.end(); ++i) {
    list.push_back({{"GroupName", found[i]->name}, {"GroupId", found[i]->id}});
  }
  Reply reply = page_reply(page);
  reply["Data"] = {{"DeviceGroup", std::move(list)}};
  return reply;
}

Operation set_device_group_tags() {
  return operation<SetDeviceGroupTags>(
      {.name = "SetDeviceGroupTags",
       .family = Family::groups,
       .summary = "Sets the tags of a group; those that it had and that are not named are deleted.",
       .calls_per_second = 50,
       .writes = true,
       .errors = group_errors({Code::group_tags_malformed})},
      set, group_parameter(),
      Param<std::optional<std::string_view>>{
          .name = "TagString",
          .doc = "A JSON list of up to 100 objects with tagKey and tagValue; no tags if unset.",
          .example = R"([{"tagKey":"room","tagValue":"hall"}])"},
      group_type_parameter());
}

Operation query_device_group_tag_list() {
  return operation<OfOneGroup>(
      {.name = "QueryDeviceGroupTagList",
       .family = Family::groups,
       .summary = "Lists the tags of a group.",
       .calls_per_second = 500,
       .answer = {object("Data", "", {list("GroupTagInfo", "One tag.", tag_fields())})},
       .errors = group_errors()},
      list_tags, group_parameter(), group_type_parameter());
}

Operation query_device_group_by_tags() {
  Fields answer = page_fields();
  answer.push_back(object("Data", "",
                          {list("DeviceGroup", "One group.",
                                {text("GroupName", "Its name."), text("GroupId", "Its id.")})}));
  return operation<ByTags>({.name = "QueryDeviceGroupByTags",
                            .family = Family::groups,
                            .summary = "Lists the groups that have all of these tags.",
                            .calls_per_second = 5,
                            .answer = std::move(answer),
                            .errors = {Code::instance_not_found, Code::page_invalid}},
                           find, page_parameter(), page_size_parameter("1 to 200 groups."),
                           Param<TextPairs>{.name = "Tag",
                                            .doc = "The tags, up to 10.",
                                            .bounds = {1, conditions_max},
                                            .members = {"TagKey", "TagValue"}});
}

}  // namespace

std::vector<Operation> device_group_tag_operations() {
  std::vector<Operation> family;
  family.push_back(set_device_group_tags());
  family.push_back(query_device_group_tag_list());
  family.push_back(query_device_group_by_tags());
  return family;
}

}  // namespace herald::api
