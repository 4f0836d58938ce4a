#include "store/retention.h"

#include <utility>

#include "base/log.h"

namespace herald {
namespace {

// Of one round. Each range costs readers a little until the disk has rewritten what is in it.
constexpr std::size_t ranges_max = 1000;
constexpr std::size_t open_max = 50'000;

}  // namespace

// Whatever is so old has no recipient without an end state: MessageLog::sweep.
void Retention::forget(Time now, Disk::Batch& batch) {
  const std::string first_kept = schema::key_of(schema::first_kept(now));
  erase_before(Family::messages, first_kept, batch);
  erase_before(Family::receipts, first_kept, batch);
  forget_nonces(now, batch);
  if (std::exchange(passed_, false)) trimmed_ = {};
}

void Retention::forget_nonces(Time now, Disk::Batch& batch) const {
  erase_before(Family::nonces, schema::first_nonce_key(now), batch);
}

void Retention::erase_before(Family family, std::string_view key, Disk::Batch& batch) const {
  const auto first = disk_.first_key(family);
  if (!first && first.error().code != Code::absent) {
    log::error("cannot look for what to forget: {}", first.error().detail);
  }
  if (first && *first < key) batch.erase_range(family, {}, key);
}

// The disk frees the room later, so what is below the first that fits is never counted.
void Retention::trim(Disk::Batch& batch) {
  if (bytes_from(trimmed_) <= finished_bytes_max_) return;
  const MessageId end = first_that_fits();
  std::size_t ranges = 0;
  std::size_t left = open_max;
  const auto erase_up_to = [&](MessageId last) {
    if (trimmed_ < last) {
      const std::string first_key = schema::key_of(trimmed_);
      const std::string last_key = schema::key_of(last);
      batch.erase_range(Family::messages, first_key, last_key);
      batch.erase_range(Family::receipts, first_key, last_key);
      ++ranges;
    }
    trimmed_ = last;
  };
  const auto scanned = disk_.scan(Family::open, schema::key_of(trimmed_),
                                  [&](std::string_view key, std::string_view) {
                                    const auto open = schema::read_key(key);
                                    if (!open) return true;
                                    if (*open >= end) return false;
                                    erase_up_to(*open);
                                    trimmed_ = {open->value + 1};
                                    return ranges < ranges_max && --left > 0;
                                  });
  if (!scanned) return log::error("cannot look for open messages: {}", scanned.error().detail);
  if (ranges == ranges_max || left == 0) return;
  erase_up_to(end);
  passed_ = true;
}

std::uint64_t Retention::bytes_from(MessageId first) const {
  const std::string key = schema::key_of(first);
  return disk_.bytes_from(Family::messages, key) + disk_.bytes_from(Family::receipts, key);
}

// Found by halving: sizes of ranges come from the disk's indexes.
MessageId Retention::first_that_fits() const {
  const auto last = disk_.last_key(Family::messages).and_then(schema::read_key);
  if (!last) return trimmed_;
  std::uint64_t below = trimmed_.value;
  std::uint64_t fits = last->value;
  while (below + 1 < fits) {
    const std::uint64_t middle = below + (fits - below) / 2;
    (bytes_from({middle}) > finished_bytes_max_ ? below : fits) = middle;
  }
  return {fits};
}

}  // namespace herald
