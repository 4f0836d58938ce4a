#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "store/disk.h"

namespace herald {

// The batches of the committer on their way to the disk: numbered without a gap, and held until a
// sync has made them safe, so that a disk that fails can be opened anew without losing any. A batch
// that failed is disowned: its number is given to the next. One thread.
class Journal {
 public:
  explicit Journal(Disk& disk) : disk_(disk), batch_(disk.new_batch()) {}

  // Goes on where the disk stopped. Errors: failed, malformed.
  Result<void> open();

  // What the next write() writes; begin() empties it.
  Disk::Batch& batch() { return *batch_; }
  void begin() { batch_->clear(); }

  // Not when the batch is empty and nothing is to be synced. Errors: refused (nothing was written);
  // failed (its batch will not be there, and nothing is written before reopen() has succeeded).
  Result<void> write(bool sync);
  bool has_failed() const { return failed_ || !disk_.is_sound(); }
  // Opens the disk anew, with all that was written and not disowned. Errors: failed.
  Result<void> reopen();

 private:
  Result<std::uint64_t> batches_on_disk() const;
  void disown_next();

  Disk& disk_;
  std::unique_ptr<Disk::Batch> batch_;
  std::uint64_t batches_ = 0;                           // Written since the store was made.
  std::vector<std::unique_ptr<Disk::Batch>> unsynced_;  // The last of them.
  bool failed_ = false;
};

}  // namespace herald
