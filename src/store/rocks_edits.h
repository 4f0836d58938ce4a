#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Version edits, the records of RocksDB's manifest: each says which tables and blob files come and
// go, and which logs are in tables. An edit is a sequence of tags with values, numbers in it are
// varints: https://github.com/facebook/rocksdb/wiki/MANIFEST, db/version_edit.h of its sources.
// Included by rocks_*.cc only.
namespace herald::rocks {

// A table as the manifest knows it.
struct Table {
  std::uint32_t family = 0;
  int level = 0;
  std::uint64_t number = 0;
};

// The edit that forgets a table.
std::string forget(const Table& table);

// The first log that is not in tables as a whole. RocksDB deletes those before it whenever it comes
// to that, in any order, so of these some may be there, or be there again after a power cut. Zero,
// which is before all of them, where an edit is of a kind that is not known here.
std::uint64_t first_needed_log(std::string_view manifest);

}  // namespace herald::rocks
