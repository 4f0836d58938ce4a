#pragma once

#include <rocksdb/db.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "store/disk.h"

// Included by rocks_*.cc only.
namespace herald::rocks {

using Handles = std::array<rocksdb::ColumnFamilyHandle*, family_names.size()>;

// `salvage` reads what can be read, whatever is damaged.
enum class Access : std::uint8_t { read_and_write, read_only, salvage };

tl::unexpected<Error> failed(const rocksdb::Status& status);

// RocksDB from one opening to its close. It does not repair itself after an error that stops its
// writes: what its files hold by then is found out by opening them anew.
class Database {
 public:
  struct Opening {
    std::filesystem::path folder;
    const Clock& clock;
    std::chrono::days things_kept_for;  // What devices reported.
    rocksdb::Env* env = nullptr;
    Access access = Access::read_and_write;
    // The batch with this number is left out, for good: every log is read into tables here and is
    // not read again.
    std::optional<std::uint64_t> disowned;
  };
  // What is only read may lack families, which are null then: an older version wrote it. Errors:
  // failed, malformed.
  static Result<std::unique_ptr<Database>> open(const Opening& opening);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB* operator->() const { return database_.get(); }
  const Handles& handles() const { return handles_; }
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_.at(static_cast<std::size_t>(family));
  }
  // Any thread.
  bool is_sound() const;
  // Whether the reason is that something cannot be read.
  bool is_damaged() const;

 private:
  class Watch;

  Database(std::unique_ptr<rocksdb::DB> database, const Handles& handles,
           std::shared_ptr<const Watch> watch);

  std::unique_ptr<rocksdb::DB> database_;
  Handles handles_;
  std::shared_ptr<const Watch> watch_;
};

}  // namespace herald::rocks
