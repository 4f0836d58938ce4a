#pragma once

#include <array>
#include <cstddef>

#include "base/counters.h"
#include "model/message.h"

namespace herald {

// What became of messages at their recipients, as one shard has seen it; written by its thread
// alone, from its home and its edge. Summed over all shards and at rest, the recipients are as many
// as those in all states together.
//
// A QoS 0 message is in flight from its home to the edge, which is perhaps another shard's: the sum
// is a count, the part of one shard may be below zero.
struct alignas(64) DeliveryCounts {
  static constexpr std::size_t outcomes = static_cast<std::size_t>(Outcome::dropped) + 1;
  static constexpr std::size_t drop_reasons = static_cast<std::size_t>(DropReason::rate) + 1;

  Tally recipients;  // Of messages that came to their homes, or were unfinished at the start.
  std::array<Tally, outcomes> in_state;
  std::array<Tally, drop_reasons> dropped;
  Tally queued_bytes;  // Payloads, counted for each recipient that waits.
  Tally connected;     // Devices with a connection of theirs.

  Tally& in(Outcome state) { return in_state[static_cast<std::size_t>(state)]; }
  const Tally& in(Outcome state) const { return in_state[static_cast<std::size_t>(state)]; }
  void ended(Outcome outcome, DropReason reason) {
    in(outcome).add();
    if (outcome == Outcome::dropped) dropped[static_cast<std::size_t>(reason)].add();
  }
};

}  // namespace herald
