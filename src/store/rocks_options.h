#pragma once

#include <rocksdb/options.h>

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "store/disk.h"

// How RocksDB is set up, with the reasons. Included by rocks_*.cc only.
namespace herald::rocks {

rocksdb::DBOptions database_options();

// The options of the families share what the database has once: the cache.
class FamilyOptions {
 public:
  FamilyOptions(const Clock& clock, std::chrono::days things_kept_for);
  rocksdb::ColumnFamilyOptions operator()(Family family) const;

 private:
  const Clock& clock_;
  const std::chrono::days things_kept_for_;
  std::shared_ptr<rocksdb::TableFactory> tables_;
};

}  // namespace herald::rocks
