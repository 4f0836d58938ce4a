#include "api/ram_parts.h"
#include "api/times.h"
#include "app/admin_parts.h"
#include "base/wait_for.h"
#include "core/policy.h"

namespace herald::app {
namespace {

namespace json = boost::json;

constexpr std::string_view custom = "Custom/", system_kind = "System/";

Result<json::value> create_user(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  auto name = api::user_name(call.text("user"));
  if (!name) return tl::unexpected(std::move(name.error()));
  const auto made = wait_for<Ram::SharedUser>([&](auto done) {
    call.herald.ram().create_user({.account = *account, .name = std::move(*name)}, std::move(done));
  });
  if (!made) return tl::unexpected(made.error());
  return json::object{{"UserName", (*made)->name}, {"UserId", (*made)->id}};
}

Result<json::value> list_users(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  json::array rows;
  for (const auto& user : call.herald.ram().users(*account)) {
    const auto keys = call.herald.registry().access_keys_of(*account, user->name);
    rows.push_back({{"UserName", user->name},
                    {"DisplayName", user->display_name},
                    {"Created", api::timestamp_text(user->created)},
                    {"AccessKeys", keys.size()},
                    {"Policies", user->policies.size()}});
  }
  return rows;
}

Result<json::value> delete_user(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  return nothing(wait_for<void>([&](auto done) {
    call.herald.ram().delete_user(*account, call.text("user"), std::move(done));
  }));
}

Result<json::value> create_key(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  const auto made = wait_for<AccessKey>([&](auto done) {
    call.herald.ram().create_key(*account, call.text("user"), std::move(done));
  });
  if (!made) return tl::unexpected(made.error());
  return json::object{{"AccessKeyId", made->id}, {"AccessKeySecret", made->secret}};
}

Result<json::value> list_keys(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  const std::string user = call.text("user");
  if (!call.herald.ram().user(*account, user)) return fail(Code::ram_user_not_found, user);
  json::array rows;
  for (const auto& key : call.herald.registry().access_keys_of(*account, user)) {
    rows.push_back({{"AccessKeyId", key->id},
                    {"Status", key->active ? "Active" : "Inactive"},
                    {"Created", api::timestamp_text(key->created)}});
  }
  return rows;
}

template <bool active>
Result<json::value> set_key(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  return nothing(wait_for<void>([&](auto done) {
    call.herald.ram().set_key_active(*account, call.text("user"), call.text("key"), active,
                                     std::move(done));
  }));
}

Result<json::value> delete_key(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  return nothing(wait_for<void>([&](auto done) {
    call.herald.ram().delete_key(*account, call.text("user"), call.text("key"), std::move(done));
  }));
}

// A policy may be named without its kind; one of the account's own comes first then.
std::string policy_of(const AdminCall& call, AccountId account) {
  const std::string policy = call.text("policy");
  if (policy.starts_with(custom) || policy.starts_with(system_kind)) return policy;
  const bool own = call.herald.ram().policy(account, policy) != nullptr;
  return std::string(own ? custom : system_kind) + policy;
}

Result<json::value> attach(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  return nothing(wait_for<void>([&](auto done) {
    call.herald.ram().attach(*account, Ram::Holder::user, call.text("user"),
                             policy_of(call, *account), std::move(done));
  }));
}

Result<json::value> detach(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  return nothing(wait_for<void>([&](auto done) {
    call.herald.ram().detach(*account, Ram::Holder::user, call.text("user"),
                             policy_of(call, *account), std::move(done));
  }));
}

Result<json::value> list_policies_of(AdminCall& call, AccountId account) {
  const auto user = call.herald.ram().user(account, call.text("user"));
  if (!user) return fail(Code::ram_user_not_found, call.text("user"));
  json::array rows;
  for (const auto& [policy, since] : user->policies) {
    rows.push_back({{"Policy", policy}, {"Attached", api::timestamp_text(since)}});
  }
  return rows;
}

Result<json::value> list_policies(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  if (call.has("user")) return list_policies_of(call, *account);
  const auto attachments = call.herald.ram().attachments(*account);
  json::array rows;
  const auto add = [&](std::string name, std::string_view description) {
    const auto attached = attachments.find(name);
    rows.push_back({{"Policy", name},
                    {"Description", description},
                    {"Attachments", attached == attachments.end() ? 0 : attached->second}});
  };
  for (const auto& policy : call.herald.ram().policies(*account)) {
    add(std::string(custom) + policy->name, policy->description);
  }
  for (const SystemPolicy& policy : system_policies()) {
    add(std::string(system_kind) + std::string(policy.name), policy.description);
  }
  return rows;
}

}  // namespace

std::vector<AdminCommand> ram_commands() {
  using enum AdminParam::Kind;
  const AdminParam user{"user", "Name of the user", positional, true};
  const AdminParam key{"key", "AccessKeyId", positional, true};
  const AdminParam policy{"policy", "Name of the policy, with or without System/ or Custom/",
                          positional, true};
  const AdminParam account = account_option();
  return {
      {"ram user create", "Make a user, who may do nothing yet", {user, account}, create_user},
      {"ram user list", "List the users of an account", {account}, list_users},
      {"ram user delete",
       "Delete a user that has neither keys nor policies",
       {user, account},
       delete_user},
      {"ram key create",
       "Make an AccessKey for a user",
       {user, account},
       create_key,
       "A new AccessKey. The secret is shown this once: keep it."},
      {"ram key list", "List the AccessKeys of a user", {user, account}, list_keys},
      {"ram key disable", "Refuse calls with an AccessKey", {user, key, account}, set_key<false>},
      {"ram key enable", "Take calls with it again", {user, key, account}, set_key<true>},
      {"ram key delete", "Delete an AccessKey", {user, key, account}, delete_key},
      {"ram policy attach", "Let a user do what a policy says", {user, policy, account}, attach},
      {"ram policy detach", "Take a policy from a user", {user, policy, account}, detach},
      {"ram policy list",
       "List the policies of a user, or all that there are",
       {{"user", "Name of the user", positional}, account},
       list_policies}};
}

}  // namespace herald::app
