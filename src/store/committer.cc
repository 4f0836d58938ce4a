#include "store/committer.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <ranges>
#include <string>
#include <utility>

#include "base/log.h"
#include "store/schema.h"

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
// Changes of one round that messages have to wait for. One call's changes are never divided.
constexpr std::size_t slice_changes = 1000;

}  // namespace

Result<std::unique_ptr<Committer>> Committer::start(Disk& disk, const schema::Keyring& keys,
                                                    Inbox& inbox, Clock& clock, IdGenerator& ids) {
  std::unique_ptr<Committer> committer(new Committer(disk, keys, inbox, clock, ids));
  if (auto opened = committer->open(); !opened) return tl::unexpected(opened.error());
  committer->thread_ = std::thread(&Committer::run, committer.get());
  return committer;
}

Committer::Committer(Disk& disk, const schema::Keyring& keys, Inbox& inbox, Clock& clock,
                     IdGenerator& ids)
    : disk_(disk), keys_(keys), inbox_(inbox), clock_(clock), ids_(ids), batch_(disk.new_batch()) {}

Committer::~Committer() {
  inbox_.close();
  if (thread_.joinable()) thread_.join();
}

Result<void> Committer::open() {
  // A stored number; zero in a new store.
  const auto number = [](const Result<std::string>& stored) -> Result<std::uint64_t> {
    if (stored) return schema::read_number(*stored);
    if (stored.error().code == Code::absent) return 0;
    return tl::unexpected(stored.error());
  };
  const auto batches = number(disk_.get(Family::meta, schema::batch_key));
  const auto high_water = number(disk_.get(Family::meta, schema::high_water_key));
  const auto clock = number(disk_.get(Family::meta, schema::clock_key));
  const auto last_id = number(disk_.last_key(Family::messages));
  const auto in_doubt = disk_.note();
  for (const auto& read : {batches, high_water, clock, last_id}) {
    if (!read) return tl::unexpected(read.error());
  }
  if (!in_doubt) return tl::unexpected(in_doubt.error());
  batches_ = *batches;
  clock_.not_before(time_of(static_cast<std::int64_t>(*clock)));
  ids_.never_below(std::max(*high_water, *last_id));
  put_high_water(high_water_ahead);
  erase_before(Family::nonces, schema::first_nonce_key(clock_.now()));
  erase_in_doubt(*in_doubt);
  if (auto written = write(/*sync=*/true); !written) return written;
  return in_doubt->empty() ? Result<void>() : disk_.keep_note({});
}

void Committer::run() {
  for (bool last = false; !last || !writes_.empty();) {
    Work work = inbox_.take(wake_at());
    last = work.last;
    commit(std::move(work));
  }
  if (!has_failed()) close();
}

// Folds everything, and moves the high-water mark down to what was really given.
void Committer::close() {
  batch_->clear();
  open_.fold(*batch_);
  put_high_water(Milliseconds(0));
  if (auto written = write(/*sync=*/true); !written) give_up(written.error());
}

Committer::Steady::time_point Committer::wake_at() const {
  if (!writes_.empty()) return retry_at_;
  const auto fold_due = open_.changed() ? next_fold_ : Steady::time_point::max();
  return std::max(retry_at_, std::min({fold_due, next_high_water_, sync_due_}));
}

void Committer::commit(Work work) {
  note(work);
  std::vector<Write> writes = next_writes();
  const bool flush = std::ranges::any_of(writes, &Write::flush);
  const auto now = Steady::now();
  const bool fold = open_.changed() && (flush || work.sweep || now >= next_fold_);

  batch_->clear();
  for (Append& append : work.appends) {
    append.message->id = {ids_.next()};
    put(*append.message);
    put(append.riders);
  }
  for (const Write& write : writes) put(write.changes);
  if (fold) open_.fold(*batch_);
  if (work.sweep) forget(*work.sweep);
  if (now >= next_high_water_) put_high_water(high_water_ahead);

  const auto waits = [](const Write& write) { return static_cast<bool>(write.done); };
  const bool sync = !work.appends.empty() || std::ranges::any_of(writes, waits) || now >= sync_due_;
  const Result<void> written = has_failed() ? fail(Code::refused, "the store failed") : write(sync);
  const std::size_t shared = work.appends.size() + writes.size();
  if (written && shared > 0) counts_.size.observe(static_cast<std::int64_t>(shared));
  if (written && fold) {
    open_.folded();
    next_fold_ = now + fold_interval;
  }
  if (!written && written.error().code != Code::refused) note_in_doubt(work.appends);
  inbox_.appends_settled();
  settle(work.appends, written);
  settle(writes, written);
}

void Committer::note(Work& work) {
  for (const Replayed& message : work.replayed) open_.add(*message.head, message.receipts);
  for (const ReceiptOf& receipt : work.receipts) open_.apply(receipt);
  if (work.sweep) open_.expire(*work.sweep);
  for (Question& question : work.questions) question.answer(open_.receipts_of(question.message));
  std::ranges::move(work.writes, std::back_inserter(writes_));
}

