#include "store/rocks_repair.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "store/rocks_files.h"
#include "store/rocks_logs.h"
#include "store/rocks_manifest.h"
#include "store/rocks_tables.h"
#include "store/schema.h"

namespace herald::rocks {
namespace {

namespace fs = std::filesystem;

constexpr std::array all_families = [] {
  std::array<Family, family_names.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Family>(i);
  return all;
}();
// What a start reads from end to end anyway, and cannot do without.
constexpr std::array read_at_start{Family::meta,     Family::open,   Family::sessions,
                                   Family::registry, Family::nonces, Family::secrets};

fs::path beside(const fs::path& folder, std::string_view suffix) {
  return folder.string() + std::string(suffix);
}
fs::path rebuilt_beside(const fs::path& folder) { return beside(folder, "-rebuilt"); }
fs::path replaced_beside(const fs::path& folder) { return beside(folder, "-replaced"); }

// Keys that begin with a number are shown as numbers, others as they are but for what is no letter.
std::string printable(Family family, const std::string& key) {
  const bool is_number = family == Family::messages || family == Family::open ||
                         family == Family::payloads || family == Family::receipts ||
                         family == Family::sessions || family == Family::secrets;
  if (is_number && key.size() >= 8) {
    return fmt::to_string(schema::read_number(std::string_view(key).substr(0, 8)).value_or(0));
  }
  std::string text;
  for (const char c : key) {
    const bool shows = c > ' ' && c < 0x7f;
    text += shows ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return text.empty() ? "the beginning" : text;
}

// No other process opens the store meanwhile.
class Lock {
 public:
  static Result<std::unique_ptr<Lock>> take(rocksdb::Env& env, const fs::path& folder) {
    rocksdb::FileLock* held = nullptr;
    const rocksdb::Status status = env.LockFile((folder / "LOCK").string(), &held);
    if (!status.ok()) return fail(Code::failed, status.ToString());
    return std::make_unique<Lock>(env, held);
  }
  Lock(rocksdb::Env& env, rocksdb::FileLock* held) : env_(env), held_(held) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { env_.UnlockFile(held_).PermitUncheckedError(); }

 private:
  rocksdb::Env& env_;
  rocksdb::FileLock* const held_;
};

// `rebuilt` takes the place of `folder`, which is gone then.
Result<void> replace_folder(const fs::path& folder, const fs::path& rebuilt) {
  std::error_code error;
  if (::renameat2(AT_FDCWD, rebuilt.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) {
    fs::remove_all(rebuilt, error);
    return {};
  }
  // Not every file system can exchange them at once.
  const fs::path replaced = replaced_beside(folder);
  fs::rename(folder, replaced, error);
  if (!error) fs::rename(rebuilt, folder, error);
  if (error) return fail(Code::failed, folder.string() + ": " + error.message());
  fs::remove_all(replaced, error);
  return {};
}

}  // namespace

void finish_rebuilding(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(replaced_beside(folder), error)) return;
  if (!fs::exists(folder, error)) fs::rename(rebuilt_beside(folder), folder, error);
  if (!error) fs::remove_all(replaced_beside(folder), error);
}

Result<std::unique_ptr<Database>> Repair::open(bool all_tables) {
  {
    std::unique_ptr<Lock> lock;
    if (may_change()) {
      auto taken = Lock::take(env_, opening_.folder);
      if (!taken) return tl::unexpected(std::move(taken.error()));
      lock = std::move(*taken);
    }
    if (auto mended = mend(); !mended) return tl::unexpected(std::move(mended.error()));
  }
  auto opened = Database::open(opening_);
  if (!may_change()) return opened;
  if (opened) {
    const bool looks_at_all = all_tables || damage_.count() > 0;
    const std::span<const Family> families =
        looks_at_all ? std::span<const Family>(all_families) : read_at_start;
    if (!check_tables(**opened, env_, opening_.folder, families).is_damaged()) return opened;
    opened->reset();
  } else {
    if (opened.error().code != Code::malformed) return opened;
    log::error("the store cannot be opened as it is: {}", opened.error().detail);
  }
  if (auto rebuilt = rebuild(); !rebuilt) return tl::unexpected(std::move(rebuilt.error()));
  return Database::open(opening_);
}

void Repair::give_up() {
  if (damage_.copy.empty() || changed_) return;
  std::error_code error;
  fs::remove_all(damage_.copy, error);
  damage_.copy.clear();
}

void Repair::describe(std::span<const std::string> descriptions) {
  damage_.descriptions.insert(damage_.descriptions.end(), descriptions.begin(), descriptions.end());
}

// What RocksDB reads while it opens.
Result<void> Repair::mend() {
  const auto synced = read_synced(env_, opening_.folder);
  mark_is_damaged_ = !synced;
  if (synced) synced_ = *synced;
  const auto manifest = read_manifest(env_, opening_.folder);
  if (!manifest) return tl::unexpected(manifest.error());
  const auto logs = read_logs(env_, opening_.folder, first_needed_log(manifest->bytes), synced_);
  if (!logs) return tl::unexpected(logs.error());
  if (!synced) damage_.descriptions.emplace_back("the mark of what was synced is damaged");
  describe(manifest->descriptions);
  describe(logs->descriptions);
  damage_.batches = logs->missing;
  if (!manifest->is_whole) {
    for (const Family family : all_families) damage_.keys.push_back({family, {}, {}});
  }
  if (!may_change()) return {};
  if (damage_.count() > 0) {
    if (auto kept = keep_files(); !kept) return kept;
    changed_ = true;
  }
  // What a power cut has torn needs no copy.
  if (manifest->is_to_be_mended()) {
    if (auto mended = mend_manifest(env_, *manifest); !mended) return mended;
  }
  return mend_logs(env_, *logs);
}

// Tables and blob files. What RocksDB keeps of a damaged one it would keep for good, and stop
// writing as soon as it has to read it; so all that can be read goes into a new store.
Result<void> Repair::rebuild() {
  auto lock = Lock::take(env_, opening_.folder);
  if (!lock) return tl::unexpected(std::move(lock.error()));
  Database::Opening salvage = opening_;
  salvage.access = Access::salvage;
  auto damaged = Database::open(salvage);
  if (!damaged) return tl::unexpected(std::move(damaged.error()));
  const FoundTables tables = check_tables(**damaged, env_, opening_.folder, all_families);
  if (!tables.is_damaged()) return {};
  if (auto kept = keep_files(); !kept) return kept;
  describe(tables.descriptions);
  if (!tables.unreadable.empty()) {
    damaged->reset();
    changed_ = true;
    if (auto struck = strike(env_, opening_.folder, tables.unreadable); !struck) return struck;
    damaged = Database::open(salvage);
    if (!damaged) return tl::unexpected(std::move(damaged.error()));
  }

  log::warning("all that can be read of the store is written anew");
  const fs::path folder = rebuilt_beside(opening_.folder);
  std::error_code error;
  fs::remove_all(folder, error);
  make_beside(opening_.folder, folder);
  Database::Opening making = opening_;
  making.folder = folder;
  making.disowned.reset();
  auto made = Database::open(making);
  if (!made) return tl::unexpected(std::move(made.error()));
  auto lost = copy_readable(**damaged, **made);
  if (!lost) return tl::unexpected(std::move(lost.error()));
  lost->insert(lost->end(), tables.unreadable_keys.begin(), tables.unreadable_keys.end());
  damage_.keys.insert(damage_.keys.end(), lost->begin(), lost->end());
  for (const Damage::Keys& keys : *lost) {
    damage_.descriptions.push_back(fmt::format(
        "records of '{}' from {} to {} are missing, or older than they should be",
        family_names.at(static_cast<std::size_t>(keys.family)), printable(keys.family, keys.first),
        keys.last.empty() ? "the end" : printable(keys.family, keys.last)));
  }
  made->reset();
  damaged->reset();
  lock->reset();
  return replace_folder(opening_.folder, folder);
}

Result<void> Repair::keep_files() {
  if (!damage_.copy.empty()) return {};
  const auto now = std::chrono::floor<std::chrono::seconds>(opening_.clock.wall());
  const std::string suffix = fmt::format("-damaged-{:%Y%m%d-%H%M%S}", now);
  fs::path copy = beside(opening_.folder, suffix);
  for (int i = 2; env_.FileExists(copy.string()).ok(); ++i) {
    copy = beside(opening_.folder, fmt::format("{}-{}", suffix, i));
  }
  if (auto copied = copy_files(env_, opening_.folder, copy); !copied) return copied;
  damage_.copy = copy;
  return {};
}

}  // namespace herald::rocks
