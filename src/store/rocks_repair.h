#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/clock.h"
#include "store/damage.h"
#include "store/rocks_database.h"
#include "store/rocks_synced.h"

// Included by rocks_*.cc only.
namespace herald::rocks {

// Opens a store that may be damaged: finds out what is, and makes of the rest a store that is
// sound. Before it changes anything it keeps all files as they are, in a folder beside the store's.
class Repair {
 public:
  // `env` without twins; the opening's has them.
  Repair(rocksdb::Env& env, Database::Opening opening) : env_(env), opening_(std::move(opening)) {}

  // With `all_tables` those are read which nothing else makes suspicious. What is opened to be read
  // stays as it is. Errors: failed; malformed: there is nothing to be made of it.
  Result<std::unique_ptr<Database>> open(bool all_tables);

  const Damage& damage() const { return damage_; }
  // Up to which batch all was synced at least.
  std::uint64_t synced() const { return synced_ ? synced_->synced : 0; }

 private:
  Result<void> mend();
  Result<void> rebuild();
  Result<void> keep_files();
  bool may_change() const { return opening_.access == Access::read_and_write; }
  void describe(std::span<const std::string> descriptions);

  rocksdb::Env& env_;
  Database::Opening opening_;
  std::optional<Synced> synced_;
  Damage damage_;
};

// When a rebuilt store was about to take the place of the damaged one, it does now.
void finish_rebuilding(const std::filesystem::path& folder);

}  // namespace herald::rocks
