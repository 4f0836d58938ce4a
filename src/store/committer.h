#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "model/ids.h"
#include "store/backoff.h"
#include "store/client_tokens.h"
#include "store/commit_counts.h"
#include "store/disk.h"
#include "store/inbox.h"
#include "store/journal.h"
#include "store/open_messages.h"
#include "store/retention.h"
#include "store/runs.h"
#include "store/sealed.h"

namespace herald {

// The one thread that writes. It takes all that waits, writes it as one batch with one sync, and
// answers: while one sync runs, the next group gathers. It gives messages their ids, so ids,
// commits and answers have one order.
//
// After a write that failed nobody knows what of it reached the disk. Those who wait for it are
// told so, and nothing is taken until the disk has been opened anew, without that write; this is
// tried for as long as it takes. What memory has and nobody waits for is written then: receipts,
// and what was to be written soon.
class Committer {
 public:
  // Reads where the last one stopped; moves `ids` above all that are stored and
  // `clock` to where it has been. Errors: failed,
  // malformed.
  static Result<std::unique_ptr<Committer>> start(Disk& disk, const schema::Keyring& keys,
                                                  Inbox& inbox, Clock& clock, IdGenerator& ids,
                                                  const StoreLimits& limits, Runs runs);
  // Closes the inbox and commits what is in it.
  ~Committer();

  // By hand: takes what waits, or waits for it until due(), writes one batch and answers. False:
  // the inbox is closed, and nothing is left.
  bool turn();
  Steady::time_point due() const { return std::min(inbox_.due(), wake_at()); }

  const CommitCounts& counts() const { return counts_; }

 private:
  Committer(Disk& disk, const schema::Keyring& keys, Inbox& inbox, Clock& clock, IdGenerator& ids,
            const StoreLimits& limits);
  Result<void> open();
  void run();
  void close();
  Steady::time_point wake_at() const;

  // One round: takes note of what came, writes one batch, answers.
  void note(Work& work);
  void commit(Work& work);
  Result<void> write(bool sync);
  void settle(std::span<Append> appends, const Result<void>& written);
  void settle(std::span<Write> writes, const Result<void>& written);
  void answer(std::span<Question> questions, const Result<void>& written);

  // Disk trouble.
  void refuse(Work& work);
  void bound_what_waits();
  void look_at_free_space();
  void admit();
  void begin_reopening(const Error& error);
  void reopen();

  // What goes into the batch.
  Disk::Batch& batch() { return journal_.batch(); }
  void put(Append& append);
  void put(const Message& message);
  void repeat(Message& message, const Result<MessageId>& earlier);
  void put(const Write& write);
  void put(const Changes& changes);
  void put(const std::vector<ThingEntry>& things);
  void forget_things_of(DeviceId device);
  std::vector<Write> next_writes();
  void put_high_water(Milliseconds ahead);

  Disk& disk_;
  const schema::Keyring& keys_;
  Inbox& inbox_;
  Clock& clock_;
  IdGenerator& ids_;
  const std::uint64_t free_bytes_min_;

  Journal journal_;
  ClientTokens tokens_;
  Retention retention_;
  OpenMessages open_;
  std::optional<std::vector<ReceiptOf>> inflight_;  // Told at an end in order.
  std::deque<Write> writes_;                        // Wait for their slice.
  Steady::time_point next_fold_{};
  Steady::time_point next_high_water_{};
  Steady::time_point sync_due_ = Steady::time_point::max();
  Steady::time_point retry_at_{};  // The disk refused: nothing on our own account before.
  Steady::time_point next_look_{};
  Admission for_space_ = Admission::all;
  Backoff backoff_;
  std::optional<Steady::time_point> reopen_at_;  // The disk failed, and is to be opened anew.
  CommitCounts counts_;
  bool is_open_ = false;
  std::thread thread_;
};

}  // namespace herald
