#pragma once

#include <rocksdb/env.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/rocks_edits.h"

// CURRENT and the manifest of a closed store, and their twins. Included by rocks_*.cc only.
namespace herald::rocks {

struct FoundManifest {
  std::filesystem::path file;  // Empty: there is no store yet.
  std::string bytes;           // All that is sound of it, from its beginning on.
  bool is_whole = true;        // Else tables may be missing that nothing else knows of.
  bool has_more = false;       // Bytes behind these: they have to go.
  std::vector<std::string> descriptions;

  bool is_damaged() const { return !descriptions.empty(); }
  bool is_to_be_mended() const { return is_damaged() || has_more; }
};

// Errors: failed; malformed: nothing says which tables there are.
Result<FoundManifest> read_manifest(rocksdb::Env& env, const std::filesystem::path& folder);
// Writes both anew, and their twins. Error: failed.
Result<void> mend_manifest(rocksdb::Env& env, const FoundManifest& found);

// Lets the manifest forget tables. Errors: failed, malformed.
Result<void> strike(rocksdb::Env& env, const std::filesystem::path& folder,
                    std::span<const Table> tables);

}  // namespace herald::rocks
