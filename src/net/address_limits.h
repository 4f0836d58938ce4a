#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"

namespace herald::net {

struct AddressLimitSettings {
  std::size_t half_open_max = 1'000;        // Of one address.
  std::size_t half_open_total_max = 8'000;  // Of all.
  std::size_t failures_per_minute = 60;     // Of one address.
};

// What strangers may do before they have proved who they are, for each address and for all
// together. One for all shards; any thread.
class AddressLimits {
 public:
  AddressLimits(const Clock& clock, const AddressLimitSettings& settings)
      : clock_(clock), settings_(settings) {}

  // A connection was accepted and is half open from now on. False: it is one too many, or its
  // address has failed too often within a minute; it is not counted then.
  bool opened(const std::string& address);
  // It has signed in, or ended before.
  void settled(const std::string& address);
  // Its credentials were refused.
  void failed(const std::string& address);

 private:
  // Whoever does nothing now and has not failed of late is forgotten.
  static constexpr std::size_t addresses_max = 100'000;
  static constexpr Milliseconds minute{60'000};
  struct Address {
    std::size_t half_open = 0;
    std::size_t failures = 0;
    Time counted_since;
  };
  bool is_idle(const Address& address, Time now) const {
    return address.half_open == 0 &&
           (address.failures == 0 || now - address.counted_since >= minute);
  }
  void make_room(Time now);

  const Clock& clock_;
  AddressLimitSettings settings_;
  std::mutex mutex_;
  std::unordered_map<std::string, Address> addresses_;
  std::size_t half_open_ = 0;
};

}  // namespace herald::net
