#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "measure.h"

namespace herald::bench {

// The first 16 bytes of every payload: which call it belongs to, and when that began.
struct Stamp {
  std::int64_t start_ns = 0;  // Of the steady clock.
  std::uint32_t call = 0;
  std::uint32_t caller = 0;
};
constexpr std::size_t payload_bytes_min = sizeof(Stamp);
std::string make_payload(const Stamp& stamp, std::size_t size);

// What was sent and what arrived, delivery by delivery. Calls are numbered from 0 and take turns
// over the devices: call n goes to `batch` neighbours, the first of which is first_device(n).
class Ledger {
 public:
  Ledger(std::size_t devices, std::size_t batch) : batch_(batch), turns_(devices / batch) {}

  // The next call's number. Any thread.
  std::uint32_t begin_call() { return begun_.fetch_add(1); }
  std::size_t first_device(std::uint32_t call) const { return call % turns_ * batch_; }
  std::size_t begun() const { return begun_.load(); }

  // All others: the thread of the devices.
  void received(std::size_t device, std::string_view payload);
  // Hears of each call that reached all of its devices.
  void on_complete(std::function<void(const Stamp&)> complete) { complete_ = std::move(complete); }
  bool all_arrived() const { return arrived_ == begun() * batch_; }
  std::size_t arrived() const { return arrived_; }
  std::size_t missing() const { return begun() * batch_ - arrived_; }
  std::size_t duplicates() const { return duplicates_; }
  // Arrivals at a device that the call did not name, or with an unreadable payload.
  std::size_t strays() const { return strays_; }

  // From each call's start to each arrival, since the last reset.
  const Histogram& latency() const { return latency_; }
  Instant last_arrival() const { return last_arrival_; }
  void reset_latency() { latency_ = {}; }

 private:
  std::size_t batch_;
  std::size_t turns_;
  std::atomic<std::uint32_t> begun_ = 0;
  std::function<void(const Stamp&)> complete_;
  std::vector<bool> seen_;               // By call and place in its batch.
  std::vector<std::uint32_t> arrivals_;  // By call.
  std::size_t arrived_ = 0;
  std::size_t duplicates_ = 0;
  std::size_t strays_ = 0;
  Histogram latency_;
  Instant last_arrival_;
};

}  // namespace herald::bench
