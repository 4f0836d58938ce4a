#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/family.h"

namespace herald {

// What of a store could not be read, since it was opened and by this process. What is not named
// here is there, as it was written.
struct Damage {
  // Batches that were written, by their numbers: all that was in them is missing, whole.
  struct Batches {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // Included; the greatest number: it is not known if there were any.
  };
  // Keys of a family between which anything may be missing, or be older than it should.
  struct Keys {
    Family family = Family::meta;
    std::string first;
    std::string last;  // Included; empty: all that follow.
  };

  std::vector<Batches> batches;
  std::vector<Keys> keys;
  std::size_t records = 0;                // Left out one by one.
  std::vector<std::string> descriptions;  // All of it in words, and what could be mended.
  std::filesystem::path copy;  // The files as they were found; empty: they are unchanged.

  // Of findings.
  std::size_t count() const { return descriptions.size() + records; }
  // What was found later.
  void add(const Damage& later) {
    batches.insert(batches.end(), later.batches.begin(), later.batches.end());
    keys.insert(keys.end(), later.keys.begin(), later.keys.end());
    records += later.records;
    descriptions.insert(descriptions.end(), later.descriptions.begin(), later.descriptions.end());
    if (!later.copy.empty()) copy = later.copy;
  }
};

}  // namespace herald
