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

void Ram::restore(RamUser user) {
  Name name(user.account, user.name);
  users_[std::move(name)] = std::make_shared<const RamUser>(std::move(user));
}

void Ram::restore(RamPolicy policy) {
  auto parsed = Policy::parse(policy.document);
  if (!parsed) {
    // It allowed something once; now it allows nothing, and somebody should know.
    log::error("the policy {} cannot be read: {}", policy.name, parsed.error().detail);
    parsed = Policy();
  }
  Name name(policy.account, policy.name);
  policies_[std::move(name)] = {std::make_shared<const RamPolicy>(std::move(policy)),
                                std::move(*parsed)};
}

// Users.

Ram::SharedUser Ram::user(AccountId account, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = users_.find(Name(account, name));
  return at == users_.end() ? nullptr : at->second;
}

std::vector<Ram::SharedUser> Ram::users(AccountId account) const {
  const std::lock_guard lock(mutex_);
  std::vector<SharedUser> found;
  for (auto at = users_.lower_bound(Name(account, ""));
       at != users_.end() && at->first.first == account; ++at) {
    found.push_back(at->second);
  }
  return found;
}

void Ram::create_user(RamUser draft, Done<SharedUser> done) {
  const std::lock_guard lock(mutex_);
  Name name(draft.account, draft.name);
  if (users_.contains(name)) return done(fail(Code::ram_user_exists, draft.name));
  draft.id = std::to_string(200'000'000'000'000'000 + ids_.next() % 90'000'000'000'000'000);
  draft.created = draft.updated = clock_.now();
  Changes changes{Record(draft)};
  auto user = std::make_shared<const RamUser>(std::move(draft));
  users_[name] = user;
  storage_.write(std::move(changes),
                 [this, name, user, done = std::move(done)](Result<void> kept) mutable {
                   if (kept) return done(std::move(user));
                   const std::lock_guard undoing(mutex_);
                   users_.erase(name);
                   done(tl::unexpected(std::move(kept.error())));
                 });
}

void Ram::delete_user(AccountId account, const std::string& name, Done<void> done) {
  const std::lock_guard lock(mutex_);
  const auto at = users_.find(Name(account, name));
  if (at == users_.end()) return done(fail(Code::ram_user_not_found, name));
  if (!at->second->policies.empty()) return done(fail(Code::ram_delete_conflict, "a policy"));
  if (!registry_.access_keys_of(account, name).empty()) {
    return done(fail(Code::ram_delete_conflict, "an AccessKey"));
  }
  const auto user = at->second;
  users_.erase(at);
  storage_.write({ErasedRamUser{account, name}},
                 [this, user, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) {
                     const std::lock_guard undoing(mutex_);
                     users_[Name(user->account, user->name)] = user;
                   }
                   done(std::move(kept));
                 });
}

void Ram::change_user(AccountId account, const std::string& name,
                      const std::function<Result<void>(RamUser&)>& change, Done<void> done) {
  const std::lock_guard lock(mutex_);
  const auto at = users_.find(Name(account, name));
  if (at == users_.end()) return done(fail(Code::ram_user_not_found, name));
  const auto before = at->second;
  RamUser after = *before;
  if (auto fits = change(after); !fits) return done(std::move(fits));
  after.updated = clock_.now();
  Changes changes{Record(after)};
  at->second = std::make_shared<const RamUser>(std::move(after));
  storage_.write(std::move(changes),
                 [this, before, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) {
                     const std::lock_guard undoing(mutex_);
                     users_[Name(before->account, before->name)] = before;
                   }
                   done(std::move(kept));
                 });
}

// Keys. The registry has them, because requests are looked up by them; who may make them is said
// here.

