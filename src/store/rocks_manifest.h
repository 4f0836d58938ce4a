#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

// CURRENT and the manifest of a closed store, and their twins. Included by rocks_*.cc only.
namespace herald::rocks {

struct FoundManifest {
  std::filesystem::path file;  // Empty: there is no store yet.
  std::string bytes;           // All that is sound of it.
  std::vector<std::string> descriptions;

  bool is_damaged() const { return !descriptions.empty(); }
};

// Errors: failed; malformed: nothing says which tables there are.
Result<FoundManifest> read_manifest(rocksdb::Env& env, const std::filesystem::path& folder);
// Writes both anew, and their twins. Error: failed.
Result<void> mend_manifest(rocksdb::Env& env, const FoundManifest& found);

// A table as the manifest knows it.
struct Table {
  std::uint32_t family = 0;
  int level = 0;
  std::uint64_t number = 0;
};
// Lets the manifest forget tables. Errors: failed, malformed.
Result<void> strike(rocksdb::Env& env, const std::filesystem::path& folder,
                    std::span<const Table> tables);

}  // namespace herald::rocks
