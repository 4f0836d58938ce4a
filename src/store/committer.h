#pragma once

#include <deque>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "model/ids.h"
#include "store/commit_counts.h"
#include "store/disk.h"
#include "store/inbox.h"
#include "store/open_messages.h"
#include "store/sealed.h"

namespace herald {

// The one thread that writes. It takes all that waits, writes it as one batch with one sync, and
// answers: while one sync runs, the next group gathers. It gives messages their ids, so ids,
// commits and answers have one order.
//
// After a write that failed, the inbox is closed and the thread ends: nobody knows what reached the
// disk until the store is opened again. The ids of the messages that were in it are noted beside
// the maps, so that the next start takes away what did: their callers were told that they failed.
class Committer {
 public:
  // Reads where the last one stopped; moves `ids` above all that are stored and
  // `clock` to where it has been. Errors: failed,
  // malformed.
  static Result<std::unique_ptr<Committer>> start(Disk& disk, const schema::Keyring& keys,
                                                  Inbox& inbox, Clock& clock, IdGenerator& ids);
  // Closes the inbox and commits what is in it.
  ~Committer();

  const CommitCounts& counts() const { return counts_; }

 private:
  using Steady = Inbox::Steady;

  Committer(Disk& disk, const schema::Keyring& keys, Inbox& inbox, Clock& clock, IdGenerator& ids);
  Result<void> open();
  bool has_failed() const { return !counts_.accepts; }
  void run();
  void close();
  Steady::time_point wake_at() const;

  // One round: takes note of what came, writes one batch, answers.
  void commit(Work work);
  void note(Work& work);
  Result<void> write(bool sync);
  void settle(std::span<Append> appends, const Result<void>& written);
  void settle(std::span<Write> writes, const Result<void>& written);
  void give_up(const Error& error);
  void note_in_doubt(std::span<const Append> appends);

  // What goes into the batch.
  void put(const Message& message);
  void put(const Changes& changes);
  std::vector<Write> next_writes();
  void put_high_water(Milliseconds ahead);
  void erase_in_doubt(std::string_view note);
  void forget(Time now);
  void erase_before(Family family, std::string_view key);

  Disk& disk_;
  const schema::Keyring& keys_;
  Inbox& inbox_;
  Clock& clock_;
  IdGenerator& ids_;

  std::unique_ptr<Disk::Batch> batch_;
  std::uint64_t batches_ = 0;  // Written since the store was made.
  OpenMessages open_;
  std::deque<Write> writes_;  // Wait for their slice.
  Steady::time_point next_fold_{};
  Steady::time_point next_high_water_{};
  Steady::time_point sync_due_ = Steady::time_point::max();
  Steady::time_point retry_at_{};  // The disk refused: nothing on our own account before.
  CommitCounts counts_;
  std::thread thread_;
};

}  // namespace herald
