#include "api/times.h"
#include "app/admin_parts.h"
#include "base/wait_for.h"

namespace herald::app {
namespace {

namespace json = boost::json;

Result<json::value> create(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  auto name = name_of(call);
  if (!name) return tl::unexpected(std::move(name.error()));
  const auto made = wait_for<Instance>([&](auto done) {
    call.herald.registry().create_instance(*account, std::move(*name), std::move(done));
  });
  if (!made) return tl::unexpected(made.error());
  return json::object{{"IotInstanceId", made->id}, {"Name", made->name}};
}

Result<json::value> list(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  const Registry& registry = call.herald.registry();
  json::array rows;
  for (const auto& instance : registry.instances_of(*account)) {
    std::size_t devices = 0;
    const auto products = registry.products_of(*account, instance->id);
    for (const auto& product : products) devices += registry.devices().counts(product->key).all;
    rows.push_back({{"IotInstanceId", instance->id},
                    {"Name", instance->name},
                    {"Created", api::timestamp_text(instance->created)},
                    {"Products", products.size()},
                    {"Devices", devices}});
  }
  return rows;
}

Result<json::value> rename(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  auto name = name_of(call);
  if (!name) return tl::unexpected(std::move(name.error()));
  return nothing(wait_for<void>([&](auto done) {
    call.herald.registry().rename_instance(*account, call.text("instance"), std::move(*name),
                                           std::move(done));
  }));
}

Result<json::value> remove(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  const std::string instance = call.text("instance");
  if (!call.herald.groups().of(*account, instance).empty()) {
    return fail(Code::refused, "the instance has device groups: delete them first");
  }
  auto done = wait_for<void>([&](auto answer) {
    call.herald.registry().delete_instance(*account, instance, std::move(answer));
  });
  if (!done && done.error().code == Code::refused) {
    return fail(Code::refused, "the instance stays: " + done.error().detail);
  }
  return nothing(std::move(done));
}

}  // namespace

std::vector<AdminCommand> instance_commands() {
  using enum AdminParam::Kind;
  const AdminParam id{"instance", "Id of the instance", positional, true};
  const AdminParam name{"name", "A name for people", positional, true};
  return {{"instance create", "Make an instance", {name, account_option()}, create},
          {"instance list", "List the instances of an account", {account_option()}, list},
          {"instance rename", "Name an instance anew", {id, name, account_option()}, rename},
          {"instance delete",
           "Delete an instance that has neither products nor device groups",
           {id, account_option()},
           remove}};
}

}  // namespace herald::app
