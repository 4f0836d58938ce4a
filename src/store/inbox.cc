#include "store/inbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace herald {
namespace {

constexpr Inbox::Steady::time_point at_once{};

Inbox::Steady::time_point soon() { return Inbox::Steady::now() + Inbox::patience; }

std::size_t bytes_of(const Message& message) {
  return sizeof(Message) + message.payload.size() + message.recipients.size() * sizeof(DeviceId);
}

}  // namespace

template <class Push>
bool Inbox::put(Steady::time_point due, Push push) {
  {
    const std::scoped_lock lock(mutex_);
    if (work_.last) return false;
    push(work_);
    if (due >= due_) return true;
    due_ = due;
  }
  // Without the lock, which the committer wants first of all.
  wake_.notify_one();
  return true;
}

void Inbox::append(Append append) {
  bool taken = false;
  const bool open = put(at_once, [&](Work& work) {
    if (overfull()) return;
    taken = true;
    waiting_bytes_ += bytes_of(*append.message);
    if (!oldest_waiting_) oldest_waiting_ = clock_.now();
    work.appends.push_back(std::move(append));
  });
  if (!taken) append.done(fail(Code::refused, open ? "too much waits" : "the store is closed"));
}

bool Inbox::overfull() const {
  if (waiting_bytes_ > limits_.waiting_bytes_max) return true;
  const auto oldest = oldest_taken_ ? oldest_taken_ : oldest_waiting_;
  return oldest && clock_.now() - *oldest > limits_.waiting_time_max;
}

void Inbox::write(Write write) {
  const auto due = write.done ? at_once : soon();
  const bool open = put(due, [&](Work& work) { work.writes.push_back(std::move(write)); });
  if (!open && write.done) write.done(fail(Code::refused, "the store is closed"));
}

void Inbox::replayed(Replayed replayed) {
  put(soon(), [&](Work& work) { work.replayed.push_back(std::move(replayed)); });
}

void Inbox::record(std::vector<ReceiptOf> receipts) {
  put(soon(), [&](Work& work) { std::ranges::copy(receipts, std::back_inserter(work.receipts)); });
}

void Inbox::ask(Question question) {
  const bool open =
      put(at_once, [&](Work& work) { work.questions.push_back(std::move(question)); });
  if (!open) question.answer(std::nullopt);
}

void Inbox::sweep(Time now) {
  put(at_once, [&](Work& work) { work.sweep = now; });
}

void Inbox::inflight(std::vector<ReceiptOf> inflight) {
  put(at_once, [&](Work& work) { work.inflight = std::move(inflight); });
}

void Inbox::close() {
  put(at_once, [](Work& work) { work.last = true; });
}

Work Inbox::take(Steady::time_point until) {
  std::unique_lock lock(mutex_);
  while (Steady::now() < std::min(due_, until)) wake_.wait_until(lock, std::min(due_, until));
  due_ = Steady::time_point::max();
  taken_bytes_ = waiting_bytes_;
  oldest_taken_ = std::exchange(oldest_waiting_, std::nullopt);
  Work taken = std::exchange(work_, Work{});
  work_.last = taken.last;
  return taken;
}

void Inbox::appends_settled() {
  const std::scoped_lock lock(mutex_);
  waiting_bytes_ -= taken_bytes_;
  taken_bytes_ = 0;
  oldest_taken_.reset();
}

}  // namespace herald
