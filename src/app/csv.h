#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

// Comma-separated values, RFC 4180.
namespace herald::app {

// Reads rows one by one, in bounded memory. Lines end with LF or CRLF, a byte order mark is passed
// over, and so are empty lines. One thread.
class CsvReader {
 public:
  static constexpr std::size_t row_bytes_max = 64 * limits::KiB;
  // The next piece of the text, of any size; an empty one at its end.
  using Source = std::function<Result<std::string>()>;

  explicit CsvReader(Source source) : source_(std::move(source)) {}

  struct Row {
    std::size_t line = 0;  // Where it begins, from 1.
    std::vector<std::string> fields;
    std::string fault;  // Why there are no fields; the next row begins on the next line.
  };
  // Nothing at the end. Errors: those of the source.
  Result<std::optional<Row>> next();

  // Of the text, up to here.
  std::size_t bytes() const { return bytes_; }

 private:
  enum class End : std::uint8_t { none, row, fault };
  End parse(Row& row, std::size_t& size) const;
  void advance(std::size_t size);
  // Drops the line up to its end, as far as it was read.
  void skip_line();
  Result<void> fill();

  Source source_;
  std::string text_;  // Read and not gone through from `at_` on.
  std::size_t at_ = 0;
  std::size_t bytes_ = 0;
  std::size_t line_ = 1;
  bool begun_ = false;
  bool ended_ = false;  // The source has no more.
  bool skipping_ = false;
};

// With its line end; fields are quoted where they have to be.
std::string csv_line(std::span<const std::string_view> fields);

}  // namespace herald::app
