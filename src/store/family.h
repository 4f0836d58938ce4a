#pragma once

#include <array>
#include <cstdint>

namespace herald {

// The ordered maps of a disk; schema.h says what is in each.
enum class Family : std::uint8_t {
  meta,
  messages,
  open,
  payloads,
  receipts,
  requests,
  sessions,
  registry,
  nonces,
  secrets,
  tokens,
  things,
  latest,
};
// In the order of Family. The first name is the one that RocksDB asks for.
inline constexpr std::array family_names{"default",  "messages", "open",     "payloads", "receipts",
                                         "requests", "sessions", "registry", "nonces",   "secrets",
                                         "tokens",   "things",   "latest"};

// Those of which whole ranges are erased. In others only single entries are.
constexpr bool erases_ranges(Family family) {
  return family == Family::messages || family == Family::receipts || family == Family::nonces ||
         family == Family::things || family == Family::latest;
}

}  // namespace herald
