#include <algorithm>
#include <boost/json.hpp>

#include "api/device_parts.h"
#include "api/page.h"
#include "api/text.h"
#include "base/utf8.h"
#include "thing/json_text.h"

// What owners write on devices: tags and nicknames. operations.md, section 4.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::size_t props_bytes_max = 5 * limits::KiB;
constexpr std::size_t tags_max = 100;
constexpr std::string_view reserved_key = "abc";
constexpr std::int32_t page_size_max = 50;
constexpr std::int64_t conditions_max = 10, nicknames_max = 50;

struct OfOneDevice {
  SelectedDevice device;
};
struct SaveDeviceProp {
  SelectedDevice device;
  std::string_view props;
};
struct DeleteDeviceProp {
  SelectedDevice device;
  std::string_view key;
};
struct QueryDeviceByTags {
  std::int32_t page;
  std::int32_t page_size;
  TextPairs tags;
};
struct BatchUpdateDeviceNickname {
  Objects devices;  // ProductKey, DeviceName, Nickname, IotId.
};

// Errors: device_tags_malformed, device_tags_empty, device_tags_too_long.
Result<Tags> tags_from(std::string_view props) {
  if (props.size() > props_bytes_max) return fail(Code::device_tags_too_long);
  const auto value = thing::parse_json(props);
  if (!value) return fail(Code::device_tags_malformed, "it is no JSON");
  if (!value->is_object()) return fail(Code::device_tags_malformed, "it is no JSON object");
  Tags tags;
  for (const auto& [key, member] : value->get_object()) {
    if (key.empty() || key == reserved_key || !is_text(key)) {
      return fail(Code::device_tags_malformed, "the key " + made_text(key));
    }
    tags.emplace_back(key, thing::plain_text(member));
  }
  if (tags.empty()) return fail(Code::device_tags_empty);
  return tags;
}

void save(const SaveDeviceProp& call, Context& context, Done<Reply> done) {
  auto wanted = tags_from(call.props);
  if (!wanted) return done(tl::unexpected(std::move(wanted.error())));
  context.platform.registry.change_device(
      call.device.view.device->id, context.take_riders(),
      [wanted = std::move(*wanted)](Device& device) -> Result<void> {
        for (const auto& [key, value] : wanted) {
          std::erase_if(device.tags, [&](const auto& tag) { return tag.first == key; });
          device.tags.emplace_back(key, value);
        }
        if (device.tags.size() > tags_max) return fail(Code::device_tags_too_many);
        return {};
      },
      nothing_but(std::move(done)));
}

Result<Reply> query(const OfOneDevice& call, Context&) {
  json::object props;
  for (const auto& [key, value] : call.device.view.device->tags) props[key] = value;
  return Reply{{"Props", json::serialize(props)}};
}

void remove(const DeleteDeviceProp& call, Context& context, Done<Reply> done) {
  context.platform.registry.change_device(
      call.device.view.device->id, context.take_riders(),
      [key = std::string(call.key)](Device& device) -> Result<void> {
        std::erase_if(device.tags, [&](const auto& tag) { return tag.first == key; });
        return {};
      },
      nothing_but(std::move(done)));
}

