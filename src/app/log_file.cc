#include "app/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/private_file.h"

namespace herald::app {

namespace fs = std::filesystem;

Result<void> LogFile::open() {
  file_ = net::Descriptor(
      ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0600));
  struct stat found{};
  if (!file_ || ::fstat(file_.get(), &found) != 0) return file_failure(path_);
  if (!S_ISREG(found.st_mode)) {
    file_ = {};
    return fail(Code::failed, path_.string() + " is not a plain file");
  }
  if (::fchmod(file_.get(), 0600) != 0) return file_failure(path_);
  size_ = static_cast<std::uint64_t>(found.st_size);
  char last = '\n';
  if (size_ > 0) (void)::pread(file_.get(), &last, 1, found.st_size - 1);
  // A crash cut the last line off.
  return last == '\n' ? Result<void>() : write("\n");
}

Result<void> LogFile::write(std::string_view lines) {
  if (!file_) {
    if (auto opened = open(); !opened) return opened;
  }
  if (size_ > 0 && size_ + lines.size() > bytes_max_) {
    if (auto rotated = rotate(); !rotated) return rotated;
  }
  if (!write_all(file_.get(), lines)) {
    auto failed = file_failure(path_);
    // Half a line would spoil the next one, too.
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) file_ = {};
    return failed;
  }
  size_ += lines.size();
  return {};
}

Result<void> LogFile::sync() {
  if (file_ && ::fdatasync(file_.get()) != 0) return file_failure(path_);
  return {};
}

Result<void> LogFile::rotate() {
  if (auto synced = sync(); !synced) return synced;
  const auto numbered = [this](std::size_t number) {
    return number == 0 ? path_ : fs::path(path_.string() + '.' + std::to_string(number));
  };
  std::error_code error;
  if (files_max_ == 1) fs::remove(path_, error);
  for (std::size_t number = files_max_ - 1; number > 0; --number) {
    const fs::path from = numbered(number - 1);
    if (!fs::exists(from, error)) continue;
    fs::rename(from, numbered(number), error);
    if (error) return fail(Code::failed, from.string() + ": " + error.message());
  }
  return open();
}

}  // namespace herald::app
