#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/message.h"
#include "model/records.h"
#include "store/client_tokens.h"
#include "store/store.h"
#include "store/thing_history.h"

namespace herald {

// What callers hand to the committer.
struct Append {
  std::unique_ptr<Message> message;
  Changes riders;
  Done<SharedMessage> done;
  std::optional<TokenClaim> claim{};
  // Set by the committer: the message that was kept for the same token before, or why there is
  // none.
  std::optional<Result<MessageId>> earlier{};
};
struct Write {
  Changes changes{};
  std::vector<ThingEntry> things{};
  Done<void> done{};   // Empty: nobody waits, so no sync is needed.
  bool flush = false;  // The receipts have to be on the disk as well.

  std::size_t size() const { return changes.size() + things.size(); }
};
struct Replayed {  // An open message from before the start.
  SharedMessage head;
  std::vector<Receipt> receipts;
};
struct Question {  // Answered once a crash would leave the message's receipts as they are.
  // Nothing when the message is not open: then the disk alone knows it.
  using Answer = std::optional<std::vector<Receipt>>;
  MessageId message;
  Done<Answer> answer;
};

struct Work {
  std::vector<Append> appends;
  std::vector<Write> writes;
  std::vector<Replayed> replayed;
  std::vector<ReceiptOf> receipts;
  std::vector<Question> questions;
  std::optional<Time> sweep;
  std::optional<std::vector<ReceiptOf>> inflight;  // At the end, when it is in order.
  bool last = false;                               // The inbox is closed: nothing comes after this.
};

// What is let in, with a word for those who are not.
enum class Admission : std::uint8_t {
  all,
  changes,  // No messages: the disk is nearly full.
  none,     // The disk is full, or failed and is being opened anew.
};

// Where the callers' threads meet the committer's. Its lock guards what waits and is held for a few
// pushes; posting to a shard would not do, since the committer sleeps in disk calls.
class Inbox {
 public:
  // How long that may wait for company which nobody waits for.
  static constexpr Milliseconds patience{100};
  // Changes that nobody waits for, while the disk does not follow: more are given up. They may be
  // lost in a crash, so also then.
  static constexpr std::size_t soon_changes_max = 100'000;

  Inbox(const Clock& clock, const StoreLimits& limits) : clock_(clock), limits_(limits) {}

  // Any thread. What cannot be taken is answered `refused` before these return.
  void append(Append append);
  void write(Write write);
  void replayed(Replayed replayed);
  void record(std::vector<ReceiptOf> receipts);
  void ask(Question question);
  void sweep(Time now);
  void inflight(std::vector<ReceiptOf> inflight);
  // Whether a message would be taken now.
  bool accepts() const;

  // The committer: refuses what somebody waits for and `admitted` leaves out, from now on.
  void admit(Admission admitted);
  // Refuses all that comes from now on; what waits is still taken.
  void close();

  // The committer: all that waits, at once when somebody waits for it, otherwise when it has waited
  // for `patience` or when `until` has come.
  Work take(Steady::time_point until);
  // When take() would have something that waits.
  Steady::time_point due() const;
  // What was in the last take() no longer waits for the disk.
  void settled();

 private:
  Steady::time_point soon() const { return clock_.steady() + patience; }
  // Why a message, or changes, cannot be taken; nothing if they can.
  const char* refusal_of_append() const;
  const char* refusal_of_write(bool flush) const;
  bool is_stalled() const;
  void somebody_waits();
  bool has_room_for(const Write& soon);
  // Runs `push` on what waits, which is to be taken at `due`. False when the inbox is closed, or
  // `push` says that nothing was put there.
  template <class Push>
  bool put(Steady::time_point due, Push push);

  const Clock& clock_;
  const StoreLimits limits_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Work work_;
  Admission admitted_ = Admission::all;
  Steady::time_point due_ = Steady::time_point::max();  // When to take what waits in work_.
  std::size_t waiting_bytes_ = 0;                       // Of appends, with those taken.
  std::size_t taken_bytes_ = 0;
  std::size_t soon_changes_ = 0;        // In work_, that nobody waits for.
  std::optional<Time> oldest_waiting_;  // When the first came in work_ that somebody waits for.
  std::optional<Time> oldest_taken_;
};

}  // namespace herald
