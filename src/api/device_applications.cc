#include <algorithm>
#include <set>

#include "api/device_parts.h"
#include "api/page.h"
#include "api/text.h"
#include "base/utf8.h"

// Many devices at once: names are checked, then devices are made, then they are listed with their
// secrets. operations.md, section 4.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t devices_max = 10'000;
constexpr std::int32_t page_size_max = 50;

struct BatchRegisterDevice {
  SharedProduct product;
  std::int32_t count;
};

struct BatchCheckDeviceNames {
  SharedProduct product;
  Texts names;
  Objects named;  // DeviceName, DeviceNickname.
};

struct OfOneApplication {
  SharedProduct product;
  std::int64_t id;
};

struct QueryPageByApplyId {
  std::int64_t id;
  std::int32_t page;
  std::int32_t page_size;
};

using Application = std::shared_ptr<const DeviceApplication>;

Result<Application> application_of(std::int64_t id, const Context& context) {
  auto found = context.platform.registry.application(static_cast<std::uint64_t>(id));
  const auto product = found ? context.platform.registry.product(found->product.view()) : nullptr;
  if (!product || !context.reaches(*product)) {
    return fail(Code::application_not_found, std::to_string(id));
  }
  return found;
}

// The devices exist when it answers, so it tells of no failure later.
void register_many(BatchRegisterDevice call, Context& context, Done<Reply> done) {
  if (call.count < 1 || call.count > devices_max) {
    return done(fail(Code::device_count_exceeded, std::to_string(call.count)));
  }
  Registry& registry = context.platform.registry;
  registry.create_devices(
      call.product->key, std::vector<NewDevice>(static_cast<std::size_t>(call.count)),
      [&registry, product = call.product,
       done = std::move(done)](Result<Registry::NewDevices> made) mutable {
        if (!made) return done(tl::unexpected(std::move(made.error())));
        DeviceApplication application{.product = product->key, .made = true};
        for (const auto& device : *made) application.devices.emplace_back(device->name.text(), "");
        registry.add_application(
            std::move(application), [done = std::move(done)](Result<std::uint64_t> id) mutable {
              if (!id) return done(tl::unexpected(std::move(id.error())));
              done(Reply{{"Data", {{"ApplyId", static_cast<std::int64_t>(*id)}}}});
            });
      });
}

bool is_nickname(std::string_view nickname) {
  const auto size = width(nickname);
  return nickname.empty() || (size >= 4 && size <= 64 && is_text(nickname));
}

void check_names(BatchCheckDeviceNames call, Context& context, Done<Reply> done) {
  if (call.names.size() + call.named.size() > static_cast<std::size_t>(devices_max)) {
    return done(fail(Code::device_names_too_many, std::to_string(call.names.size())));
  }
  for (const std::string_view name : call.names) call.named.push_back({name, ""});
  if (call.named.empty()) return done(fail(Code::device_names_missing));
  DeviceApplication application{.product = call.product->key};
  std::set<std::string_view> seen;
  json::array bad_names, bad_nicknames, repeated, details;
  const auto wrong = [&](json::array& list, std::string_view value, const auto& item,
                         std::string_view why) {
    list.emplace_back(value);
    details.push_back({{"DeviceName", item[0]}, {"NickName", item[1]}, {"ErrorMsg", why}});
  };
  for (const auto& item : call.named) {
    if (!DeviceName::fits(item[0])) {
      wrong(bad_names, item[0], item, "The DeviceName is malformed.");
    } else if (!is_nickname(item[1])) {
      wrong(bad_nicknames, item[1], item, "The nickname is malformed.");
    } else if (!seen.insert(item[0]).second ||
               context.platform.registry.device_id(call.product->key, item[0])) {
      wrong(repeated, item[0], item, "The DeviceName is taken.");
    }
    application.devices.emplace_back(item[0], item[1]);
  }
  Reply reply;
  if (details.empty()) {
    return context.platform.registry.add_application(
        std::move(application), [done = std::move(done)](Result<std::uint64_t> id) mutable {
          if (!id) return done(tl::unexpected(std::move(id.error())));
          done(Reply{{"Data", {{"ApplyId", static_cast<std::int64_t>(*id)}}}});
        });
  }
  // Kept all the same: its state tells what was wrong with it.
  context.platform.registry.add_application(
      std::move(application),
      [done = std::move(done), bad_names = std::move(bad_names),
       bad_nicknames = std::move(bad_nicknames), repeated = std::move(repeated),
       details = std::move(details)](Result<std::uint64_t> id) mutable {
        if (!id) return done(tl::unexpected(std::move(id.error())));
        done(Reply{
            {"Data",
             {{"ApplyId", static_cast<std::int64_t>(*id)},
              {"InvalidDetailList", {{"InvalidDetailList", std::move(details)}}},
              {"InvalidDeviceNameList", {{"InvalidDeviceName", std::move(bad_names)}}},
              {"InvalidDeviceNicknameList", {{"InvalidDeviceNickname", std::move(bad_nicknames)}}},
              {"RepeatedDeviceNameList", {{"RepeatDevieNameList", std::move(repeated)}}}}}});
      });
}

