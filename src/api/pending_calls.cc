#include "api/pending_calls.h"

#include <atomic>
#include <utility>

namespace herald::api {

struct PendingCalls::Call {
  Time overdue_at;
  Done<Reply> respond;
  std::atomic<bool> answered = false;

  void answer(Result<Reply> reply) {
    if (!answered.exchange(true)) std::exchange(respond, nullptr)(std::move(reply));
  }
};

Done<Reply> PendingCalls::begin(Time now, Done<Reply> answer) {
  auto call = std::make_shared<Call>(now + patience_, std::move(answer));
  {
    const std::scoped_lock lock(mutex_);
    calls_.push_back(call);
  }
  return [call = std::move(call)](Result<Reply> reply) { call->answer(std::move(reply)); };
}

void PendingCalls::answer_overdue(Time now) {
  std::unique_lock lock(mutex_);
  while (!calls_.empty() && (calls_.front()->answered || calls_.front()->overdue_at <= now)) {
    const std::shared_ptr<Call> call = std::move(calls_.front());
    calls_.pop_front();
    lock.unlock();
    call->answer(fail(Code::unknown));
    lock.lock();
  }
}

}  // namespace herald::api
