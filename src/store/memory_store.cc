#include "store/disk_store.h"
#include "store/memory_disk.h"

namespace herald {

std::unique_ptr<Store> make_memory_store(const Clock& clock, IdGenerator& ids,
                                         const StoreLimits& limits) {
  return open_store(std::make_unique<MemoryDisk>(), clock, ids, limits).value();
}

}  // namespace herald
