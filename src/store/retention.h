#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "store/disk.h"
#include "store/schema.h"

namespace herald {

// What is forgotten, and when. The committer's, which writes what is put into the batches here.
class Retention {
 public:
  Retention(const Disk& disk, std::uint64_t finished_bytes_max)
      : disk_(disk), finished_bytes_max_(finished_bytes_max) {}

  // What is too old. Has trim() begin again, since what was open when it came by may be finished.
  void forget(Time now, Disk::Batch& batch);
  void forget_nonces(Time now, Disk::Batch& batch) const;
  // Finished messages with their receipts, the oldest first, as far as all take more bytes than
  // they may. Open ones stay.
  void trim(Disk::Batch& batch);

 private:
  std::uint64_t bytes_from(MessageId first) const;
  MessageId first_that_fits() const;
  void erase_before(Family family, std::string_view key, Disk::Batch& batch) const;

  const Disk& disk_;
  const std::uint64_t finished_bytes_max_;
  MessageId trimmed_{};  // What was finished below it is gone.
  bool passed_ = false;  // trim() has come to its end.
};

}  // namespace herald
