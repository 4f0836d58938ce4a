#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.h"

// Included by rocks_*.cc only.
namespace herald::rocks {

// The file `synced` beside the tables: what tells the end of a log that was being written when the
// power went from one that is damaged. It is written after each sync and never synced itself: a
// kill does not lose it, and after a power cut it says less than it could.
//
//   number of the last batch that was in tables when the store was opened (8 bytes, big-endian),
//   number of the last batch that was synced (8 bytes), CRC-32C of both (4 bytes)
struct Synced {
  std::uint64_t opened = 0;
  std::uint64_t synced = 0;
};

// None: there is no such file. Error: malformed.
Result<std::optional<Synced>> read_synced(rocksdb::Env& env, const std::filesystem::path& folder);

class SyncedFile {
 public:
  // A new file in the place of the old. On a disk where bytes cannot be written anew there is none.
  // Error: failed.
  static Result<SyncedFile> make(rocksdb::Env& env, const std::filesystem::path& folder,
                                 std::uint64_t number);
  SyncedFile() = default;

  void set(std::uint64_t number);
  std::uint64_t number() const { return is_.synced; }

 private:
  Synced is_;
  std::unique_ptr<rocksdb::RandomRWFile> file_;
};

}  // namespace herald::rocks