struct Checked {
  json::array valid, invalid, details;
};

Checked checked(const DeviceApplication& application, const Registry& registry) {
  Checked all;
  std::set<std::string_view> seen;
  for (const auto& [name, nickname] : application.devices) {
    std::string_view why;
    if (!DeviceName::fits(name)) {
      why = "The DeviceName is malformed.";
    } else if (!is_nickname(nickname)) {
      why = "The nickname is malformed.";
    } else if (!seen.insert(name).second || registry.device_id(application.product, name)) {
      why = "The DeviceName is taken.";
    }
    if (why.empty()) {
      all.valid.emplace_back(name);
      continue;
    }
    all.invalid.emplace_back(name);
    all.details.push_back({{"DeviceName", name}, {"NickName", nickname}, {"ErrorMsg", why}});
  }
  return all;
}

Result<Reply> status(OfOneApplication call, Context& context) {
  const auto application = application_of(call.id, context);
  if (!application) return tl::unexpected(application.error());
  if ((*application)->made) return Reply{{"Data", {{"Status", "CREATE_SUCCESS"}}}};
  Checked all = checked(**application, context.platform.registry);
  if (all.invalid.empty()) return Reply{{"Data", {{"Status", "CHECK_SUCCESS"}}}};
  return Reply{{"Data",
                {{"Status", "CHECK_FAILED"},
                 {"ValidList", {{"Name", std::move(all.valid)}}},
                 {"InvalidList", {{"Name", std::move(all.invalid)}}},
                 {"InvalidDetailList", {{"invalidDetailList", std::move(all.details)}}}}}};
}

void make(OfOneApplication call, Context& context, Done<Reply> done) {
  const auto application = application_of(call.id, context);
  if (!application) return done(tl::unexpected(application.error()));
  auto answer = [id = call.id, done = std::move(done)](Result<Registry::NewDevices> made) mutable {
    if (!made) return done(fail(Code::application_refused, made.error().detail));
    done(Reply{{"Data", {{"ApplyId", id}}}});
  };
  if ((*application)->made) return answer(Registry::NewDevices());
  context.platform.registry.make_application((*application)->id, std::move(answer));
}

