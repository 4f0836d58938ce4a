#include <utility>

#include "store/disk_store.h"
#include "store/rocks_disk.h"

namespace herald {

Result<std::unique_ptr<Store>> open_rocks_store(const std::filesystem::path& folder,
                                                const Clock& clock, IdGenerator& ids,
                                                const StoreLimits& limits) {
  auto disk = open_rocks_disk(folder, clock);
  if (!disk) return tl::unexpected(disk.error());
  return open_store(std::move(*disk), clock, ids, limits);
}

}  // namespace herald
