#include "api/quota.h"

namespace herald::api {

void Quota::set(CallsPerSecond most) {
  const std::lock_guard lock(mutex_);
  most_ = most;
}

CallsPerSecond Quota::most() const {
  const std::lock_guard lock(mutex_);
  return most_;
}

std::optional<Quota::Admission> Quota::admit(AccountId account,
                                             const std::optional<CallsPerSecond>& own) {
  constexpr Milliseconds window{1000};
  const std::lock_guard lock(mutex_);
  const CallsPerSecond most = own ? *own : most_;
  if (!most) {
    accounts_.erase(account);
    return std::nullopt;
  }
  std::deque<Time>& admitted = accounts_[account];
  const Time now = clock_.now();
  while (!admitted.empty() && now - admitted.front() >= window) admitted.pop_front();
  Admission admission{.admitted = admitted.size() < *most};
  if (admission.admitted) admitted.push_back(now);
  // There are more than that when the number has become smaller.
  const std::size_t over = admitted.size() > *most ? admitted.size() - *most : 0;
  if (over == 0) admission.remaining = *most - static_cast<std::uint32_t>(admitted.size());
  if (over < admitted.size()) admission.until_more = window - (now - admitted[over]);
  return admission;
}

}  // namespace herald::api
