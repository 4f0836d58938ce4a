#include "api/quota.h"

namespace herald::api {

Quota::Admission Quota::admit(AccountId account) {
  constexpr Milliseconds window{1000};
  if (calls_per_second_ == 0) return {};
  const std::lock_guard lock(mutex_);
  Admitted& admitted = accounts_[account];
  auto& at = admitted.at;
  const Time now = clock_.now();
  Admission admission;
  if (at.size() < calls_per_second_) {
    at.push_back(now);
    admission.admitted = true;
  } else if (now - at[admitted.next] >= window) {
    at[admitted.next] = now;
    admitted.next = (admitted.next + 1) % at.size();
    admission.admitted = true;
  }
  // From `next` on they are in the order of time: those that count are the last of them.
  const auto nth = [&](std::size_t i) { return at[(admitted.next + i) % at.size()]; };
  std::size_t past = 0, counting = at.size();
  while (past < counting) {
    const std::size_t middle = (past + counting) / 2;
    if (now - nth(middle) >= window) {
      past = middle + 1;
    } else {
      counting = middle;
    }
  }
  admission.remaining = calls_per_second_ - static_cast<std::uint32_t>(at.size() - past);
  if (past < at.size()) admission.until_more = window - (now - nth(past));
  return admission;
}

}  // namespace herald::api