void Ram::create_key(AccountId account, const std::string& user, Done<AccessKey> done) {
  const std::lock_guard lock(mutex_);
  if (!users_.contains(Name(account, user))) return done(fail(Code::ram_user_not_found, user));
  if (registry_.access_keys_of(account, user).size() >= keys_per_user) {
    return done(fail(Code::ram_key_limit, user));
  }
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

// Policies.

Ram::SharedPolicy Ram::policy(AccountId account, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = policies_.find(Name(account, name));
  return at == policies_.end() ? nullptr : at->second.record;
}

std::vector<Ram::SharedPolicy> Ram::policies(AccountId account) const {
  const std::lock_guard lock(mutex_);
  std::vector<SharedPolicy> found;
  for (auto at = policies_.lower_bound(Name(account, ""));
       at != policies_.end() && at->first.first == account; ++at) {
    found.push_back(at->second.record);
  }
  return found;
}

std::size_t Ram::attachments(AccountId account, std::string_view policy) const {
  std::size_t count = 0;
  for (const SharedUser& each : users(account)) {
    count += static_cast<std::size_t>(std::ranges::count(
        each->policies, policy, [](const auto& attached) { return attached.first; }));
  }
  return count;
}

void Ram::create_policy(RamPolicy draft, Done<SharedPolicy> done) {
  auto parsed = Policy::parse(draft.document);
  if (!parsed) return done(tl::unexpected(std::move(parsed.error())));
  const std::lock_guard lock(mutex_);
  Name name(draft.account, draft.name);
  if (policies_.contains(name)) return done(fail(Code::ram_policy_exists, draft.name));
  draft.created = clock_.now();
  Changes changes{Record(draft)};
  auto policy = std::make_shared<const RamPolicy>(std::move(draft));
  policies_[name] = {policy, std::move(*parsed)};
  storage_.write(std::move(changes),
                 [this, name, policy, done = std::move(done)](Result<void> kept) mutable {
                   if (kept) return done(std::move(policy));
                   const std::lock_guard undoing(mutex_);
                   policies_.erase(name);
                   done(tl::unexpected(std::move(kept.error())));
                 });
}

void Ram::delete_policy(AccountId account, const std::string& name, Done<void> done) {
  const std::lock_guard lock(mutex_);
  const auto at = policies_.find(Name(account, name));
  if (at == policies_.end()) return done(fail(Code::ram_policy_not_found, name));
  if (attachments(account, std::string(custom) + name) > 0) {
    return done(fail(Code::ram_delete_conflict, "a user"));
  }
  auto entry = std::move(at->second);
  policies_.erase(at);
  storage_.write(
      {ErasedRamPolicy{account, name}},
      [this, entry = std::move(entry), done = std::move(done)](Result<void> kept) mutable {
        if (!kept) {
          const std::lock_guard undoing(mutex_);
          Name back(entry.record->account, entry.record->name);
          policies_[std::move(back)] = std::move(entry);
        }
        done(std::move(kept));
      });
}

void Ram::attach(AccountId account, const std::string& user, const std::string& policy,
                 Done<void> done) {
  const std::lock_guard lock(mutex_);
  if (parsed(account, policy) == nullptr) return done(fail(Code::ram_policy_not_found, policy));
  change_user(
      account, user,
      [&](RamUser& changed) -> Result<void> {
        const auto same = [&](const auto& attached) { return attached.first == policy; };
        if (std::ranges::any_of(changed.policies, same)) {
          return fail(Code::ram_policy_attached, policy);
        }
        if (changed.policies.size() >= policies_per_user) {
          return fail(Code::ram_policy_limit, user);
        }
        changed.policies.emplace_back(policy, clock_.now());
        return {};
      },
      std::move(done));
}

void Ram::detach(AccountId account, const std::string& user, const std::string& policy,
                 Done<void> done) {
  change_user(
      account, user,
      [&](RamUser& changed) -> Result<void> {
        const auto removed = std::erase_if(
            changed.policies, [&](const auto& attached) { return attached.first == policy; });
        if (removed == 0) return fail(Code::ram_policy_not_attached, policy);
        return {};
      },
      std::move(done));
}

const Policy* Ram::parsed(AccountId account, std::string_view policy) const {
  if (policy.starts_with(system_kind)) return system_policy(policy.substr(system_kind.size()));
  if (!policy.starts_with(custom)) return nullptr;
  const auto at = policies_.find(Name(account, policy.substr(custom.size())));
  return at == policies_.end() ? nullptr : &at->second.parsed;
}

bool Ram::allows(AccountId account, std::string_view user, std::string_view action) const {
  const std::lock_guard lock(mutex_);
  const auto at = users_.find(Name(account, user));
  if (at == users_.end()) return false;
  std::vector<const Policy*> attached;
  for (const auto& [policy, since] : at->second->policies) {
    if (const Policy* one = parsed(account, policy)) attached.push_back(one);
  }
  return herald::allows(attached, action);
}

}  // namespace herald
