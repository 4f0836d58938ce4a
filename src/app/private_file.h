#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "net/sockets.h"

// Files that are not for everybody. Those of the data directory are there whole or not at all, also
// after a crash.
namespace herald::app {

enum class Readers : std::uint8_t { owner, all };

// Makes a directory that is not there, with its parents; one that is there stays as it is.
// Errors: failed.
Result<void> make_directory(const std::filesystem::path& path, Readers readers);

// Writes a file anew. What only its owner may read was never readable by others. Errors: failed.
Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, Readers readers);

// What errno says, about a file.
tl::unexpected<Error> file_failure(const std::filesystem::path& path);
// All of the bytes, or false with errno.
bool write_all(int fd, std::string_view bytes);
// A file that grows, which only its owner may read. Errors: failed, also where one is there that is
// kept.
enum class Existing : std::uint8_t { kept, replaced };
Result<net::Descriptor> new_private_file(const std::filesystem::path& path, Existing existing);
Result<void> write_to(const net::Descriptor& file, std::string_view bytes);

}  // namespace herald::app
