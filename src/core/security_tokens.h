#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "core/ram.h"

namespace herald {

// What STS gives: a key for a while, and the token that says whose it is.
struct TemporaryCredentials {
  std::string key_id;  // `STS.…`
  std::string secret;
  std::string token;
  Time expires;
};

// Tokens carry all that they say, sealed: nothing is stored, and they hold across restarts. What
// they allow is decided when they are used: a role that is gone or changed counts at once. Any
// thread.
class SecurityTokens {
 public:
  // Longer ones are not looked at.
  static constexpr std::size_t token_bytes_max = 16'384;

  // `key` has 32 bytes.
  explicit SecurityTokens(std::string key) : key_(std::move(key)) {}

  // `policy` is the document that `caller.narrow` was parsed from; empty: none.
  TemporaryCredentials issue(const Principal& caller, std::string_view policy, Time expires) const;

  struct Session {
    Principal caller;
    AccessKey key;
    Time expires;
  };
  // Errors: security_token_malformed.
  Result<Session> read(std::string_view token) const;

 private:
  std::string key_;
};

}  // namespace herald
