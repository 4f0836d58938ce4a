#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/records.h"

namespace herald::api {

// Which signed requests were seen, so that none is accepted twice: openapi-gateway.md, section 5.
// Remembers 128 bits of a keyed hash per request. Nothing is forgotten before its time: when there
// is no room, requests are refused. Any thread; a call holds one of 64 locks.
class Nonces {
 public:
  static constexpr std::size_t entries_max_default = 4'000'000;

  // `key` is secret and has to be the same after a restart, for stored hashes to mean anything.
  explicit Nonces(std::string key, std::size_t entries_max = entries_max_default);

  // What has to be stored for a first use. `forget_at` is when the request's timestamp alone gets
  // it refused. Errors: signature_nonce_used, throttled (no room).
  Result<SeenNonce> use(std::string_view access_key, std::string_view nonce, Time now,
                        Time forget_at);

  // Takes what an earlier process stored.
  void restore(const SeenNonce& seen, Time now);

 private:
  static constexpr std::size_t tables = 64;
  enum class Put { fresh, known, full };

  // An open-addressed table that is rebuilt without its outdated entries when it fills up.
  class Table {
   public:
    Put put(const SeenNonce& seen, Time now, std::size_t entries_max);
    std::mutex mutex;

   private:
    void rebuild(Time now);
    SeenNonce& slot_of(const SeenNonce& seen);
    std::vector<SeenNonce> slots_;
    std::size_t used_ = 0;
    Time first_forget_at_ = Time::max();
  };
  Table& table_of(const SeenNonce& seen);

  std::string key_;
  std::size_t entries_per_table_max_;
  std::array<Table, tables> tables_;
};

}  // namespace herald::api
