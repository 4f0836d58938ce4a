#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "store/disk.h"

namespace herald {

// RocksDB in a folder, which is made when it is missing. The clock tells which RequestIds are too
// old to be kept. Errors: failed, malformed.
Result<std::unique_ptr<Disk>> open_rocks_disk(const std::filesystem::path& folder,
                                              const Clock& clock);

}  // namespace herald
