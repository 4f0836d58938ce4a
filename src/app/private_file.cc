#include "app/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace herald::app {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// What was made or renamed in the directory is there after a crash.
bool sync_directory(const fs::path& path) {
  const net::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder && ::fsync(folder.get()) == 0;
}

}  // namespace

tl::unexpected<Error> file_failure(const fs::path& path) {
  return fail(Code::failed, path.string() + ": " + std::generic_category().message(errno));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<void> make_directory(const fs::path& path, Readers readers) {
  // "data/" is "data".
  const fs::path folder = path.has_filename() ? path : path.parent_path();
  std::error_code error;
  fs::create_directories(folder_of(folder), error);
  if (error) return fail(Code::failed, folder_of(folder).string() + ": " + error.message());
  if (::mkdir(folder.c_str(), readers == Readers::owner ? 0700 : 0755) != 0) {
    if (errno == EEXIST) return {};
    return file_failure(folder);
  }
  if (!sync_directory(folder_of(folder))) return file_failure(folder);
  return {};
}

Result<void> write_file(const fs::path& path, std::string_view bytes, Readers readers) {
  fs::path temporary = path;
  temporary += ".new";
  ::unlink(temporary.c_str());  // Left by a crash.
  const net::Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                    readers == Readers::owner ? 0600 : 0644));
  if (!file) return file_failure(temporary);
  if (!write_all(file.get(), bytes) || ::fsync(file.get()) != 0 ||
      ::rename(temporary.c_str(), path.c_str()) != 0 || !sync_directory(folder_of(path))) {
    auto failed = file_failure(path);
    ::unlink(temporary.c_str());
    return failed;
  }
  return {};
}

Result<net::Descriptor> new_private_file(const fs::path& path, Existing existing) {
  // One that is there may be open to others, and stay so.
  if (existing == Existing::replaced) ::unlink(path.c_str());
  net::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return file_failure(path);
  return file;
}

Result<void> write_to(const net::Descriptor& file, std::string_view bytes) {
  if (!write_all(file.get(), bytes)) {
    return fail(Code::failed, std::generic_category().message(errno));
  }
  return {};
}

}  // namespace herald::app