Result<void> Committer::write(bool sync) {
  if (batch_->empty() && !sync) return {};
  Result<void> written;
  const auto now = Steady::now();
  if (!batch_->empty()) {
    batch_->put(Family::meta, schema::batch_key, schema::number(batches_ + 1));
    written = disk_.write(*batch_, sync);
    if (written) ++batches_;
    if (written && !sync) sync_due_ = std::min(sync_due_, now + sync_after);
  } else {
    written = disk_.sync();
  }
  counts_.duration.observe(std::chrono::nanoseconds(Steady::now() - now).count());
  if (!written) (written.error().code == Code::refused ? counts_.refused : counts_.failed).add();
  if (written && sync) sync_due_ = Steady::time_point::max();
  if (!written && written.error().code == Code::refused) retry_at_ = now + Inbox::patience;
  if (!written && written.error().code != Code::refused) give_up(written.error());
  return written;
}

void Committer::give_up(const Error& error) {
  log::error("the store failed and takes nothing more until it is opened again: {}", error.detail);
  counts_.accepts = false;
  inbox_.close();
}

// Before their callers are answered. The disk may fail here as well: then they may come back.
void Committer::note_in_doubt(std::span<const Append> appends) {
  if (appends.empty()) return;
  std::string note;
  for (const Append& append : appends) note += fmt::format("{}\n", append.message->id.value);
  if (auto kept = disk_.keep_note(note); !kept) {
    log::error("{} messages whose callers are told that they failed may be delivered: {}",
               appends.size(), kept.error().detail);
  }
}

void Committer::settle(std::span<Append> appends, const Result<void>& written) {
  for (Append& append : appends) {
    if (!written) {
      append.done(tl::unexpected(written.error()));
      continue;
    }
    SharedMessage message = std::move(append.message);
    open_.add(*message);
    append.done(std::move(message));
  }
}

void Committer::settle(std::span<Write> writes, const Result<void>& written) {
  // What nobody waits for is tried again, before all that came later.
  for (Write& write : std::views::reverse(writes)) {
    if (!written && !has_failed() && !write.done) writes_.push_front(std::move(write));
  }
  for (Write& write : writes) {
    if (write.done) write.done(written);
  }
}

void Committer::put(const Message& message) {
  const std::string key = schema::key_of(message.id);
  batch_->put(Family::messages, key, schema::head_of(message));
  batch_->put(Family::open, key, {});
  batch_->put(Family::payloads, key, message.payload);
  if (!message.request_id.empty()) batch_->put(Family::requests, message.request_id, key);
}

void Committer::put(const Changes& changes) {
  for (const Change& change : changes) {
    const schema::Entry entry = schema::sealed_entry_of(change, keys_);
    if (entry.value) {
      batch_->put(entry.family, entry.key, *entry.value);
    } else {
      batch_->erase(entry.family, entry.key);
    }
  }
}

std::vector<Write> Committer::next_writes() {
  std::vector<Write> slice;
  for (std::size_t changes = 0; !writes_.empty() && changes < slice_changes; writes_.pop_front()) {
    changes += writes_.front().changes.size();
    slice.push_back(std::move(writes_.front()));
  }
  return slice;
}

void Committer::put_high_water(Milliseconds ahead) {
  const Time now = clock_.now();
  // Ahead of the clock and not of the last mark, or a crash in every minute would drive it away.
  const std::uint64_t mark = std::max(ids_.next(), first_id_at(now + ahead));
  batch_->put(Family::meta, schema::high_water_key, schema::number(mark));
  batch_->put(Family::meta, schema::clock_key,
              schema::number(static_cast<std::uint64_t>(millis(now))));
  next_high_water_ = Steady::now() + high_water_interval;
}

// The riders of these messages stay as they are found.
void Committer::erase_in_doubt(std::string_view note) {
  for (std::size_t end; (end = note.find('\n')) != note.npos; note.remove_prefix(end + 1)) {
    MessageId id;
    const auto [rest, error] = std::from_chars(note.data(), note.data() + end, id.value);
    if (error != std::errc() || rest != note.data() + end) continue;
    const std::string key = schema::key_of(id);
    const auto head = disk_.get(Family::messages, key).and_then([id](std::string_view value) {
      return schema::read_head(id, value);
    });
    if (head && !head->message.request_id.empty()) {
      batch_->erase(Family::requests, head->message.request_id);
    }
    batch_->erase(Family::messages, key);
    batch_->erase_single(Family::open, key);
    batch_->erase(Family::payloads, key);
    log::warning("message {} was in doubt and is no longer kept", log::message_id(id.value));
  }
}

// Whatever is so old has no recipient without an end state: see sweep().
void Committer::forget(Time now) {
  const std::string first_kept = schema::key_of(schema::first_kept(now));
  erase_before(Family::messages, first_kept);
  erase_before(Family::receipts, first_kept);
  erase_before(Family::nonces, schema::first_nonce_key(now));
}

void Committer::erase_before(Family family, std::string_view key) {
  bool any = false;
  const auto scanned = disk_.scan(family, {}, [&](std::string_view first, std::string_view) {
    any = first < key;
    return false;
  });
  if (!scanned) log::error("cannot look for what to forget: {}", scanned.error().detail);
  if (any) batch_->erase_range(family, {}, key);
}

}  // namespace herald
