#include "core/logins.h"

#include <utility>

#include "base/crypto.h"

namespace herald {

Logins::Logins(Ram& ram, const Clock& clock) : ram_(ram), clock_(clock) {}

void Logins::create(AccountId account, std::string user, std::string password, bool must_change,
                    Changed done) {
  work(std::move(done), [this, account, user = std::move(user), password = std::move(password),
                         must_change](Changed changed) {
    std::string hash = hash_password(password);
    ram_.change_user(
        account, user,
        [&](RamUser& of) -> Result<void> {
          if (!of.password.empty()) return fail(Code::ram_login_exists, of.name);
          of.password = std::move(hash);
          of.must_change_password = must_change;
          of.login_created = clock_.now();
          return {};
        },
        std::move(changed));
  });
}

void Logins::update(AccountId account, std::string user, std::optional<std::string> password,
                    std::optional<bool> must_change, Changed done) {
  work(std::move(done), [this, account, user = std::move(user), password = std::move(password),
                         must_change](Changed changed) {
    std::string hash = password ? hash_password(*password) : std::string();
    ram_.change_user(
        account, user,
        [&](RamUser& of) -> Result<void> {
          if (of.password.empty()) return fail(Code::ram_login_not_found, of.name);
          if (password) of.password = std::move(hash);
          if (must_change) of.must_change_password = *must_change;
          return {};
        },
        std::move(changed));
  });
}

void Logins::remove(AccountId account, const std::string& user, Changed done) {
  ram_.change_user(
      account, user,
      [](RamUser& of) -> Result<void> {
        if (of.password.empty()) return fail(Code::ram_login_not_found, of.name);
        of.password.clear();
        of.must_change_password = false;
        of.login_created.reset();
        return {};
      },
      std::move(done));
}

void Logins::change_password(AccountId account, std::string user, std::string old_password,
                             std::string new_password, Changed done) {
  work(std::move(done), [this, account, user = std::move(user), given = std::move(old_password),
                         wanted = std::move(new_password)](Changed changed) {
    const auto known = ram_.user(account, user);
    if (!known) return changed(fail(Code::ram_user_not_found, user));
    if (known->password.empty()) return changed(fail(Code::ram_login_not_found, user));
    if (!is_password(known->password, given)) return changed(fail(Code::ram_password_wrong));
    std::string hash = hash_password(wanted);
    ram_.change_user(
        account, user,
        [&](RamUser& of) -> Result<void> {
          // Meanwhile somebody may have set another one.
          if (of.password != known->password) return fail(Code::ram_password_wrong);
          of.password = std::move(hash);
          of.must_change_password = false;
          return {};
        },
        std::move(changed));
  });
}

void Logins::check(const std::string& name, const std::string& address, std::string hash,
                   std::string password, Done<void> done) {
  // Addresses first: what one of them tries fills no memory and locks few people out.
  const Time now = clock_.now();
  if (!addresses_.admit(address, now) || !names_.admit(name, now)) {
    return done(fail(Code::throttled));
  }
  work(
      [done = std::move(done)](const Result<Ram::SharedUser>& checked) mutable {
        if (!checked) return done(tl::unexpected(checked.error()));
        done({});
      },
      [hash = std::move(hash), password = std::move(password)](Changed checked) {
        static const std::string nobodys = hash_password(random_name(20));
        const bool right = is_password(hash.empty() ? nobodys : hash, password);
        if (hash.empty() || !right) return checked(fail(Code::sign_in_refused));
        checked(nullptr);
      });
}

void Logins::stop() {
  stopping_ = true;
  worker_.reset();
}

void Logins::work(Changed done, Work work) {
  if (waiting_.fetch_add(1) >= waiting_max) {
    --waiting_;
    return done(fail(Code::refused, "too many passwords wait to be hashed"));
  }
  worker_->post([this, done = std::move(done), work = std::move(work)]() mutable {
    --waiting_;
    if (stopping_) return done(fail(Code::refused, "the server stops"));
    work(std::move(done));
  });
}

}  // namespace herald
