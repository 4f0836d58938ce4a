#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "store/commit_counts.h"
#include "store/damage.h"
#include "store/message_log.h"
#include "store/registry_storage.h"
#include "store/thing_history.h"
#include "store/verification.h"

namespace herald {

// Asked once nobody else has the store, for the 32 bytes that seal its secrets. `first`: it has no
// key yet, so that one may be made.
using SealingKey = std::function<Result<std::string>(bool first)>;

struct StoreLimits {
  // Appends that wait for the disk: above either bound new ones are refused.
  std::size_t waiting_bytes_max = 64 * limits::MiB;
  Milliseconds waiting_time_max{1000};
  // Of the disk's space that has to be free: with less messages are refused, with less than half of
  // it changes, too.
  std::uint64_t free_bytes_min = 256 * limits::MiB;
  // Finished messages with their receipts: above it the oldest are forgotten.
  std::uint64_t finished_bytes_max = 10 * limits::GiB;
  // What devices reported.
  std::chrono::days things_kept_for = herald::things_kept_for;
};

// All promises over one disk and one committer, so that what belongs together is durable together.
class Store {
 public:
  virtual ~Store() = default;
  virtual MessageLog& messages() = 0;
  virtual RegistryStorage& registry() = 0;
  virtual ThingHistory& things() = 0;
  // Any thread.
  virtual const CommitCounts& commits() const = 0;
  // A store of its own in a folder that does not exist yet: with all that was answered by now. Any
  // thread, which it blocks. Errors: refused (a store in memory), failed.
  virtual Result<void> copy_to(const std::filesystem::path& folder) = 0;
  // What of it was found damaged. Any thread.
  virtual Damage damage() const = 0;
  // Whether a message would be taken now: not while the disk is failing, stalled or nearly full.
  virtual bool accepts() const = 0;
};

// RocksDB in `folder`, which is made when it is missing; one process at a time. `ids` gives each
// message its id and is moved above every id and the high-water mark that are stored; `clock` goes
// on from where it was, should the wall clock be behind that. With another key than it was sealed
// with it stays closed and as it is. What is damaged is left out, and damage() says what. Errors:
// failed, malformed, those of `key`.
Result<std::unique_ptr<Store>> open_rocks_store(const std::filesystem::path& folder, Clock& clock,
                                                IdGenerator& ids, const SealingKey& key,
                                                const StoreLimits& limits = {});

// Seals every secret of a closed store with another key: what `adopt` makes the key of the next
// start, when both open the store. It may stop anywhere: the next open finishes it for the key that
// it comes with. `progress` hears how many records were gone through. Errors: failed, malformed,
// those of `key` and `adopt`.
Result<void> reseal_rocks_store(const std::filesystem::path& folder, const Clock& clock,
                                const SealingKey& key, const std::string& next,
                                const std::function<Result<void>()>& adopt,
                                const std::function<void(std::size_t records)>& progress);

// Reads every record of a closed store and holds them against each other; changes nothing. Errors:
// failed, malformed, those of `key`.
Result<Verification> verify_rocks_store(const std::filesystem::path& folder, const Clock& clock,
                                        const SealingKey& key,
                                        const std::function<void(std::size_t records)>& progress);

// In memory, gone with the object, sealed with a key of its own: for tests.
std::unique_ptr<Store> make_memory_store(Clock& clock, IdGenerator& ids,
                                         const StoreLimits& limits = {});

}  // namespace herald
