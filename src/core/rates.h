#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/clock.h"
#include "model/ids.h"
#include "model/message.h"

namespace herald {

// How often devices and accounts may do something, in a second where nothing else is said; nothing:
// as often as they like.
struct RateLimits {
  std::optional<std::uint32_t> device_up_qos0;
  std::optional<std::uint32_t> device_up_qos1;
  std::optional<std::uint32_t> device_down;
  std::optional<std::uint32_t> device_connects;  // In a minute.
  std::optional<std::uint32_t> account_up;
  std::optional<std::uint32_t> account_down;
  std::optional<std::uint32_t> account_connects;
};

// device-mqtt.md, section 10.
RateLimits rates_of_the_platform();

// Counts what each key did in the window of time that is running. Windows begin with the clock's
// own seconds or minutes, so what is counted is forgotten when the next one begins. Any thread.
template <class Key>
class RateMeter {
 public:
  RateMeter(std::optional<std::uint32_t> most, Milliseconds window)
      : most_(most), window_(window) {}

  // What was counted in the running window counts on.
  void set(std::optional<std::uint32_t> most) { most_ = most; }

  bool admit(const Key& key, Time now) {
    const std::optional<std::uint32_t> most = most_;
    if (!most) return true;
    const auto index = now.time_since_epoch() / window_;
    const std::lock_guard lock(mutex_);
    if (index != index_) counts_.clear();
    index_ = index;
    std::uint32_t& count = counts_[key];
    if (count >= *most) return false;
    ++count;
    return true;
  }

 private:
  std::atomic<std::optional<std::uint32_t>> most_;
  const Milliseconds window_;
  std::mutex mutex_;
  std::int64_t index_ = 0;
  std::unordered_map<Key, std::uint32_t> counts_;
};

// The rates of all devices and accounts. Any thread.
class Rates {
 public:
  Rates(const RateLimits& limits, const Clock& clock);
  void set(const RateLimits& limits);

  // A device whose credentials were right wants to come in.
  bool admit_connect(DeviceId device, AccountId account);
  // It publishes.
  bool admit_up(DeviceId device, AccountId account, Qos qos);
  // A message is sent to it. What has waited is not counted.
  bool admit_down(DeviceId device, AccountId account);
  // From now to when messages that were too many may follow.
  Milliseconds until_next_down() const;

 private:
  const Clock& clock_;
  RateMeter<DeviceId> device_up_[2];  // By QoS.
  RateMeter<DeviceId> device_down_;
  RateMeter<DeviceId> device_connects_;
  RateMeter<AccountId> account_up_;
  RateMeter<AccountId> account_down_;
  RateMeter<AccountId> account_connects_;
};

}  // namespace herald
