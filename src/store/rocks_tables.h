#pragma once

#include <rocksdb/env.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "store/damage.h"
#include "store/rocks_database.h"
#include "store/rocks_manifest.h"

// The tables and blob files of an open database. Included by rocks_*.cc only.
namespace herald::rocks {

struct FoundTables {
  std::vector<Table> unreadable;              // Not even their index can be read,
  std::vector<Damage::Keys> unreadable_keys;  // and these were in them.
  std::vector<std::string> descriptions;

  bool is_damaged() const { return !descriptions.empty(); }
};

// Holds every file of these families against the checksum that the manifest has of it. Takes as
// long as reading them.
FoundTables check_tables(const Database& database, rocksdb::Env& env,
                         const std::filesystem::path& folder, std::span<const Family> families);

// Writes all that can be read of one database into another, an empty one. What cannot, with
// whatever may be hidden behind it, is left out. Errors: failed: of writing.
Result<std::vector<Damage::Keys>> copy_readable(const Database& from, Database& to);

}  // namespace herald::rocks
