#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/ids.h"

namespace herald::api {

// How many calls of one operation each account may make: no 1,000 ms hold more than so many
// admitted calls, and one who calls evenly below that is never refused. Refused calls do not count.
//
// Any thread. The lock is held for one lookup, and the time is taken under it so that times of one
// account never go back.
class Quota {
 public:
  Quota(const Clock& clock, std::uint32_t calls_per_second)
      : clock_(clock), calls_per_second_(calls_per_second) {}

  struct Admission {
    bool admitted = false;
    std::uint32_t remaining = 0;  // Calls that would still be admitted now.
    Milliseconds until_more{0};   // Until there is one more, at the latest.
  };
  Admission admit(AccountId account);

 private:
  // When the last so many calls were admitted, the oldest at `next` once there are that many.
  struct Admitted {
    std::vector<Time> at;
    std::size_t next = 0;
  };

  const Clock& clock_;
  const std::uint32_t calls_per_second_;
  std::mutex mutex_;
  std::unordered_map<AccountId, Admitted> accounts_;
};

}  // namespace herald::api
