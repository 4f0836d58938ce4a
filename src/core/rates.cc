#include "core/rates.h"

namespace herald {
namespace {

constexpr Milliseconds second{1'000};
constexpr Milliseconds minute{60'000};

}  // namespace

RateLimits rates_of_the_platform() {
  return {.device_up_qos0 = 30,
          .device_up_qos1 = 10,
          .device_down = 50,
          .device_connects = 5,
          .account_up = 10'000,
          .account_down = 2'000,
          .account_connects = 500};
}

Rates::Rates(const RateLimits& limits, const Clock& clock)
    : clock_(clock),
      device_up_{{limits.device_up_qos0, second}, {limits.device_up_qos1, second}},
      device_down_(limits.device_down, second),
      device_connects_(limits.device_connects, minute),
      account_up_(limits.account_up, second),
      account_down_(limits.account_down, second),
      account_connects_(limits.account_connects, second) {}

void Rates::set(const RateLimits& limits) {
  device_up_[0].set(limits.device_up_qos0);
  device_up_[1].set(limits.device_up_qos1);
  device_down_.set(limits.device_down);
  device_connects_.set(limits.device_connects);
  account_up_.set(limits.account_up);
  account_down_.set(limits.account_down);
  account_connects_.set(limits.account_connects);
}

bool Rates::admit_connect(DeviceId device, AccountId account) {
  const Time now = clock_.now();
  return device_connects_.admit(device, now) && account_connects_.admit(account, now);
}

bool Rates::admit_up(DeviceId device, AccountId account, Qos qos) {
  const Time now = clock_.now();
  return device_up_[qos == Qos::at_most_once ? 0 : 1].admit(device, now) &&
         account_up_.admit(account, now);
}

bool Rates::admit_down(DeviceId device, AccountId account) {
  const Time now = clock_.now();
  return device_down_.admit(device, now) && account_down_.admit(account, now);
}

Milliseconds Rates::until_next_down() const {
  return second - clock_.now().time_since_epoch() % second;
}

}  // namespace herald
