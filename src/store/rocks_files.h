#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// The files of a closed store, through RocksDB's own view of the disk. Included by rocks_*.cc only.
namespace herald::rocks {

// In order. Error: failed.
Result<std::vector<std::string>> names_in(rocksdb::Env& env, const std::filesystem::path& folder);
// Of names like 000012.log; none: it is no such name.
std::optional<std::uint64_t> number_in(std::string_view name, std::string_view suffix);

// None: there is none, or it cannot be read.
std::optional<std::string> read_file(rocksdb::Env& env, const std::filesystem::path& file);
// Puts a new file in the place of the old one, which keeps its bytes under its other names. It is
// synced, and so is its name. Error: failed.
Result<void> replace_file(rocksdb::Env& env, const std::filesystem::path& file,
                          std::string_view bytes);
Result<void> sync_folder(rocksdb::Env& env, const std::filesystem::path& folder);

// A second folder with the same files, as they are now and whatever happens to them. Error: failed.
Result<void> copy_files(rocksdb::Env& env, const std::filesystem::path& from,
                        const std::filesystem::path& to);

}  // namespace herald::rocks
