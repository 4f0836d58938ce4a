#pragma once

#include <filesystem>

#include "base/result.h"
#include "store/store.h"

// Copies of data directories. One is a directory of the same form, readable by its owner only: the
// store as it was at one moment, the keys and certificates beside it, and `backup.json`, which is
// written last and without which it is none. Logs are not in it.
namespace herald::app {

// While the store is in use or not. `folder` does not exist yet. Errors: failed.
Result<void> back_up(Store& store, const std::filesystem::path& data,
                     const std::filesystem::path& folder);

// Makes a data directory from a backup, which stays as it is. `data` does not exist yet, or is
// empty. Errors: malformed (it is no backup), failed.
Result<void> restore(const std::filesystem::path& folder, const std::filesystem::path& data);

}  // namespace herald::app
