#include <utility>

#include "store/disk_store.h"
#include "store/resealing.h"
#include "store/rocks_disk.h"

namespace herald {
namespace {

// Errors: failed, malformed, those of `key`.
Result<std::string> key_for(const Disk& disk, const SealingKey& key) {
  const auto known = has_key(disk);
  if (!known) return tl::unexpected(known.error());
  return key(/*first=*/!*known);
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const std::filesystem::path& folder, Clock& clock,
                                                IdGenerator& ids, const SealingKey& key,
                                                const StoreLimits& limits) {
  auto disk = open_rocks_disk(folder, clock, nullptr, limits.things_kept_for);
  if (!disk) return tl::unexpected(disk.error());
  const auto bytes = key_for(**disk, key);
  if (!bytes) return tl::unexpected(bytes.error());
  return open_store(std::move(*disk), *bytes, clock, ids, limits);
}

Result<void> reseal_rocks_store(const std::filesystem::path& folder, const Clock& clock,
                                const SealingKey& key, const std::string& next,
                                const std::function<Result<void>()>& adopt,
                                const std::function<void(std::size_t records)>& progress) {
  const auto disk = open_rocks_disk(folder, clock);
  if (!disk) return tl::unexpected(disk.error());
  const auto bytes = key_for(**disk, key);
  if (!bytes) return tl::unexpected(bytes.error());
  return reseal(**disk, *bytes, next, adopt, progress);
}

Result<Verification> verify_rocks_store(const std::filesystem::path& folder, const Clock& clock,
                                        const SealingKey& key,
                                        const std::function<void(std::size_t records)>& progress) {
  const auto disk = open_rocks_disk_to_read(folder, clock);
  if (!disk) return tl::unexpected(disk.error());
  const auto bytes = key_for(**disk, key);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto keys = keys_of(**disk, *bytes);
  if (!keys) return tl::unexpected(keys.error());
  Verification found = verify(**disk, *keys, progress);
  const Damage damage = (*disk)->damage();
  found.problem_count += damage.descriptions.size();
  found.problems.insert(found.problems.begin(), damage.descriptions.begin(),
                        damage.descriptions.end());
  return found;
}

}  // namespace herald