void devices(QueryPageByApplyId call, Context& context, Done<Reply> done) {
  if (auto fits = check_page(call.page, call.page_size, page_size_max); !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  const auto application = application_of(call.id, context);
  if (!application) return done(tl::unexpected(application.error()));
  const Registry& registry = context.platform.registry;
  const auto& wanted = (*application)->devices;
  const Page page(call.page, call.page_size, (*application)->made ? wanted.size() : 0);
  std::vector<DeviceId> ids;
  json::array entries;
  for (std::size_t i = page.begin(); i < page.end(); ++i) {
    // Those that were deleted since are left out.
    const auto view = registry.device((*application)->product, wanted[i].first);
    if (!view) continue;
    ids.push_back(view->device->id);
    entries.push_back({{"DeviceName", view->device->name.view()},
                       {"DeviceSecret", ""},
                       {"IotId", view->device->iot_id}});
  }
  add_secrets(registry, std::move(ids), std::move(entries),
              [page, done = std::move(done)](Result<json::array> list) mutable {
                if (!list) return done(tl::unexpected(std::move(list.error())));
                Reply reply = page_reply(page);
                reply["ApplyDeviceList"] = {{"ApplyDeviceInfo", std::move(*list)}};
                done(std::move(reply));
              });
}

Param<std::int64_t> application_parameter() {
  return {
      .name = "ApplyId", .doc = "What a batch call answered.", .example = "1295006", .names = true};
}

std::vector<Code> with(std::vector<Code> errors, std::initializer_list<Code> more) {
  errors.insert(errors.end(), more);
  return errors;
}

Operation batch_register_device() {
  return operation<BatchRegisterDevice>(
      {.name = "BatchRegisterDevice",
       .family = Family::devices,
       .summary = "Creates many devices with names that are made up. They exist when it answers.",
       .calls_per_second = 10,
       .writes = true,
       .answer = {object("Data", "", {long_integer("ApplyId", "For QueryPageByApplyId.")})},
       .errors = with(product_errors(), {Code::device_count_exceeded})},
      register_many, product_parameter(),
      Param<std::int32_t>{.name = "Count", .doc = "How many, 1 to 10,000.", .example = "100"});
}

Operation batch_check_device_names() {
  return operation<BatchCheckDeviceNames>(
      {.name = "BatchCheckDeviceNames",
       .family = Family::devices,
       .summary = "Checks the names of devices that BatchRegisterDeviceWithApplyId will make.",
       .calls_per_second = 10,
       .writes = true,
       .answer = {object(
           "Data", "",
           {long_integer("ApplyId", "For BatchRegisterDeviceWithApplyId."),
            object("InvalidDetailList", "What is wrong, name by name.",
                   {list("InvalidDetailList", "One device.",
                         {text("DeviceName", "Its name."), text("NickName", "Its nickname."),
                          text("ErrorMsg", "What is wrong.")})}),
            object("InvalidDeviceNameList", "",
                   {texts("InvalidDeviceName", "Names that are malformed.")}),
            object("InvalidDeviceNicknameList", "",
                   {texts("InvalidDeviceNickname", "Nicknames that are malformed.")}),
            object("RepeatedDeviceNameList", "",
                   {texts("RepeatDevieNameList", "Names that are taken.")})})},
       .errors = with(product_errors(), {Code::device_names_missing, Code::device_names_too_many})},
      check_names, product_parameter(),
      Param<Texts>{.name = "DeviceName",
                   .doc = "Names without nicknames, up to 10,000.",
                   .example = "light01",
                   .bounds = {0, devices_max},
                   .in_form = true,
                   .names = true},
      Param<Objects>{.name = "DeviceNameList",
                     .doc = "Names with nicknames, up to 10,000 in all.",
                     .bounds = {0, devices_max},
                     .in_form = true,
                     .members = {"DeviceName", "DeviceNickname"},
                     .names = true});
}

Operation query_status() {
  return operation<OfOneApplication>(
      {.name = "QueryBatchRegisterDeviceStatus",
       .family = Family::devices,
       .summary = "Tells what became of the names of an application.",
       .calls_per_second = 30,
       .answer = {object(
           "Data", "",
           {text("Status",
                 "CHECK_SUCCESS, CHECK_FAILED or CREATE_SUCCESS: each step is "
                 "done when its call answers."),
            object("ValidList", "", {texts("Name", "Names that could be used.")}),
            object("InvalidList", "", {texts("Name", "Names that cannot.")}),
            object("InvalidDetailList", "",
                   {list("invalidDetailList", "Why not.",
                         {text("DeviceName", "Its name."), text("NickName", "Its nickname."),
                          text("ErrorMsg", "What is wrong.")})})})},
       .errors = with(product_errors(), {Code::application_not_found})},
      status, product_parameter(), application_parameter());
}

Operation batch_register_device_with_apply_id() {
  return operation<OfOneApplication>(
      {.name = "BatchRegisterDeviceWithApplyId",
       .family = Family::devices,
       .summary = "Creates the devices whose names were checked: all of them or none.",
       .calls_per_second = 500,
       .writes = true,
       .answer = {object("Data", "", {long_integer("ApplyId", "For QueryPageByApplyId.")})},
       .errors = with(product_errors(), {Code::application_not_found, Code::application_refused})},
      make, product_parameter(), application_parameter());
}

Operation query_page_by_apply_id() {
  Fields answer = page_fields();
  answer.push_back(object(
      "ApplyDeviceList", "",
      {list("ApplyDeviceInfo", "One device.",
            {text("DeviceName", "Its name."), text("DeviceId", "Never set."),
             text("DeviceSecret", "What it authenticates with."), text("IotId", "Its id.")})}));
  return operation<QueryPageByApplyId>(
      {.name = "QueryPageByApplyId",
       .family = Family::devices,
       .summary = "Lists the devices of an application with their secrets.",
       .calls_per_second = 50,
       .gives_secrets = true,
       .answer = std::move(answer),
       .errors = {Code::instance_not_found, Code::page_invalid, Code::application_not_found}},
      devices, application_parameter(), page_parameter(), page_size_parameter("1 to 50 devices."));
}

}  // namespace

std::vector<Operation> device_application_operations() {
  std::vector<Operation> family;
  family.push_back(batch_register_device());
  family.push_back(batch_check_device_names());
  family.push_back(query_status());
  family.push_back(batch_register_device_with_apply_id());
  family.push_back(query_page_by_apply_id());
  return family;
}

}  // namespace herald::api
