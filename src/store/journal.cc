#include "store/journal.h"

#include <utility>

#include "base/log.h"
#include "store/schema.h"

namespace herald {

Result<void> Journal::open() {
  const auto batches = batches_on_disk();
  if (!batches) return tl::unexpected(batches.error());
  batches_ = *batches;
  return {};
}

Result<std::uint64_t> Journal::batches_on_disk() const {
  const auto stored = disk_.get(Family::meta, schema::batch_key);
  if (stored) return schema::read_number(*stored);
  if (stored.error().code == Code::absent) return 0;
  return tl::unexpected(stored.error());
}

Result<void> Journal::write(bool sync) {
  if (batch_->empty() && !sync) return {};
  Result<void> written;
  if (batch_->empty()) {
    written = disk_.sync();
  } else {
    batch_->put(Family::meta, schema::batch_key, schema::number(batches_ + 1));
    written = disk_.write(*batch_, sync);
  }
  if (!written) {
    if (written.error().code != Code::refused) disown_next();
    return written;
  }
  if (!batch_->empty()) {
    ++batches_;
    if (!sync) unsynced_.push_back(std::exchange(batch_, disk_.new_batch()));
  }
  if (sync) unsynced_.clear();
  return {};
}

// Before those are answered who wait for it. The disk may fail here as well.
void Journal::disown_next() {
  failed_ = true;
  if (auto noted = disk_.disown(batches_ + 1); !noted) {
    log::error("what failed comes back if the process is killed before the disk recovers: {}",
               noted.error().detail);
  }
}

Result<void> Journal::reopen() {
  // The disk may have failed on its own account; then no batch has.
  if (auto opened = disk_.reopen(); !opened) return opened;
  const auto found = batches_on_disk();
  if (!found) return tl::unexpected(found.error());
  const std::uint64_t synced = batches_ - unsynced_.size();
  if (*found < synced) {
    log::error("the disk has lost the batches {} to {}, which it had synced", *found + 1, synced);
  }
  for (std::size_t i = 0; i < unsynced_.size(); ++i) {
    if (synced + i < *found) continue;
    if (auto written = disk_.write(*unsynced_[i], /*sync=*/false); !written) return written;
  }
  failed_ = false;
  return {};
}

}  // namespace herald
