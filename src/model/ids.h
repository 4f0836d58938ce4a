#pragma once

#include <algorithm>
#include <atomic>
#include <compare>
#include <cstdint>
#include <functional>

#include "base/clock.h"

namespace herald {

// A number that cannot be passed for another kind of number. Zero is no id.
template <class Kind>
struct Id {
  std::uint64_t value = 0;
  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const Id&, const Id&) = default;
};

using AccountId = Id<struct AccountKind>;
using DeviceId = Id<struct DeviceKind>;  // Never reused.
using MessageId = Id<struct MessageKind>;
using TopicId = Id<struct TopicKind>;

// An id is 42 bits of milliseconds since 1970, 9 of node and 12 of sequence: ids of one node grow.
namespace id_bits {
constexpr int sequence = 12;
constexpr int node = 9;
constexpr std::uint64_t node_mask = ((1ULL << node) - 1) << sequence;
}  // namespace id_bits

constexpr std::uint64_t first_id_at(Time time) {
  return static_cast<std::uint64_t>(millis(time)) << (id_bits::node + id_bits::sequence);
}
constexpr Time time_of_id(std::uint64_t id) {
  return time_of(static_cast<std::int64_t>(id >> (id_bits::node + id_bits::sequence)));
}

// The one source of new ids. Any thread; lock-free.
class IdGenerator {
 public:
  IdGenerator(const Clock& clock, std::uint64_t node) : clock_(clock), node_(node) {}

  // Greater than every id given before. When more than 4,096 are asked for in a millisecond the
  // next milliseconds are borrowed.
  std::uint64_t next() {
    const std::uint64_t from_clock = first_id_at(clock_.now());
    std::uint64_t last = last_.load(std::memory_order_relaxed);
    std::uint64_t next = 0;
    do {
      next = last + 1;
      // The sequence overflowed into the node's bits, which are added below: a new millisecond.
      if ((next & id_bits::node_mask) != 0) next = ((next >> 21U) + 1) << 21U;
      if (next < from_clock) next = from_clock;
    } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
    return next | node_ << static_cast<unsigned>(id_bits::sequence);
  }

  // No id up to this one will be given. Called while starting, with what the store knows.
  void never_below(std::uint64_t id) {
    const std::uint64_t plain = id & ~id_bits::node_mask;
    std::uint64_t last = last_.load();
    while (last < plain && !last_.compare_exchange_weak(last, plain)) {
    }
  }

 private:
  const Clock& clock_;
  std::uint64_t node_;
  std::atomic<std::uint64_t> last_{0};  // Without the node's bits.
};

// New ids that are JSON numbers on the wire: 53 bits, because JavaScript counts no further. 42 bits
// of milliseconds since 1970 and 11 of sequence. Any thread; lock-free.
class ShortIdGenerator {
 public:
  explicit ShortIdGenerator(const Clock& clock) : clock_(clock) {}

  std::uint64_t next() {
    const std::uint64_t from_clock = static_cast<std::uint64_t>(millis(clock_.now())) << 11U;
    std::uint64_t last = last_.load(std::memory_order_relaxed);
    std::uint64_t next = 0;
    do {
      next = std::max(last + 1, from_clock);
    } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
    return next;
  }
  void never_below(std::uint64_t id) {
    std::uint64_t last = last_.load();
    while (last < id && !last_.compare_exchange_weak(last, id)) {
    }
  }

 private:
  const Clock& clock_;
  std::atomic<std::uint64_t> last_{0};
};

// Spreads ids, which differ in few bits, over all bits.
constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30U;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27U;
  x *= 0x94d049bb133111ebULL;
  return x ^ x >> 31U;
}

}  // namespace herald

template <class Kind>
struct std::hash<herald::Id<Kind>> {
  std::size_t operator()(const herald::Id<Kind>& id) const noexcept {
    return herald::mix(id.value);
  }
};
