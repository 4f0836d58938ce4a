#include "base/crypto.h"
#include "store/disk_store.h"
#include "store/memory_disk.h"

namespace herald {

std::unique_ptr<Store> make_memory_store(Clock& clock, IdGenerator& ids,
                                         const StoreLimits& limits) {
  return open_store(std::make_unique<MemoryDisk>(), random_bytes(32), clock, ids, limits).value();
}

}  // namespace herald
