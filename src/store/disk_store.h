#pragma once

#include <memory>
#include <string>

#include "store/disk.h"
#include "store/store.h"

namespace herald {

// The store on any disk, sealed with `key`: what open_rocks_store and make_memory_store share.
// Errors: failed; malformed, also when a newer version wrote the disk or another key sealed it.
Result<std::unique_ptr<Store>> open_store(std::unique_ptr<Disk> disk, const std::string& key,
                                          Clock& clock, IdGenerator& ids,
                                          const StoreLimits& limits);

}  // namespace herald
