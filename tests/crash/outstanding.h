#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "history.h"

namespace herald::crash {

// The lifetime of a message whose call names none.
constexpr std::int64_t lifetime_ms = 7 * 24 * 3600 * 1000LL;

// What the load itself remembers of its calls: which recipients have not received what. It decides
// when to wait no longer and whose receipts to ask for; whether all is well is for the checker. Any
// thread.
class Outstanding {
 public:
  struct Left {
    Call call = 0;
    std::uint64_t message = 0;
    bool is_brief = false;  // Its lifetime is short.
    std::vector<Device> recipients;
  };

  void add(const Called& called);
  void succeeded(Call call, std::uint64_t message);
  void arrived(std::uint64_t hash, Device device);
  bool has_arrived(Call call) const;  // At all of its recipients.
  // The successes that have not arrived everywhere. Forgets all.
  std::vector<Left> take();

 private:
  struct Entry {
    std::uint64_t message = 0;  // 0: no success.
    bool is_brief = false;
    std::unordered_set<Device> left;
  };

  mutable std::mutex mutex_;  // Guards the maps.
  std::unordered_map<std::uint64_t, Call> by_hash_;
  std::unordered_map<Call, Entry> calls_;
};

}  // namespace herald::crash