Result<Reply> find(const QueryDeviceByTags& call, Context& context) {
  if (auto fits = check_page(call.page, call.page_size, page_size_max); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  const Registry& registry = context.platform.registry;
  const auto products = registry.products_of(context.account, context.instance);
  std::vector<std::pair<SharedProduct, DeviceId>> found;
  for (const auto& product : products) {
    for (const DeviceId id : registry.devices().tagged(product->key, call.tags)) {
      found.emplace_back(product, id);
    }
  }
  const Page page(call.page, call.page_size, found.size());
  json::array list;
  for (std::size_t i = page.begin(); i < page.end(); ++i) {
    const auto& [product, id] = found[i];
    const auto view = registry.device(id);
    if (!view) continue;  // Deleted meanwhile.
    list.push_back({{"ProductKey", product->key.view()},
                    {"ProductName", product->name},
                    {"DeviceName", view->device->name.view()},
                    {"IotId", view->device->iot_id}});
  }
  Reply reply = page_reply(page);
  reply["Data"] = {{"SimpleDeviceInfo", std::move(list)}};
  return reply;
}

struct Renaming {
  DeviceId device;
  std::string nickname;
};

// One after the other: each is durable when the next begins.
void rename_from(Registry& registry, std::vector<Renaming> all, std::size_t next,
                 Done<Reply> done) {
  if (next == all.size()) return done(Reply());
  const Renaming& one = all[next];
  auto change = [nickname = one.nickname](Device& device) -> Result<void> {
    device.nickname = nickname;
    return {};
  };
  const DeviceId id = one.device;
  registry.change_device(
      id, {}, std::move(change),
      [&registry, all = std::move(all), next, done = std::move(done)](Result<void> kept) mutable {
        if (!kept) return done(tl::unexpected(std::move(kept.error())));
        rename_from(registry, std::move(all), next + 1, std::move(done));
      });
}

void rename(const BatchUpdateDeviceNickname& call, Context& context, Done<Reply> done) {
  const Registry& registry = context.platform.registry;
  std::vector<Renaming> all;
  for (const auto& item : call.devices) {
    const std::string_view product_key = item[0], name = item[1], nickname = item[2],
                           iot_id = item[3];
    const auto size = width(nickname);
    if (!nickname.empty() && (size < 4 || size > 32)) {
      return done(fail(Code::illegal_request, "a nickname has 4 to 32 characters"));
    }
    std::optional<DeviceView> view;
    if (!iot_id.empty()) {
      view = registry.device_by_iot_id(iot_id);
    } else {
      const auto product = to_product(product_key, {}, context);
      if (!product) return done(tl::unexpected(product.error()));
      view = registry.device((*product)->key, name);
    }
    const auto product = view ? registry.product(view->device->product.view()) : nullptr;
    if (!product || !context.reaches(*product)) {
      return done(fail(Code::device_not_found, std::string(iot_id.empty() ? name : iot_id)));
    }
    all.push_back({view->device->id, std::string(nickname)});
  }
  rename_from(context.platform.registry, std::move(all), 0, std::move(done));
}

Operation save_device_prop() {
  auto errors = device_errors();
  errors.insert(errors.end(), {Code::device_tags_empty, Code::device_tags_malformed,
                               Code::device_tags_too_long, Code::device_tags_too_many});
  return operation<SaveDeviceProp>(
      {.name = "SaveDeviceProp",
       .family = Family::devices,
       .summary = "Adds tags to a device, or changes them.",
       .calls_per_second = 50,
       .writes = true,
       .errors = std::move(errors)},
      save, device_parameter(),
      Param<std::string_view>{.name = "Props",
                              .doc = "A JSON object of texts, up to 5 KB; the key abc is reserved.",
                              .example = R"({"room":"hall"})"});
}

Operation query_device_prop() {
  return operation<OfOneDevice>({.name = "QueryDeviceProp",
                                 .family = Family::devices,
                                 .summary = "Answers all tags of a device.",
                                 .calls_per_second = 50,
                                 .answer = {text("Props", "A JSON object of texts.")},
                                 .errors = device_errors()},
                                query, device_parameter());
}

Operation delete_device_prop() {
  return operation<DeleteDeviceProp>(
      {.name = "DeleteDeviceProp",
       .family = Family::devices,
       .summary = "Deletes one tag of a device. One that is not there is no error.",
       .calls_per_second = 500,
       .writes = true,
       .errors = device_errors()},
      remove, device_parameter(),
      Param<std::string_view>{
          .name = "PropKey", .doc = "The tag's key.", .example = "room", .names = true});
}

Operation query_device_by_tags() {
  Fields answer = page_fields();
  answer.push_back(
      object("Data", "",
             {list("SimpleDeviceInfo", "One device.",
                   {text("ProductKey", "Its product."), text("ProductName", "The product's name."),
                    text("DeviceName", "Its name."), text("IotId", "Its id.")})}));
  return operation<QueryDeviceByTags>({.name = "QueryDeviceByTags",
                                       .family = Family::devices,
                                       .summary = "Lists the devices that have all of these tags.",
                                       .calls_per_second = 5,
                                       .answer = std::move(answer),
                                       .errors = {Code::instance_not_found, Code::page_invalid}},
                                      find, page_parameter(),
                                      page_size_parameter("1 to 50 devices."),
                                      Param<TextPairs>{.name = "Tag",
                                                       .doc = "The tags, up to 10.",
                                                       .bounds = {1, conditions_max},
                                                       .members = {"TagKey", "TagValue"}});
}

Operation batch_update_device_nickname() {
  return operation<BatchUpdateDeviceNickname>(
      {.name = "BatchUpdateDeviceNickname",
       .family = Family::devices,
       .summary = "Sets nicknames of up to 50 devices, or takes them away.",
       .calls_per_second = 10,
       .writes = true,
       .errors = {Code::instance_not_found, Code::product_key_empty, Code::product_key_malformed,
                  Code::product_not_found, Code::device_not_found, Code::illegal_request}},
      rename,
      Param<Objects>{.name = "DeviceNicknameInfo",
                     .doc = "A device, by ProductKey and DeviceName or by IotId, and its nickname "
                            "of 4 to 32 characters; without one it has none.",
                     .bounds = {1, nicknames_max},
                     .members = {"ProductKey", "DeviceName", "Nickname", "IotId"},
                     .names = true});
}

}  // namespace

std::vector<Operation> device_tag_operations() {
  std::vector<Operation> family;
  family.push_back(save_device_prop());
  family.push_back(query_device_prop());
  family.push_back(delete_device_prop());
  family.push_back(query_device_by_tags());
  family.push_back(batch_update_device_nickname());
  return family;
}

}  // namespace herald::api
