#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/clock.h"
#include "model/ids.h"

namespace herald::api {

using CallsPerSecond = std::optional<std::uint32_t>;  // Nothing: unlimited.

// How many calls of one operation each account may make: no 1,000 ms hold more than so many
// admitted calls, and one who calls evenly below that is never refused. Refused calls do not count.
// The number may change at any time: what was admitted before still counts, except what was while
// there was no limit.
//
// Any thread. The lock is held for one lookup, and the time is taken under it so that times of one
// account never go back.
class Quota {
 public:
  Quota(const Clock& clock, CallsPerSecond most) : clock_(clock), most_(most) {}

  // For accounts without a number of their own.
  void set(CallsPerSecond most);
  CallsPerSecond most() const;

  struct Admission {
    bool admitted = false;
    std::uint32_t remaining = 0;  // Calls that would still be admitted now.
    Milliseconds until_more{0};   // Until there is one more, at the latest.
  };
  // `own` is the account's own number, if it has one. Nothing: admitted, and there is no limit.
  std::optional<Admission> admit(AccountId account,
                                 const std::optional<CallsPerSecond>& own = std::nullopt);

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  CallsPerSecond most_;
  // When calls of the last 1,000 ms were admitted, the oldest first.
  std::unordered_map<AccountId, std::deque<Time>> accounts_;
};

}  // namespace herald::api
