#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counters.h"

namespace herald::net {

// What a CONNECT, or a connection before it, came to.
enum class ConnectResult : std::uint8_t {
  accepted,
  registered,  // Dynamic registration: it got what it will sign in with.
  malformed,
  wrong,      // Its credentials.
  forbidden,  // Disabled, deleted, or taken over by another connection.
  unavailable,
  rate,        // Too many CONNECTs of the device or its account.
  turned_away  // Too many connections, too many that have not signed in, or failed before.
};
inline constexpr std::array<std::string_view, 8> connect_results{
    "accepted",  "registered",  "malformed", "wrong",
    "forbidden", "unavailable", "rate",      "turned_away"};

// Of one shard, written by its thread.
class ConnectCounts {
 public:
  Tally& of(ConnectResult result) { return tallies_[static_cast<std::size_t>(result)]; }
  std::int64_t of(ConnectResult result) const {
    return tallies_[static_cast<std::size_t>(result)].value();
  }

 private:
  std::array<Tally, connect_results.size()> tallies_;
};

}  // namespace herald::net
