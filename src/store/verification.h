#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "store/disk.h"
#include "store/sealed.h"

namespace herald {

// What was read of a store, and what is wrong with it.
struct Verification {
  static constexpr std::size_t problems_max = 100;

  std::size_t records = 0;     // Of the registry, sessions and secrets.
  std::size_t messages = 0;    // Kept for their receipts.
  std::size_t unfinished = 0;  // Of those.
  std::size_t payloads = 0;
  std::size_t things = 0;  // What devices reported.
  // The ledger: each recipient of each message is in one of these.
  std::size_t recipients = 0;
  std::size_t open = 0;  // Queued or in flight when the store was closed.
  std::size_t acked = 0;
  std::size_t expired = 0;
  std::size_t cancelled = 0;
  std::size_t dropped = 0;
  std::size_t problem_count = 0;
  std::vector<std::string> problems;  // The first ones, in words.

  bool is_sound() const { return problem_count == 0; }
};

// Reads every record of a store at rest and holds them against each other: a message has a head, a
// payload for as long as a recipient may still receive it, and receipts that say so. Changes
// nothing. `progress` hears how many records were read.
Verification verify(const Disk& disk, const schema::Keyring& keys,
                    const std::function<void(std::size_t records)>& progress);

}  // namespace herald
