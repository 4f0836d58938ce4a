#pragma once

#include <rocksdb/env.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/damage.h"
#include "store/rocks_synced.h"

// The write-ahead logs of a closed store, read by ourselves: RocksDB goes no further than to the
// first byte that is wrong. Included by rocks_*.cc only.
//
// Batches are numbered without a gap, so a gap in what is sound is what is missing. A gap up to a
// number that was synced is damage, and what lies behind it counts. A gap above all numbers that
// were synced is where a power cut ended the writing, which may well have spared a later part of
// what was under way: what lies behind it does not count, since batches survive in order.
namespace herald::rocks {

struct FoundLogs {
  struct Log {
    std::filesystem::path file;
    std::size_t records = 0;  // That count.
    bool is_sound = true;     // All that is in it counts and is read by RocksDB.
  };
  std::vector<Log> logs;
  std::vector<Damage::Batches> missing;
  std::vector<std::string> descriptions;

  bool is_damaged() const { return !descriptions.empty(); }
};

// Of the logs before `first_needed` nothing is read. Error: failed.
Result<FoundLogs> read_logs(rocksdb::Env& env, const std::filesystem::path& folder,
                            std::uint64_t first_needed, const std::optional<Synced>& synced);
// Writes the logs that are not sound anew, with the records that count. Error: failed.
Result<void> mend_logs(rocksdb::Env& env, const FoundLogs& found);

}  // namespace herald::rocks
