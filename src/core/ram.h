#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/policy.h"
#include "core/registry.h"

namespace herald {

// RAM users of all accounts, the accounts' own policies, and who may do what. Any thread; a write
// is seen at once and undone when the storage refuses it.
class Ram {
 public:
  static constexpr std::size_t keys_per_user = 2, policies_per_user = 20;

  Ram(RegistryStorage& storage, Registry& registry, IdGenerator& ids, const Clock& clock)
      : storage_(storage), registry_(registry), ids_(ids), clock_(clock) {}

  // While starting, before any other call.
  void restore(RamUser user);
  void restore(RamPolicy policy);

  using SharedUser = std::shared_ptr<const RamUser>;
  SharedUser user(AccountId account, std::string_view name) const;
  std::vector<SharedUser> users(AccountId account) const;  // By name.
  // The caller fills in what was asked for. Errors: ram_user_exists.
  void create_user(RamUser draft, Done<SharedUser> done);
  // Errors: ram_user_not_found, ram_delete_conflict (it has keys or policies).
  void delete_user(AccountId account, const std::string& name, Done<void> done);

  // Errors: ram_user_not_found, ram_key_limit, ram_key_not_found.
  void create_key(AccountId account, const std::string& user, Done<AccessKey> done);
  void set_key_active(AccountId account, const std::string& user, const std::string& key,
                      bool active, Done<void> done);
  void delete_key(AccountId account, const std::string& user, const std::string& key,
                  Done<void> done);

  using SharedPolicy = std::shared_ptr<const RamPolicy>;
  SharedPolicy policy(AccountId account, std::string_view name) const;
  std::vector<SharedPolicy> policies(AccountId account) const;
  std::size_t attachments(AccountId account, std::string_view policy) const;
  // Errors: ram_policy_exists, ram_policy_malformed.
  void create_policy(RamPolicy draft, Done<SharedPolicy> done);
  // Errors: ram_policy_not_found, ram_delete_conflict (somebody has it).
  void delete_policy(AccountId account, const std::string& name, Done<void> done);
  // `policy` with its kind: `Custom/…` or `System/…`. Errors: ram_user_not_found,
  // ram_policy_not_found, ram_policy_attached, ram_policy_not_attached, ram_policy_limit.
  void attach(AccountId account, const std::string& user, const std::string& policy,
              Done<void> done);
  void detach(AccountId account, const std::string& user, const std::string& policy,
              Done<void> done);

  // Whether the policies of the user allow the action. A user that is not there may do nothing.
  bool allows(AccountId account, std::string_view user, std::string_view action) const;

 private:
  using Name = std::pair<AccountId, std::string>;
  struct PolicyEntry {
    SharedPolicy record;
    Policy parsed;
  };
  const Policy* parsed(AccountId account, std::string_view policy) const;
  void change_user(AccountId account, const std::string& name,
                   const std::function<Result<void>(RamUser&)>& change, Done<void> done);

  RegistryStorage& storage_;
  Registry& registry_;
  IdGenerator& ids_;
  const Clock& clock_;
  // Recursive: a Done that is called at once may call again.
  mutable std::recursive_mutex mutex_;
  std::map<Name, SharedUser> users_;
  std::map<Name, PolicyEntry> policies_;
};

}  // namespace herald
