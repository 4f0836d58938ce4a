#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "base/result.h"
#include "net/sockets.h"

namespace herald::app {

// What becomes of the rows that an import refuses: each is said on standard error, unless there is
// a file for them, which is of the same format and can be imported when it is put right.
class RejectedRows {
 public:
  // The file is made with the first row, for its owner alone; empty: none.
  explicit RejectedRows(std::string file) : name_(std::move(file)) {}

  // `{"Line", "Reason", "Row": […]}`.
  void add(const boost::json::object& rejected);
  std::size_t count() const { return count_; }
  // Errors: failed (the file could not be written).
  Result<void> finish();

 private:
  std::string name_;
  net::Descriptor file_;
  std::string unwritten_;
  Result<void> written_;
  std::size_t count_ = 0;

  void write();
};

}  // namespace herald::app
