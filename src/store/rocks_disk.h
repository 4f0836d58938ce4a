#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "store/disk.h"

namespace rocksdb {
class Env;
}

namespace herald {

// RocksDB in a folder, which is made when it is missing. The clock tells which RequestIds are too
// old to be kept. `env` outlives the disk; tests put one whose files they can take away. Errors:
// failed, malformed.
Result<std::unique_ptr<Disk>> open_rocks_disk(const std::filesystem::path& folder,
                                              const Clock& clock, rocksdb::Env* env = nullptr);

}  // namespace herald
