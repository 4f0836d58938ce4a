#include "outstanding.h"

namespace herald::crash {

void Outstanding::add(const Called& called) {
  if (called.qos == 0) return;
  std::lock_guard lock(mutex_);
  by_hash_.emplace(called.hash, called.call);
  Entry& entry = calls_[called.call];
  entry.is_brief = called.lifetime_ms < lifetime_ms;
  entry.left.insert(called.recipients.begin(), called.recipients.end());
}

void Outstanding::succeeded(Call call, std::uint64_t message) {
  std::lock_guard lock(mutex_);
  if (const auto found = calls_.find(call); found != calls_.end()) found->second.message = message;
}

void Outstanding::arrived(std::uint64_t hash, Device device) {
  std::lock_guard lock(mutex_);
  const auto call = by_hash_.find(hash);
  if (call == by_hash_.end()) return;
  calls_[call->second].left.erase(device);
}

bool Outstanding::has_arrived(Call call) const {
  std::lock_guard lock(mutex_);
  const auto found = calls_.find(call);
  return found == calls_.end() || found->second.left.empty();
}

std::vector<Outstanding::Left> Outstanding::take() {
  std::lock_guard lock(mutex_);
  std::vector<Left> all;
  for (const auto& [call, entry] : calls_) {
    if (entry.message == 0 || entry.left.empty()) continue;
    all.push_back({call, entry.message, entry.is_brief, {entry.left.begin(), entry.left.end()}});
  }
  by_hash_.clear();
  calls_.clear();
  return all;
}

}  // namespace herald::crash
