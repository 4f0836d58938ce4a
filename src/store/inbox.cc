#include "store/inbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"

namespace herald {
namespace {

constexpr Steady::time_point at_once{};
constexpr const char* closed = "the store is closed";

}  // namespace

template <class Push>
bool Inbox::put(Steady::time_point due, Push push) {
  {
    const std::scoped_lock lock(mutex_);
    if (work_.last || !push(work_)) return false;
    if (due >= due_) return true;
    due_ = due;
  }
  // Without the lock, which the committer wants first of all.
  wake_.notify_one();
  return true;
}

void Inbox::append(Append append) {
  const char* refusal = closed;
  const bool taken = put(at_once, [&](Work& work) {
    refusal = refusal_of_append();
    if (refusal != nullptr) return false;
    waiting_bytes_ += memory_of(*append.message);
    somebody_waits();
    work.appends.push_back(std::move(append));
    return true;
  });
  if (!taken) append.done(fail(Code::refused, refusal));
}

void Inbox::write(Write write) {
  const char* refusal = closed;
  const bool taken = put(write.done ? at_once : soon(), [&](Work& work) {
    refusal = write.done ? refusal_of_write(write.flush) : nullptr;
    if (refusal != nullptr) return false;
    if (write.done) {
      somebody_waits();
    } else if (!has_room_for(write)) {
      return false;
    }
    work.writes.push_back(std::move(write));
    return true;
  });
  if (taken) return;
  if (write.done) return write.done(fail(Code::refused, refusal));
  static log::Limited full;
  full.warning("changes that nobody waited for are given up: {}",
               refusal != nullptr ? refusal : "too many wait for the disk");
}

const char* Inbox::refusal_of_append() const {
  if (admitted_ == Admission::changes) return "the disk is nearly full";
  if (waiting_bytes_ > limits_.waiting_bytes_max) return "too much waits for the disk";
  return refusal_of_write(/*flush=*/false);
}

const char* Inbox::refusal_of_write(bool flush) const {
  if (admitted_ == Admission::none) return "the disk is full, or is being opened anew";
  return is_stalled() && !flush ? "the disk is too slow" : nullptr;
}

bool Inbox::is_stalled() const {
  const auto oldest = oldest_taken_ ? oldest_taken_ : oldest_waiting_;
  return oldest && clock_.now() - *oldest > limits_.waiting_time_max;
}

bool Inbox::has_room_for(const Write& soon) {
  if (soon_changes_ + soon.size() > soon_changes_max) return false;
  soon_changes_ += soon.size();
  return true;
}

void Inbox::somebody_waits() {
  if (!oldest_waiting_) oldest_waiting_ = clock_.now();
}

bool Inbox::accepts() const {
  const std::scoped_lock lock(mutex_);
  return !work_.last && refusal_of_append() == nullptr;
}

void Inbox::admit(Admission admitted) {
  const std::scoped_lock lock(mutex_);
  admitted_ = admitted;
}

void Inbox::replayed(Replayed replayed) {
  put(soon(), [&](Work& work) {
    work.replayed.push_back(std::move(replayed));
    return true;
  });
}

void Inbox::record(std::vector<ReceiptOf> receipts) {
  put(soon(), [&](Work& work) {
    std::ranges::copy(receipts, std::back_inserter(work.receipts));
    return true;
  });
}

void Inbox::ask(Question question) {
  const bool open = put(at_once, [&](Work& work) {
    work.questions.push_back(std::move(question));
    return true;
  });
  if (!open) question.answer(fail(Code::refused, closed));
}

void Inbox::sweep(Time now) {
  put(at_once, [&](Work& work) {
    work.sweep = now;
    return true;
  });
}

void Inbox::inflight(std::vector<ReceiptOf> inflight) {
  put(at_once, [&](Work& work) {
    work.inflight = std::move(inflight);
    return true;
  });
}

void Inbox::close() {
  put(at_once, [](Work& work) { return work.last = true; });
}

Work Inbox::take(Steady::time_point until) {
  std::unique_lock lock(mutex_);
  while (clock_.steady() < std::min(due_, until)) wake_.wait_until(lock, std::min(due_, until));
  due_ = Steady::time_point::max();
  taken_bytes_ = waiting_bytes_;
  soon_changes_ = 0;
  oldest_taken_ = std::exchange(oldest_waiting_, std::nullopt);
  Work taken = std::exchange(work_, Work{});
  work_.last = taken.last;
  return taken;
}

Steady::time_point Inbox::due() const {
  const std::scoped_lock lock(mutex_);
  return due_;
}

void Inbox::settled() {
  const std::scoped_lock lock(mutex_);
  waiting_bytes_ -= taken_bytes_;
  taken_bytes_ = 0;
  oldest_taken_.reset();
}

}  // namespace herald
