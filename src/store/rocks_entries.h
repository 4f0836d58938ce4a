#pragma once

#include <rocksdb/iterator.h>

#include <memory>
#include <string_view>

#include "store/family.h"
#include "store/rocks_database.h"

// Included by rocks_*.cc only.
namespace herald::rocks {

// The entries of a family in order, until one cannot be read. The database outlives them. One
// thread.
//
// An iterator of RocksDB before 8.5.3 that honours erased ranges can take a table that it cannot
// read for the end of the table's level, and goes on without what lies behind:
// https://github.com/facebook/rocksdb/pull/11782. One that ignores them hears of the error. So
// where ranges are erased such a one goes along, also over what is erased and not yet rewritten.
class Entries {
 public:
  Entries(const Database& database, Family family);

  // To the first one from this key on, or to the last one before it.
  void seek(std::string_view first);
  void seek_before(std::string_view key);
  void next();
  void back();

  bool valid() const { return entries_->Valid() && (!guard_ || guard_->status().ok()); }
  // Of a valid one, until the next step.
  rocksdb::Slice key() const { return entries_->key(); }
  rocksdb::Slice value() const { return entries_->value(); }
  // When none is valid: OK at the end, else why it cannot be read.
  rocksdb::Status status() const;

 private:
  void follow();
  void follow_back();

  std::unique_ptr<rocksdb::Iterator> entries_;
  std::unique_ptr<rocksdb::Iterator> guard_;  // Null where no range is ever erased.
};

}  // namespace herald::rocks
