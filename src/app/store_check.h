#pragma once

#include <filesystem>

namespace herald::app {

// For commands: verifies the store of a data directory and prints what was found. Throws
// CLI::RuntimeError when anything is wrong.
void check_store(const std::filesystem::path& data, const std::filesystem::path& master_key_file);

}  // namespace herald::app
