#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>
#include <string>
#include <string_view>

// Included by rocks_*.cc only.
namespace herald::rocks {

// What RocksDB needs to make sense of its other files: CURRENT, which names the manifest, and the
// manifest, which names the tables. Each has a twin beside it, with the same bytes.
bool has_twin(std::string_view file_name);
std::string twin_of(const std::string& path);

// The files of `base`, with twins for those that have one. A twin is given what its file has synced
// and nothing before, and is synced before the file goes on. So a power cut can tear the end of one
// of them and not of both, and what a twin has was synced. That it cannot be written is no error.
std::unique_ptr<rocksdb::Env> with_twins(rocksdb::Env& base);

}  // namespace herald::rocks
