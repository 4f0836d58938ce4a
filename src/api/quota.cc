#include "api/quota.h"

namespace herald::api {

bool Quota::admit(AccountId account) {
  constexpr Milliseconds window{1000};
  if (calls_per_second_ == 0) return false;
  const std::lock_guard lock(mutex_);
  Admitted& admitted = accounts_[account];
  const Time now = clock_.now();
  if (admitted.at.size() < calls_per_second_) {
    admitted.at.push_back(now);
    return true;
  }
  Time& oldest = admitted.at[admitted.next];
  if (now - oldest < window) return false;
  oldest = now;
  admitted.next = (admitted.next + 1) % admitted.at.size();
  return true;
}

}  // namespace herald::api
