#include "core/ram.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"

namespace herald {
namespace {

constexpr std::string_view custom = "Custom/", system_kind = "System/";

const Policy* system_policy(std::string_view name) {
  static const auto parsed = [] {
    std::map<std::string_view, Policy> all;
    for (const SystemPolicy& each : system_policies()) {
      all.emplace(each.name, Policy::parse(each.document).value());
    }
    return all;
  }();
  const auto at = parsed.find(name);
  return at == parsed.end() ? nullptr : &at->second;
}

}  // namespace

std::string arn_of(AccountId account, std::string_view kind, std::string_view name) {
  std::string arn = "acs:ram::" + std::to_string(account.value) + ":" + std::string(kind);
  return name.empty() ? arn : arn + "/" + std::string(name);
}

void Ram::restore(RamUser user) {
  std::string name = user.name;
  users_.restore(std::move(name), std::move(user));
}

void Ram::restore(RamRole role) {
  std::string name = role.name;
  roles_.restore(std::move(name), std::move(role));
}

void Ram::restore(RamPolicy policy) {
  auto parsed = Policy::parse(policy.document);
  if (!parsed) {
    // It allowed something once; now it allows nothing, and somebody should know.
    log::error("the policy {} cannot be read: {}", policy.name, parsed.error().detail);
    parsed = Policy();
  }
  std::string name = policy.name;
  policies_.restore(std::move(name), {std::move(policy), std::move(*parsed)});
}

// Eighteen digits, as ids of users and roles are.
std::string Ram::new_id() {
  return std::to_string(200'000'000'000'000'000 + ids_.next() % 90'000'000'000'000'000);
}

// Users.

Ram::SharedUser Ram::user(AccountId account, std::string_view name) const {
  return users_.find(account, name);
}

std::vector<Ram::SharedUser> Ram::users(AccountId account) const { return users_.of(account); }

void Ram::create_user(RamUser draft, Done<SharedUser> done) {
  const std::lock_guard lock(mutex_);
  if (user(draft.account, draft.name)) return done(fail(Code::ram_user_exists, draft.name));
  if (users(draft.account).size() >= users_max) return done(fail(Code::ram_limit, "User"));
  draft.id = new_id();
  draft.created = draft.updated = clock_.now();
  std::string name = draft.name;
  users_.put(std::move(name), std::move(draft), {}, std::move(done));
}

void Ram::delete_user(AccountId account, const std::string& name, Done<void> done) {
  const std::lock_guard lock(mutex_);
  const auto known = user(account, name);
  if (!known) return done(fail(Code::ram_user_not_found, name));
  if (!known->policies.empty()) return done(fail(Code::ram_delete_conflict, "a policy"));
  if (!registry_.access_keys_of(account, name).empty()) {
    return done(fail(Code::ram_delete_conflict, "an AccessKey"));
  }
  users_.erase(account, name, {}, std::move(done));
}

void Ram::change_user(AccountId account, const std::string& name, const UserChange& change,
                      Done<SharedUser> done) {
  const std::lock_guard lock(mutex_);
  const auto before = user(account, name);
  if (!before) return done(fail(Code::ram_user_not_found, name));
  RamUser after = *before;
  if (auto fits = change(after); !fits) return done(tl::unexpected(std::move(fits.error())));
  after.updated = clock_.now();
  users_.put(name, std::move(after), {}, std::move(done));
}

// Keys. The registry has them, because requests are looked up by them; who may make them is said
// here.

void Ram::create_key(AccountId account, const std::string& user, Done<AccessKey> done) {
  const std::lock_guard lock(mutex_);
  if (!this->user(account, user)) return done(fail(Code::ram_user_not_found, user));
  if (registry_.access_keys_of(account, user).size() >= keys_per_user) {
    return done(fail(Code::ram_limit, "User.AccessKey"));
  }
  put_new_key(account, user, std::move(done));
}

void Ram::create_account_key(AccountId account, Done<AccessKey> done) {
  put_new_key(account, /*user=*/"", std::move(done));
}

void Ram::put_new_key(AccountId account, const std::string& user, Done<AccessKey> done) {
  AccessKey key{.id = "LTAI5t" + random_name(18),
                .secret = random_name(30),
                .account = account,
                .created = clock_.now(),
                .user = user};
  registry_.put_access_key(key, [key, done = std::move(done)](Result<void> kept) mutable {
    if (!kept) return done(tl::unexpected(std::move(kept.error())));
    done(std::move(key));
  });
}

void Ram::set_key_active(AccountId account, const std::string& user, const std::string& key,
                         bool active, Done<void> done) {
  const std::lock_guard lock(mutex_);
  const auto known = registry_.access_key(key);
  if (!known || known->account != account || known->user != user || user.empty()) {
    return done(fail(Code::ram_key_not_found, key));
  }
  AccessKey after = *known;
  after.active = active;
  registry_.put_access_key(std::move(after), std::move(done));
}

void Ram::delete_key(AccountId account, const std::string& user, const std::string& key,
                     Done<void> done) {
  const std::lock_guard lock(mutex_);
  const auto known = registry_.access_key(key);
  if (!known || known->account != account || known->user != user || user.empty()) {
    return done(fail(Code::ram_key_not_found, key));
  }
  registry_.delete_access_key(key, std::move(done));
}

// Roles.

Ram::SharedRole Ram::role(AccountId account, std::string_view name) const {
  return roles_.find(account, name);
}

std::vector<Ram::SharedRole> Ram::roles(AccountId account) const { return roles_.of(account); }

void Ram::create_role(RamRole draft, Done<SharedRole> done) {
  if (auto trust = TrustPolicy::parse(draft.trust); !trust) {
    return done(tl::unexpected(std::move(trust.error())));
  }
  const std::lock_guard lock(mutex_);
  if (role(draft.account, draft.name)) return done(fail(Code::ram_role_exists, draft.name));
  if (roles(draft.account).size() >= roles_max) return done(fail(Code::ram_limit, "Role"));
  draft.id = new_id();
  draft.created = draft.updated = clock_.now();
  std::string name = draft.name;
  roles_.put(std::move(name), std::move(draft), {}, std::move(done));
}

void Ram::delete_role(AccountId account, const std::string& name, Done<void> done) {
  const std::lock_guard lock(mutex_);
  const auto known = role(account, name);
  if (!known) return done(fail(Code::ram_role_not_found, name));
  if (!known->policies.empty()) return done(fail(Code::ram_delete_conflict, "a policy"));
  roles_.erase(account, name, {}, std::move(done));
}

void Ram::change_role(AccountId account, const std::string& name, const RoleChange& change,
                      Done<SharedRole> done) {
  const std::lock_guard lock(mutex_);
  const auto before = role(account, name);
  if (!before) return done(fail(Code::ram_role_not_found, name));
  RamRole after = *before;
  auto fits = change(after);
  if (fits && after.trust != before->trust) {
    fits = TrustPolicy::parse(after.trust).map([](const TrustPolicy&) {});
  }
  if (!fits) return done(tl::unexpected(std::move(fits.error())));
  after.updated = clock_.now();
  roles_.put(name, std::move(after), {}, std::move(done));
}

Ram::SharedRole Ram::role_of(const Principal& caller) const {
  auto found = role(caller.account, caller.role);
  return found && found->id == caller.id ? found : nullptr;
}

bool Ram::trusts(const RamRole& role, const Principal& caller) {
  const auto trust = TrustPolicy::parse(role.trust);
  if (!trust || caller.is_account()) return false;
  const bool is_user = !caller.user.empty();
  const std::string names[] = {
      arn_of(caller.account, "root", ""),
      arn_of(caller.account, is_user ? "user" : "role", is_user ? caller.user : caller.role)};
  return trust->trusts(names);
}

// Policies.

Ram::SharedPolicy Ram::policy(AccountId account, std::string_view name) const {
  return policies_.find(account, name);
}

std::vector<Ram::SharedPolicy> Ram::policies(AccountId account) const {
  const auto all = policies_.of(account);
  return {all.begin(), all.end()};
}

Ram::Attachments Ram::attachments(AccountId account) const {
  Attachments count;
  const auto add = [&](const Attached& attached) {
    for (const auto& [policy, since] : attached) ++count[policy];
  };
  for (const SharedUser& each : users(account)) add(each->policies);
  for (const SharedRole& each : roles(account)) add(each->policies);
  return count;
}

void Ram::create_policy(RamPolicy draft, Done<SharedPolicy> done) {
  auto parsed = Policy::parse(draft.document);
  if (!parsed) return done(tl::unexpected(std::move(parsed.error())));
  const std::lock_guard lock(mutex_);
  if (policy(draft.account, draft.name)) return done(fail(Code::ram_policy_exists, draft.name));
  if (policies(draft.account).size() >= policies_max) return done(fail(Code::ram_limit, "Policy"));
  draft.created = clock_.now();
  std::string name = draft.name;
  policies_.put(std::move(name), {std::move(draft), std::move(*parsed)}, {},
                [done = std::move(done)](Result<std::shared_ptr<const ParsedPolicy>> made) mutable {
                  if (!made) return done(tl::unexpected(std::move(made.error())));
                  done(SharedPolicy(std::move(*made)));
                });
}

void Ram::delete_policy(AccountId account, const std::string& name, Done<void> done) {
  const std::lock_guard lock(mutex_);
  if (!policy(account, name)) return done(fail(Code::ram_policy_not_found, name));
  if (attachments(account).contains(std::string(custom) + name)) {
    return done(fail(Code::ram_delete_conflict, "a user or role"));
  }
  policies_.erase(account, name, {}, std::move(done));
}

void Ram::change_attached(AccountId account, Holder holder, const std::string& name,
                          const AttachedChange& change, Done<void> done) {
  const auto nothing = [&]<class Shared>() {
    return [done = std::move(done)](Result<Shared> kept) mutable {
      done(kept ? Result<void>() : tl::unexpected(std::move(kept.error())));
    };
  };
  if (holder == Holder::user) {
    change_user(
        account, name, [&](RamUser& user) { return change(user.policies); },
        nothing.operator()<SharedUser>());
  } else {
    change_role(
        account, name, [&](RamRole& role) { return change(role.policies); },
        nothing.operator()<SharedRole>());
  }
}

namespace {

std::string name_of(Ram::Holder holder) { return holder == Ram::Holder::user ? "User" : "Role"; }

}  // namespace

void Ram::attach(AccountId account, Holder holder, const std::string& name,
                 const std::string& policy, Done<void> done) {
  const std::lock_guard lock(mutex_);
  if (parsed(account, policy) == nullptr) return done(fail(Code::ram_policy_not_found, policy));
  change_attached(
      account, holder, name,
      [&](Attached& attached) -> Result<void> {
        if (std::ranges::any_of(attached, [&](const auto& each) { return each.first == policy; })) {
          return fail(Code::ram_policy_attached, name_of(holder));
        }
        if (attached.size() >= policies_per_identity) {
          return fail(Code::ram_limit, name_of(holder) + ".Policy");
        }
        attached.emplace_back(policy, clock_.now());
        return {};
      },
      std::move(done));
}

void Ram::detach(AccountId account, Holder holder, const std::string& name,
                 const std::string& policy, Done<void> done) {
  change_attached(
      account, holder, name,
      [&](Attached& attached) -> Result<void> {
        const auto removed =
            std::erase_if(attached, [&](const auto& each) { return each.first == policy; });
        if (removed == 0) return fail(Code::ram_policy_not_attached, name_of(holder));
        return {};
      },
      std::move(done));
}

const Policy* Ram::parsed(AccountId account, std::string_view policy) const {
  if (policy.starts_with(system_kind)) return system_policy(policy.substr(system_kind.size()));
  if (!policy.starts_with(custom)) return nullptr;
  const auto known = policies_.find(account, policy.substr(custom.size()));
  return known ? &known->parsed : nullptr;
}

bool Ram::allows(const Principal& caller, std::string_view action) const {
  if (caller.narrow && caller.narrow->verdict(action) != Policy::Verdict::allowed) return false;
  if (caller.is_account()) return true;
  const std::lock_guard lock(mutex_);
  const auto allowed = [&](const auto& identity) {
    if (!identity) return false;
    std::vector<const Policy*> attached;
    for (const auto& [policy, since] : identity->policies) {
      if (const Policy* one = parsed(caller.account, policy)) attached.push_back(one);
    }
    return herald::allows(attached, action);
  };
  if (caller.user.empty()) return allowed(role_of(caller));
  const SharedUser user = this->user(caller.account, caller.user);
  // Another one may have the name of who is gone.
  return allowed(caller.id.empty() || (user && user->id == caller.id) ? user : nullptr);
}

}  // namespace herald
