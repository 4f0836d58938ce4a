#include "net/address_limits.h"

namespace herald::net {

bool AddressLimits::opened(const std::string& address) {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (half_open_ >= settings_.half_open_total_max) return false;
  if (addresses_.size() >= addresses_max) make_room(now);
  Address& entry = addresses_[address];
  if (now - entry.counted_since >= minute) entry.failures = 0;
  if (entry.half_open >= settings_.half_open_max ||
      entry.failures >= settings_.failures_per_minute) {
    return false;
  }
  ++entry.half_open;
  ++half_open_;
  return true;
}

void AddressLimits::settled(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto at = addresses_.find(address);
  if (at == addresses_.end() || at->second.half_open == 0) return;
  --at->second.half_open;
  --half_open_;
  if (is_idle(at->second, clock_.now())) addresses_.erase(at);
}

void AddressLimits::failed(const std::string& address) {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  Address& entry = addresses_[address];
  if (entry.failures == 0 || now - entry.counted_since >= minute) {
    entry.failures = 0;
    entry.counted_since = now;
  }
  ++entry.failures;
}

void AddressLimits::make_room(Time now) {
  std::erase_if(addresses_, [&](const auto& entry) { return is_idle(entry.second, now); });
}

}  // namespace herald::net
