#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "net/sockets.h"

namespace herald::app {

// A file of lines that only its owner may read. When it is full it becomes `<path>.1`, that one
// `.2`, and so on; the oldest is deleted. One thread.
class LogFile {
 public:
  // At most `files` of them with `bytes` each; what is longer has one of its own.
  LogFile(std::filesystem::path path, std::uint64_t bytes, std::size_t files)
      : path_(std::move(path)), bytes_max_(bytes), files_max_(files) {}

  std::uint64_t bytes_max() const { return bytes_max_; }

  // Opens it, new or to go on. Errors: failed (also when it is no plain file).
  Result<void> open();
  // Whole lines with their ends, all of them or none; opens the file when it is not. Errors:
  // failed.
  Result<void> write(std::string_view lines);
  // What was written is on the disk. Errors: failed.
  Result<void> sync();

 private:
  Result<void> rotate();

  const std::filesystem::path path_;
  const std::uint64_t bytes_max_;
  const std::size_t files_max_;
  net::Descriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace herald::app
