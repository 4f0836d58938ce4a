#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "store/disk.h"
#include "store/thing_history.h"

namespace rocksdb {
class Env;
}

namespace herald {

// RocksDB in a folder, which is made when it is missing. The clock tells what is too old to be
// kept, what devices reported after `kept_for`; tests give it an environment whose disk fails.
// Errors: failed, malformed.
Result<std::unique_ptr<Disk>> open_rocks_disk(const std::filesystem::path& folder,
                                              const Clock& clock, rocksdb::Env* env = nullptr,
                                              std::chrono::days kept_for = things_kept_for);

// The same to read a closed one as it is. Writing fails. Errors: failed, malformed.
Result<std::unique_ptr<Disk>> open_rocks_disk_to_read(const std::filesystem::path& folder,
                                                      const Clock& clock);

}  // namespace herald
