#include "core/broadcasts.h"

#include <algorithm>

#include "model/topic.h"

namespace herald {

bool Broadcasts::subscribe(std::string_view product, DeviceId device, std::string_view filter,
                           bool no_local) {
  const std::lock_guard lock(mutex_);
  auto& subscribers = products_[std::string(product)].subscribers;
  std::size_t others = 0;
  for (Subscriber& one : subscribers) {
    if (one.filter != filter) continue;
    if (one.device == device) {
      one.no_local = no_local;
      return true;
    }
    ++others;
  }
  if (others >= subscribers_max) return false;
  subscribers.push_back({device, std::string(filter), no_local});
  return true;
}

void Broadcasts::unsubscribe(std::string_view product, DeviceId device, std::string_view filter) {
  const std::lock_guard lock(mutex_);
  const auto at = products_.find(std::string(product));
  if (at == products_.end()) return;
  std::erase_if(at->second.subscribers, [&](const Subscriber& one) {
    return one.device == device && one.filter == filter;
  });
}

void Broadcasts::leave(std::string_view product, DeviceId device) {
  const std::lock_guard lock(mutex_);
  const auto at = products_.find(std::string(product));
  if (at == products_.end()) return;
  std::erase_if(at->second.subscribers,
                [&](const Subscriber& one) { return one.device == device; });
  if (at->second.subscribers.empty()) products_.erase(at);
}

std::vector<DeviceId> Broadcasts::recipients(std::string_view product, std::string_view topic,
                                             DeviceId source) {
  const std::lock_guard lock(mutex_);
  std::vector<DeviceId> found;
  const auto at = products_.find(std::string(product));
  if (at == products_.end()) return found;
  std::map<std::string_view, std::vector<DeviceId>> groups;
  for (const Subscriber& one : at->second.subscribers) {
    const auto share = parse_share(one.filter);
    if (!share || !matches(share->filter, topic)) continue;
    if (one.no_local && one.device == source) continue;
    if (share->group.empty()) {
      found.push_back(one.device);
    } else {
      groups[one.filter].push_back(one.device);
    }
  }
  for (const auto& [filter, members] : groups) {
    auto turn = at->second.turns.find(filter);
    if (turn == at->second.turns.end()) turn = at->second.turns.emplace(filter, 0).first;
    found.push_back(members[turn->second++ % members.size()]);
  }
  std::ranges::sort(found, {}, &DeviceId::value);
  const auto twice = std::ranges::unique(found);
  found.erase(twice.begin(), twice.end());
  return found;
}

}  // namespace herald
