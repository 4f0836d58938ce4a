#include "store/rocks_entries.h"

namespace herald::rocks {

Entries::Entries(const Database& database, Family family) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;  // What is read from end to end is not read again soon.
  rocksdb::ReadOptions ignoring = options;
  ignoring.ignore_range_deletions = true;
  rocksdb::ColumnFamilyHandle* const handle = database.handle(family);
  if (erases_ranges(family)) {
    entries_.reset(database->NewIterator(options, handle));
    guard_.reset(database->NewIterator(ignoring, handle));
  } else {
    entries_.reset(database->NewIterator(ignoring, handle));
  }
}

void Entries::seek(std::string_view first) {
  entries_->Seek(first);
  if (!guard_) return;
  guard_->Seek(first);
  follow();
}

void Entries::seek_before(std::string_view key) {
  const auto seek = [key](rocksdb::Iterator& iterator) {
    iterator.SeekForPrev(key);
    if (iterator.Valid() && iterator.key() == rocksdb::Slice(key)) iterator.Prev();
  };
  seek(*entries_);
  if (!guard_) return;
  seek(*guard_);
  follow_back();
}

void Entries::next() {
  entries_->Next();
  follow();
}

void Entries::back() {
  entries_->Prev();
  follow_back();
}

rocksdb::Status Entries::status() const {
  return guard_ && !guard_->status().ok() ? guard_->status() : entries_->status();
}

void Entries::follow() {
  while (guard_ && guard_->Valid() &&
         (!entries_->Valid() || guard_->key().compare(entries_->key()) < 0)) {
    guard_->Next();
  }
}

void Entries::follow_back() {
  while (guard_ && guard_->Valid() &&
         (!entries_->Valid() || guard_->key().compare(entries_->key()) > 0)) {
    guard_->Prev();
  }
}

}  // namespace herald::rocks
