#include "app/rejected_rows.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <vector>

#include "app/csv.h"
#include "app/device_rows.h"
#include "app/private_file.h"
#include "base/log.h"

namespace herald::app {

void RejectedRows::add(const boost::json::object& rejected) {
  // Enough to see what is wrong, and to find it.
  constexpr std::size_t said_max = 20;
  constexpr std::size_t at_once = 64 * limits::KiB;
  ++count_;
  const std::string line = std::to_string(rejected.at("Line").to_number<std::size_t>());
  const std::string reason(rejected.at("Reason").as_string());
  if (name_.empty() || count_ <= said_max) {
    fmt::print(stderr, "line {}: {}\n", line, log::printable(reason, 256));
  } else if (count_ == said_max + 1) {
    fmt::print(stderr, "more of them are in {}\n", name_);
  }
  if (name_.empty()) return;
  if (count_ == 1) {
    std::vector<std::string_view> heading(device_columns.begin(), device_columns.end());
    heading.insert(heading.end(), {"Line", "Reason"});
    unwritten_ = csv_line(heading);
  }
  std::vector<std::string_view> fields;
  for (const auto& field : rejected.at("Row").as_array()) fields.emplace_back(field.as_string());
  fields.insert(fields.end(), {line, reason});
  unwritten_ += csv_line(fields);
  if (unwritten_.size() >= at_once) write();
}

Result<void> RejectedRows::finish() {
  if (!unwritten_.empty()) write();
  return written_;
}

void RejectedRows::write() {
  if (!file_ && written_) {
    auto file = new_private_file(name_, Existing::replaced);
    if (file) file_ = std::move(*file);
    if (!file) written_ = tl::unexpected(std::move(file.error()));
  }
  if (written_) written_ = write_to(file_, unwritten_);
  if (!written_) return unwritten_.clear();
  unwritten_.clear();
}

}  // namespace herald::app
