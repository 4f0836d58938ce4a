#include "ledger.h"

#include <algorithm>
#include <cstring>

namespace herald::bench {

std::string make_payload(const Stamp& stamp, std::size_t size) {
  std::string payload(std::max(size, payload_bytes_min), 'x');
  std::memcpy(payload.data(), &stamp, sizeof stamp);
  return payload;
}

void Ledger::received(std::size_t device, std::string_view payload) {
  Stamp stamp;
  if (payload.size() < sizeof stamp) {
    ++strays_;
    return;
  }
  std::memcpy(&stamp, payload.data(), sizeof stamp);
  const std::size_t place = device - first_device(stamp.call);
  if (stamp.call >= begun() || place >= batch_) {
    ++strays_;
    return;
  }
  if (stamp.call >= arrivals_.size()) {
    arrivals_.resize(2 * (std::size_t{stamp.call} + 1));
    seen_.resize(arrivals_.size() * batch_);
  }
  const std::size_t delivery = stamp.call * batch_ + place;
  if (seen_[delivery]) {
    ++duplicates_;
    return;
  }
  seen_[delivery] = true;
  ++arrived_;
  last_arrival_ = Clock::now();
  latency_.add(last_arrival_.time_since_epoch() - std::chrono::nanoseconds(stamp.start_ns));
  if (++arrivals_[stamp.call] == batch_ && complete_) complete_(stamp);
}

}  // namespace herald::bench
