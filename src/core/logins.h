#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/ram.h"
#include "core/rates.h"
#include "store/worker.h"

namespace herald {

// Passwords of RAM users, with which they sign in to the console. Hashing one costs tens of
// milliseconds, so that happens on a thread of its own and under no lock. Any thread may call.
// Errors of all calls: ram_user_not_found; refused, when too many wait.
class Logins {
 public:
  static constexpr std::size_t waiting_max = 64;

  Logins(Ram& ram, const Clock& clock);

  using Changed = Done<Ram::SharedUser>;
  // Errors: ram_login_exists.
  void create(AccountId account, std::string user, std::string password, bool must_change,
              Changed done);
  // What is not set stays. Errors: ram_login_not_found.
  void update(AccountId account, std::string user, std::optional<std::string> password,
              std::optional<bool> must_change, Changed done);
  // Errors: ram_login_not_found.
  void remove(AccountId account, const std::string& user, Changed done);
  // Errors: ram_login_not_found, ram_password_wrong.
  void change_password(AccountId account, std::string user, std::string old_password,
                       std::string new_password, Changed done);

  // Whether `password` is that of `hash`, for who signs in as `name` from `address`. Both may try
  // so often in a minute. An empty hash, of nobody, takes as long as a wrong password. Errors:
  // sign_in_refused, throttled.
  static constexpr std::uint32_t tries_of_a_name = 20, tries_of_an_address = 60;
  void check(const std::string& name, const std::string& address, std::string hash,
             std::string password, Done<void> done);

  // Ends the thread; what waits is refused. The last call, before the storage goes.
  void stop();

 private:
  using Work = std::move_only_function<void(Changed done)>;
  void work(Changed done, Work work);

  Ram& ram_;
  const Clock& clock_;
  RateMeter<std::string> names_{tries_of_a_name, std::chrono::minutes(1)};
  RateMeter<std::string> addresses_{tries_of_an_address, std::chrono::minutes(1)};
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<Worker> worker_ = std::make_unique<Worker>();
};

}  // namespace herald
