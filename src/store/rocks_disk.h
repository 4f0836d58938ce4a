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
// old to be kept; tests give it an environment whose disk fails. Errors: failed, malformed.
Result<std::unique_ptr<Disk>> open_rocks_disk(const std::filesystem::path& folder,
                                              const Clock& clock, rocksdb::Env* env = nullptr);

// The same to read a closed one as it is. Writing fails. Errors: failed, malformed.
Result<std::unique_ptr<Disk>> open_rocks_disk_to_read(const std::filesystem::path& folder,
                                                      const Clock& clock);

}  // namespace herald
