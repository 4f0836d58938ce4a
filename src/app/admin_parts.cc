#include "app/admin_parts.h"

#include <algorithm>
#include <charconv>

#include "api/text.h"

namespace herald::app {

AdminParam account_option() {
  return {.name = "account", .doc = "The account, by id or name (default: the only one)"};
}

AdminParam instance_option() {
  return {.name = "instance", .doc = "Id of the instance (default: the account's only one)"};
}

Result<AccountId> account_of(const AdminCall& call) {
  const std::string wanted = call.text("account");
  const auto accounts = call.herald.registry().accounts();
  if (wanted.empty()) {
    if (accounts.size() == 1) return accounts[0].id;
    return fail(Code::malformed, accounts.empty() ? "there is no account"
                                                  : "there are several accounts: say which one");
  }
  std::uint64_t number = 0;
  const char* const end = wanted.data() + wanted.size();
  if (std::from_chars(wanted.data(), end, number).ptr == end) {
    const auto by_id = std::ranges::find(accounts, AccountId{number}, &Account::id);
    if (by_id != accounts.end()) return by_id->id;
  }
  const auto by_name = std::ranges::find(accounts, wanted, &Account::name);
  if (by_name != accounts.end()) return by_name->id;
  return fail(Code::malformed, "there is no account '" + wanted + "'");
}

Result<std::string> instance_of(const AdminCall& call, AccountId account) {
  const auto instances = call.herald.registry().instances_of(account);
  if (call.has("instance")) {
    const std::string wanted = call.text("instance");
    if (std::ranges::any_of(instances, [&](const auto& each) { return each->id == wanted; })) {
      return wanted;
    }
    return fail(Code::malformed, "the account has no instance '" + wanted + "'");
  }
  if (instances.size() == 1) return instances[0]->id;
  return fail(Code::malformed, instances.empty() ? "the account has no instance"
                                                 : "there are several instances: say which one");
}

Result<std::string> name_of(const AdminCall& call) {
  std::string name = call.text("name");
  if (!name.empty() && api::characters(name) <= 64) return name;
  return fail(Code::malformed, "a name has 1 to 64 characters");
}

Result<boost::json::value> nothing(Result<void> done) {
  if (!done) return tl::unexpected(std::move(done.error()));
  return boost::json::object();
}

}  // namespace herald::app
