#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/named_records.h"
#include "core/policy.h"
#include "core/registry.h"

namespace herald {

// Who calls: the account itself, one of its RAM users, or somebody who assumed one of its roles.
struct Principal {
  AccountId account;
  std::string user;  // Empty: not a RAM user.
  std::string role;  // Empty: not a role.
  // Of temporary credentials.
  std::string id;                        // Of the role that they were made for.
  std::string session;                   // What the caller calls itself in the role.
  std::shared_ptr<const Policy> narrow;  // Allows no more than this; none: no such bound.

  bool is_account() const { return user.empty() && role.empty(); }
};

// The names of RAM: `acs:ram::<account>:root`, `…:user/<name>`, `…:role/<name>`.
std::string arn_of(AccountId account, std::string_view kind, std::string_view name);

// RAM users, roles and policies of all accounts, and who may do what. Any thread; a write is seen
// at once and undone when the storage refuses it.
class Ram {
 public:
  // Of one account, as the original documents them.
  static constexpr std::size_t users_max = 1'000, roles_max = 1'000, policies_max = 1'500;
  static constexpr std::size_t keys_per_user = 2, policies_per_identity = 20;

  Ram(RegistryStorage& storage, Registry& registry, IdGenerator& ids, const Clock& clock)
      : registry_(registry),
        ids_(ids),
        clock_(clock),
        users_(storage, mutex_),
        roles_(storage, mutex_),
        policies_(storage, mutex_) {}

  // While starting, before any other call.
  void restore(RamUser user);
  void restore(RamRole role);
  void restore(RamPolicy policy);

  using SharedUser = std::shared_ptr<const RamUser>;
  SharedUser user(AccountId account, std::string_view name) const;
  std::vector<SharedUser> users(AccountId account) const;  // By name.
  // The caller fills in what was asked for. Errors: ram_user_exists, ram_limit.
  void create_user(RamUser draft, Done<SharedUser> done);
  // Errors: ram_user_not_found, ram_delete_conflict (it has keys or policies).
  void delete_user(AccountId account, const std::string& name, Done<void> done);
  // A changed copy takes the user's place; `change` is called at once and must be quick. Errors:
  // ram_user_not_found, and those of `change`.
  using UserChange = std::function<Result<void>(RamUser&)>;
  void change_user(AccountId account, const std::string& name, const UserChange& change,
                   Done<SharedUser> done);

  // Errors: ram_user_not_found, ram_limit, ram_key_not_found.
  void create_key(AccountId account, const std::string& user, Done<AccessKey> done);
  // Of the account itself, which may have any number. Errors: those of the storage.
  void create_account_key(AccountId account, Done<AccessKey> done);
  void set_key_active(AccountId account, const std::string& user, const std::string& key,
                      bool active, Done<void> done);
  void delete_key(AccountId account, const std::string& user, const std::string& key,
                  Done<void> done);

  using SharedRole = std::shared_ptr<const RamRole>;
  SharedRole role(AccountId account, std::string_view name) const;
  std::vector<SharedRole> roles(AccountId account) const;
  // Errors: ram_role_exists, ram_limit, ram_policy_malformed.
  void create_role(RamRole draft, Done<SharedRole> done);
  // As change_user. Errors: ram_role_not_found, ram_policy_malformed, and those of `change`.
  using RoleChange = std::function<Result<void>(RamRole&)>;
  void change_role(AccountId account, const std::string& name, const RoleChange& change,
                   Done<SharedRole> done);
  // Errors: ram_role_not_found, ram_delete_conflict (it has policies).
  void delete_role(AccountId account, const std::string& name, Done<void> done);
  // The role that the caller has assumed; none: it is gone, even if another has its name now.
  SharedRole role_of(const Principal& caller) const;
  // Whether the role's trust names the caller. Never an account itself.
  static bool trusts(const RamRole& role, const Principal& caller);

  using SharedPolicy = std::shared_ptr<const RamPolicy>;
  SharedPolicy policy(AccountId account, std::string_view name) const;
  std::vector<SharedPolicy> policies(AccountId account) const;
  // How many users and roles have which policy, with its kind: `Custom/…` or `System/…`.
  using Attachments = std::map<std::string, std::size_t, std::less<>>;
  Attachments attachments(AccountId account) const;
  // Errors: ram_policy_exists, ram_limit, ram_policy_malformed.
  void create_policy(RamPolicy draft, Done<SharedPolicy> done);
  // Errors: ram_policy_not_found, ram_delete_conflict (somebody has it).
  void delete_policy(AccountId account, const std::string& name, Done<void> done);
  // `policy` with its kind: `Custom/…` or `System/…`. Errors: ram_user_not_found or
  // ram_role_not_found, ram_policy_not_found, ram_policy_attached, ram_policy_not_attached,
  // ram_limit.
  enum class Holder : std::uint8_t { user, role };
  void attach(AccountId account, Holder holder, const std::string& name, const std::string& policy,
              Done<void> done);
  void detach(AccountId account, Holder holder, const std::string& name, const std::string& policy,
              Done<void> done);

  // Whether the caller may do this. An account may do everything; users and roles what their
  // policies say, and nothing when they are gone.
  bool allows(const Principal& caller, std::string_view action) const;

 private:
  using Attached = std::vector<std::pair<std::string, Time>>;
  struct ParsedPolicy : RamPolicy {
    Policy parsed;
  };
  // Lives as long as the mutex is held.
  const Policy* parsed(AccountId account, std::string_view policy) const;
  std::string new_id();
  void put_new_key(AccountId account, const std::string& user, Done<AccessKey> done);
  using AttachedChange = std::function<Result<void>(Attached&)>;
  void change_attached(AccountId account, Holder holder, const std::string& name,
                       const AttachedChange& change, Done<void> done);

  Registry& registry_;
  IdGenerator& ids_;
  const Clock& clock_;
  // Recursive: a Done that is called at once may call again.
  mutable std::recursive_mutex mutex_;
  NamedRecords<RamUser, ErasedRamUser> users_;
  NamedRecords<RamRole, ErasedRamRole> roles_;
  NamedRecords<ParsedPolicy, ErasedRamPolicy, RamPolicy> policies_;
};

}  // namespace herald
