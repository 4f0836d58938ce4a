#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// What the metrics are made of. Any thread reads them without a lock; what is read of several is
// not of one instant.
namespace herald {

// A number that one thread changes: it costs what a plain integer does.
class Tally {
 public:
  void add(std::int64_t more = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

// A number that any thread changes.
class SharedTally {
 public:
  void add(std::int64_t more = 1) { value_.fetch_add(more, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

// A histogram as it is read: how many values were at most each bound and above the one before it;
// the last count is of those above all.
struct Distribution {
  std::span<const std::int64_t> bounds;
  std::vector<std::int64_t> counts;
  std::int64_t sum = 0;
};

// How often values were how large. `Bounds` is an array in ascending order that lives for ever.
template <class Number, const auto& Bounds>
class Histogram {
 public:
  void observe(std::int64_t value) {
    const auto at = std::ranges::lower_bound(Bounds, value) - Bounds.begin();
    counts_[static_cast<std::size_t>(at)].add();
    sum_.add(value);
  }
  Distribution read() const {
    Distribution read{.bounds = Bounds, .sum = sum_.value()};
    for (const Number& count : counts_) read.counts.push_back(count.value());
    return read;
  }

 private:
  std::array<Number, Bounds.size() + 1> counts_;
  Number sum_;
};

}  // namespace herald
