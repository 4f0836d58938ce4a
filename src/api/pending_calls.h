#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "api/answer.h"
#include "base/clock.h"
#include "base/result.h"

namespace herald::api {

// The calls that have begun and have no result yet. Each is answered once: with its result, or as
// `unknown` when that takes too long; what comes later goes nowhere. Any thread. The lock guards
// the list, which every call joins once: calls begin on all shards, and one thread looks for those
// that are overdue.
class PendingCalls {
 public:
  explicit PendingCalls(Milliseconds patience) : patience_(patience) {}

  // What the call is to be answered by; `answer` hears the first.
  Done<Reply> begin(Time now, Done<Reply> answer);
  void answer_overdue(Time now);

 private:
  struct Call;

  const Milliseconds patience_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Call>> calls_;  // The oldest first.
};

}  // namespace herald::api
