#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

// RocksDB's log format, in which its write-ahead logs and its manifest are. A file consists of
// blocks of 32 KiB, a block of fragments
//
//   checksum (4 bytes, of what follows but the length), length (2), type (1), payload
//
// and of zeros where no header fits in any more; numbers are little-endian. A record is one
// fragment or several: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format.
// Included by rocks_*.cc only.
namespace herald::rocks {

constexpr std::size_t log_block = 32'768;

// Reads what is sound of a log, whatever lies between. A fragment that is damaged costs its record;
// where its length cannot be followed either, the rest of its block.
class LogReader {
 public:
  // Answers the next bytes, at most so many; fewer: the end.
  using Source = std::function<std::string(std::size_t bytes)>;
  explicit LogReader(Source source) : source_(std::move(source)) {}
  // Of a whole log.
  explicit LogReader(std::string_view bytes);

  // The next sound record, valid until the next call; none: the end.
  std::optional<std::string_view> next();
  // Whether anything unreadable lay between that record, or the end, and the one before it.
  bool skipped() const { return skipped_; }

 private:
  bool next_fragment(std::uint8_t& type, std::string_view& payload);
  bool load_block();

  Source source_;
  std::string block_;
  std::size_t at_ = 0;
  bool last_block_ = false;
  std::string record_;
  bool skipped_ = false;
};

// Makes a log.
class LogWriter {
 public:
  using Sink = std::function<void(std::string_view bytes)>;
  // `offset`: how long the log is already.
  explicit LogWriter(Sink sink, std::uint64_t offset = 0)
      : sink_(std::move(sink)), in_block_(offset % log_block) {}
  void add(std::string_view record);

 private:
  Sink sink_;
  std::size_t in_block_;
};

// Two copies of one log that were written in step: all that is sound in either, as far as there is
// no gap. What is damaged in both ends it.
std::string mend_log(std::string_view one, std::string_view other);

}  // namespace herald::rocks
