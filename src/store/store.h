#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "store/message_log.h"
#include "store/registry_storage.h"

namespace herald {

struct StoreLimits {
  // Appends that wait for the disk: above either bound new ones are refused.
  std::size_t waiting_bytes_max = 64 * limits::MiB;
  Milliseconds waiting_time_max{1000};
};

// Both promises over one disk and one committer, so that what belongs together is durable together.
class Store {
 public:
  virtual ~Store() = default;
  virtual MessageLog& messages() = 0;
  virtual RegistryStorage& registry() = 0;
};

// RocksDB in `folder`, which is made when it is missing; one process at a time. `ids` gives each
// message its id and is moved above every id and the high-water mark that are stored.
Result<std::unique_ptr<Store>> open_rocks_store(const std::filesystem::path& folder,
                                                const Clock& clock, IdGenerator& ids,
                                                const StoreLimits& limits = {});

// In memory, gone with the object: for tests.
std::unique_ptr<Store> make_memory_store(const Clock& clock, IdGenerator& ids,
                                         const StoreLimits& limits = {});

}  // namespace herald
