#include "store/committer.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <string>
#include <utility>
#include <variant>

#include "base/crypto.h"
#include "base/log.h"
#include "store/schema.h"
#include "store/schema_thing_history.h"

namespace herald {
namespace {

constexpr Milliseconds fold_interval{100};
// What nobody waits for has waited for a fold, or for company, before it is written; then the sync
// has to follow so that it is on the disk within a second.
constexpr Milliseconds sync_after{700};
// The mark is put this far ahead and moved this often, so the ids of messages that are not stored
// are not given again after a crash either.
constexpr std::chrono::seconds high_water_ahead{60};
constexpr std::chrono::seconds high_water_interval{30};
// How often the disk is asked whether it is sound and has space.
constexpr Milliseconds between_looks{1000};
// Changes of one round that messages have to wait for. One call's changes are never divided.
constexpr std::size_t slice_changes = 1000;

// Of QoS 0 only a token is kept, and of what was kept before only another way to find it.
bool is_kept(const Message& message) {
  return message.qos == Qos::at_least_once && !message.recipients.empty();
}

// A session is kept together with all receipts that came before it: a crash that forgot them would
// deliver to it what had been dropped for want of a session or its subscription.
bool needs_receipts(const Write& write) {
  const auto is_session = [](const Change& change) {
    const auto* record = std::get_if<Record>(&change);
    return record != nullptr && std::holds_alternative<KeptSession>(*record);
  };
  return write.flush || (write.done && std::ranges::any_of(write.changes, is_session));
}

}  // namespace

Result<std::unique_ptr<Committer>> Committer::start(Disk& disk, const schema::Keyring& keys,
                                                    Inbox& inbox, Clock& clock, IdGenerator& ids,
                                                    const StoreLimits& limits, Runs runs) {
  std::unique_ptr<Committer> committer(new Committer(disk, keys, inbox, clock, ids, limits));
  if (auto opened = committer->open(); !opened) return tl::unexpected(opened.error());
  if (runs == Runs::on_its_thread) {
    committer->thread_ = std::thread(&Committer::run, committer.get());
  }
  return committer;
}

Committer::Committer(Disk& disk, const schema::Keyring& keys, Inbox& inbox, Clock& clock,
                     IdGenerator& ids, const StoreLimits& limits)
    : disk_(disk),
      keys_(keys),
      inbox_(inbox),
      clock_(clock),
      ids_(ids),
      free_bytes_min_(limits.free_bytes_min),
      journal_(disk),
      tokens_(disk, clock),
      retention_(disk, limits.finished_bytes_max) {}

Committer::~Committer() {
  inbox_.close();
  if (thread_.joinable()) {
    thread_.join();
  } else if (is_open_) {
    run();
  }
}

Result<void> Committer::open() {
  // A stored number; zero in a new store.
  const auto number = [](const Result<std::string>& stored) -> Result<std::uint64_t> {
    if (stored) return schema::read_number(*stored);
    if (stored.error().code == Code::absent) return 0;
    return tl::unexpected(stored.error());
  };
  const auto high_water = number(disk_.get(Family::meta, schema::high_water_key));
  const auto clock = number(disk_.get(Family::meta, schema::clock_key));
  for (const auto& read : {high_water, clock}) {
    if (!read) return tl::unexpected(read.error());
  }
  // Where it cannot be read the mark has to do, which is above it.
  const auto last_id = number(disk_.last_key(Family::messages)).value_or(0);
  if (auto opened = journal_.open(); !opened) return opened;
  clock_.not_before(time_of(static_cast<std::int64_t>(*clock)));
  ids_.never_below(std::max(*high_water, last_id));
  look_at_free_space();
  const auto write_first = [this] {
    journal_.begin();
    put_high_water(high_water_ahead);
    retention_.forget_nonces(clock_.now(), batch());
    batch().erase(Family::meta, schema::inflight_key);
    return write(/*sync=*/true);
  };
  Result<void> written = write_first();
  // The disk's own threads may have met something damaged by then, which it mends when it opens.
  if (reopen_at_) {
    reopen();
    if (!reopen_at_) written = write_first();
  }
  is_open_ = written.has_value();
  return written;
}

void Committer::run() {
  while (turn()) {
  }
  close();
}

bool Committer::turn() {
  Work work = inbox_.take(wake_at());
  note(work);
  look_at_free_space();
  if (!reopen_at_ && journal_.has_failed()) begin_reopening({Code::failed, "it says so itself"});
  if (!reopen_at_) {
    commit(work);
    return !work.last || !writes_.empty();
  }
  refuse(work);
  if (work.last) return false;
  if (clock_.steady() >= *reopen_at_) reopen();
  return true;
}

// Writes everything, says what is in flight when that is known, and moves the high-water mark down
// to what was really given.
void Committer::close() {
  if (reopen_at_) reopen();
  if (!reopen_at_) {
    journal_.begin();
    for (const Write& write : writes_) put(write);
    open_.fold(batch());
    if (inflight_) {
      batch().put(Family::meta, schema::inflight_key, schema::inflight_record(*inflight_));
    }
    put_high_water(Milliseconds(0));
    if (write(/*sync=*/true)) return;
  }
  log::error("the store is closed without what came since its disk failed");
}

Steady::time_point Committer::wake_at() const {
  if (reopen_at_) return std::min(*reopen_at_, next_look_);
  if (!writes_.empty()) return retry_at_;
  const auto fold_due = open_.changed() ? next_fold_ : Steady::time_point::max();
  return std::max(retry_at_, std::min({fold_due, next_high_water_, sync_due_, next_look_}));
}

void Committer::commit(Work& work) {
  std::vector<Write> writes = next_writes();
  const bool asked = std::ranges::any_of(work.questions, [this](const Question& question) {
    return !open_.is_safe(question.message);
  });
  const bool flush = asked || std::ranges::any_of(writes, needs_receipts);
  const auto now = clock_.steady();
  const bool fold = open_.changed() && (flush || work.sweep || now >= next_fold_);

  journal_.begin();
  for (Append& append : work.appends) put(append);
  for (const Write& write : writes) put(write);
  if (fold) open_.fold(batch());
  if (work.sweep) retention_.forget(*work.sweep, batch());
  if (work.sweep || now >= next_high_water_) retention_.trim(batch());
  if (now >= next_high_water_) put_high_water(high_water_ahead);

  const auto waits = [](const Write& write) { return static_cast<bool>(write.done); };
  const bool sync =
      asked || !work.appends.empty() || std::ranges::any_of(writes, waits) || now >= sync_due_;
  const Result<void> written = write(sync);
  const std::size_t shared = work.appends.size() + writes.size();
  if (written && shared > 0) counts_.size.observe(static_cast<std::int64_t>(shared));
  if (written && fold) {
    open_.folded();
    next_fold_ = now + fold_interval;
  }
  if (written && sync) open_.synced();
  if (!written) next_high_water_ = {};
  tokens_.settled();
  inbox_.settled();
  settle(work.appends, written);
  settle(writes, written);
  answer(work.questions, written);
}

void Committer::note(Work& work) {
  for (const Replayed& message : work.replayed) open_.add(*message.head, message.receipts);
  for (const ReceiptOf& receipt : work.receipts) open_.apply(receipt);
  if (work.sweep) open_.expire(*work.sweep);
  std::ranges::move(work.writes, std::back_inserter(writes_));
  if (work.inflight) inflight_ = std::move(work.inflight);
}

Result<void> Committer::write(bool sync) {
  const bool empty = batch().empty();
  if (empty && !sync) return {};
  const auto now = clock_.steady();
  const Result<void> written = journal_.write(sync);
  counts_.duration.observe(std::chrono::nanoseconds(clock_.steady() - now).count());
  if (written) {
    sync_due_ = sync ? Steady::time_point::max() : std::min(sync_due_, now + sync_after);
  } else if (written.error().code == Code::refused) {
    counts_.refused.add();
    retry_at_ = now + Inbox::patience;
  } else {
    counts_.failed.add();
    begin_reopening(written.error());
  }
  return written;
}

void Committer::settle(std::span<Append> appends, const Result<void>& written) {
  for (Append& append : appends) {
    if (!written) {
      append.done(tl::unexpected(written.error()));
      continue;
    }
    if (append.earlier && !*append.earlier) {
      append.done(tl::unexpected(append.earlier->error()));
      continue;
    }
    SharedMessage message = std::move(append.message);
    if (is_kept(*message)) open_.add(*message);
    append.done(std::move(message));
  }
}

void Committer::settle(std::span<Write> writes, const Result<void>& written) {
  // What nobody waits for is tried again, before all that came later.
  for (Write& write : std::views::reverse(writes)) {
    if (!written && !write.done) writes_.push_front(std::move(write));
  }
  for (Write& write : writes) {
    if (write.done) write.done(written);
  }
}

// An end that is told stands: where the disk does not have it yet, a crash might take it back.
void Committer::answer(std::span<Question> questions, const Result<void>& written) {
  for (Question& question : questions) {
    if (written || open_.is_safe(question.message)) {
      question.answer(open_.receipts_of(question.message));
    } else {
      question.answer(tl::unexpected(written.error()));
    }
  }
}

// Answers all that somebody waits for; the rest stays.
void Committer::refuse(Work& work) {
  const Result<void> refused = fail(Code::refused, "the disk is being opened anew");
  inbox_.settled();
  settle(work.appends, refused);
  answer(work.questions, refused);
  std::deque<Write> stays;
  for (Write& write : writes_) {
    if (write.done) {
      write.done(refused);
    } else {
      stays.push_back(std::move(write));
    }
  }
  writes_ = std::move(stays);
  bound_what_waits();
}

void Committer::bound_what_waits() {
  std::size_t changes = 0;
  for (const Write& write : writes_) changes += write.size();
  while (changes > Inbox::soon_changes_max) {
    static log::Limited full;
    full.warning("changes that nobody waited for are given up: too many wait for the disk");
    changes -= writes_.front().size();
    writes_.pop_front();
  }
}

void Committer::look_at_free_space() {
  const auto now = clock_.steady();
  if (now < next_look_) return;
  next_look_ = now + between_looks;
  const auto free = disk_.free_bytes();
  if (!free) return;
  counts_.free = static_cast<std::int64_t>(*free);
  const Admission before = for_space_;
  for_space_ = *free >= free_bytes_min_       ? Admission::all
               : *free >= free_bytes_min_ / 2 ? Admission::changes
                                              : Admission::none;
  if (for_space_ == before) return;
  if (for_space_ == Admission::all) {
    log::warning("the disk has space again, and messages are taken");
  } else {
    log::error("the disk is nearly full, {} MiB are left: {} refused", *free / limits::MiB,
               for_space_ == Admission::none ? "all writes are" : "messages are");
  }
  admit();
}

void Committer::admit() { inbox_.admit(reopen_at_ ? Admission::none : for_space_); }

void Committer::begin_reopening(const Error& error) {
  log::error("the disk failed and is opened anew: {}", error.detail);
  reopen_at_ = backoff_.failed(clock_.steady());
  admit();
}

// What the next batches hold anyway is not written here: receipts, and what waits in writes_.
void Committer::reopen() {
  const auto reopened = journal_.reopen().and_then([this] {
    journal_.begin();
    put_high_water(high_water_ahead);
    return journal_.write(/*sync=*/true);
  });
  if (!reopened) {
    static log::Limited failing;
    failing.warning("the disk cannot be opened anew yet: {}", reopened.error().detail);
    reopen_at_ = backoff_.failed(clock_.steady());
    return;
  }
  log::warning("the disk was opened anew, and messages are taken");
  counts_.reopened.add();
  open_.synced();
  sync_due_ = Steady::time_point::max();
  reopen_at_.reset();
  admit();
}

// Gives the message its id: a new one, or that of the message which its token stands for already.
void Committer::put(Append& append) {
  Message& message = *append.message;
  put(append.riders);
  if (append.claim) {
    append.earlier = tokens_.find(*append.claim);
    if (append.earlier) return repeat(message, *append.earlier);
  }
  message.id = {ids_.next()};
  if (append.claim) tokens_.put(*append.claim, message.id, batch());
  if (is_kept(message)) put(message);
}

void Committer::put(const Message& message) {
  const std::string key = schema::key_of(message.id);
  batch().put(Family::messages, key, schema::head_of(message));
  batch().put(Family::open, key, {});
  batch().put(Family::payloads, key, message.payload);
  if (!message.request_id.empty()) batch().put(Family::requests, message.request_id, key);
}

// It was kept before: nobody is left to be reached, but it may be found by this call as well.
void Committer::repeat(Message& message, const Result<MessageId>& earlier) {
  if (!earlier) return;
  message.id = *earlier;
  message.recipients.clear();
  if (message.qos == Qos::at_least_once && !message.request_id.empty()) {
    batch().put(Family::requests, message.request_id, schema::key_of(message.id));
  }
}

void Committer::put(const Write& write) {
  put(write.changes);
  put(write.things);
}

void Committer::put(const Changes& changes) {
  for (const Change& change : changes) {
    const schema::Entry entry = schema::sealed_entry_of(change, keys_);
    if (entry.value) {
      batch().put(entry.family, entry.key, *entry.value);
    } else {
      batch().erase(entry.family, entry.key);
    }
    if (const auto* device = std::get_if<ErasedDevice>(&change)) forget_things_of(device->id);
  }
}

void Committer::put(const std::vector<ThingEntry>& things) {
  for (const ThingEntry& entry : things) {
    if (schema::has_history(entry.place.stream)) {
      batch().put(Family::things, schema::thing_key(entry), schema::thing_value(entry));
    }
    if (schema::has_latest(entry.place.stream)) {
      batch().put(Family::latest, schema::latest_key(entry), schema::latest_value(entry));
    }
  }
}

void Committer::forget_things_of(DeviceId device) {
  const std::string first = schema::things_of(device);
  const std::string last = schema::end_of(first);
  batch().erase_range(Family::things, first, last);
  batch().erase_range(Family::latest, first, last);
}

std::vector<Write> Committer::next_writes() {
  std::vector<Write> slice;
  for (std::size_t changes = 0; !writes_.empty() && changes < slice_changes; writes_.pop_front()) {
    changes += writes_.front().size();
    slice.push_back(std::move(writes_.front()));
  }
  return slice;
}

void Committer::put_high_water(Milliseconds ahead) {
  const Time now = clock_.now();
  // Ahead of the clock and not of the last mark, or a crash in every minute would drive it away.
  const std::uint64_t mark = std::max(ids_.next(), first_id_at(now + ahead));
  batch().put(Family::meta, schema::high_water_key, schema::number(mark));
  batch().put(Family::meta, schema::clock_key,
              schema::number(static_cast<std::uint64_t>(millis(now))));
  next_high_water_ = clock_.steady() + high_water_interval;
}

}  // namespace herald
