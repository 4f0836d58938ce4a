#pragma once

#include <memory>

#include "store/disk.h"
#include "store/store.h"

namespace herald {

// The store on any disk: what open_rocks_store and make_memory_store share. Errors: failed;
// malformed, also when a newer version wrote the disk.
Result<std::unique_ptr<Store>> open_store(std::unique_ptr<Disk> disk, const Clock& clock,
                                          IdGenerator& ids, const StoreLimits& limits);

}  // namespace herald
