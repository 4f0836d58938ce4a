#include "store/disk_store.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <optional>
#include <utility>

#include "base/log.h"
#include "store/committer.h"
#include "store/inbox.h"
#include "store/message_reader.h"
#include "store/read_ahead.h"
#include "store/resealing.h"
#include "store/schema.h"
#include "store/sealed.h"
#include "store/thing_reader.h"
#include "store/worker.h"

namespace herald {
namespace {

// Writes go through the inbox to the committer; reads run on the reader's thread.
class DiskStore final : public HandStore,
                        public MessageLog,
                        public RegistryStorage,
                        public ThingHistory {
 public:
  DiskStore(std::unique_ptr<Disk> disk, schema::Keyring keys, Clock& clock,
            const StoreLimits& limits, Runs runs)
      : clock_(clock),
        disk_(std::move(disk)),
        keys_(std::move(keys)),
        messages_(*disk_),
        things_(*disk_),
        limits_(limits),
        inbox_(clock, limits),
        runs_(runs),
        reader_(runs) {}

  Result<void> start(IdGenerator& ids) {
    if (auto read = read_inflight(); !read) return read;
    auto committer = Committer::start(*disk_, keys_, inbox_, clock_, ids, limits_, runs_);
    if (!committer) return tl::unexpected(committer.error());
    committer_ = std::move(*committer);
    return {};
  }

  MessageLog& messages() override { return *this; }
  RegistryStorage& registry() override { return *this; }
  ThingHistory& things() override { return *this; }
  const CommitCounts& commits() const override { return committer_->counts(); }
  Result<void> copy_to(const std::filesystem::path& folder) override {
    return disk_->copy_to(folder);
  }
  bool accepts() const override { return inbox_.accepts(); }
  Damage damage() const override {
    Damage found = disk_->damage();
    found.records += left_out_;
    return found;
  }

  Steady::time_point committer_due() const override { return committer_->due(); }
  void run_committer() override { committer_->turn(); }
  bool reader_waits() const override { return !reader_.is_idle(); }
  void run_reader() override { reader_.turn(); }

  void append(std::unique_ptr<Message> message, Changes riders, Done<SharedMessage> done) override {
    assert(!message->recipients.empty());
    inbox_.append({std::move(message), std::move(riders), std::move(done)});
  }

  void append_once(ClientToken token, std::unique_ptr<Message> message, Changes riders,
                   Done<SharedMessage> done) override {
    assert(!message->recipients.empty());
    TokenClaim claim = claim_of(token, *message);
    inbox_.append({std::move(message), std::move(riders), std::move(done), std::move(claim)});
  }

  void record(std::vector<ReceiptOf> receipts) override { inbox_.record(std::move(receipts)); }

  Result<void> replay(const MessageLog::Visitor& visit) override {
    const auto read = [&](const std::function<void(KeptMessage)>& give) {
      return messages_.each_open(
          give, [&](const Error& error) { leave_out("an unfinished message", error); });
    };
    return ReadAhead<KeptMessage>::each(read, [&](KeptMessage kept) {
      inbox_.replayed({kept.message, kept.receipts});
      for (RecipientIndex i = 0; i < kept.receipts.size(); ++i) {
        Outcome& outcome = kept.receipts[i].outcome;
        if (!is_final(outcome) && may_have_been_sent(kept.message->id, i)) {
          outcome = Outcome::inflight;
        }
      }
      visit(std::move(kept));
    });
  }

  void fetch(std::vector<MessageId> ids, Done<std::vector<SharedMessage>> done) override {
    reader_.post([this, ids = std::move(ids), done = std::move(done)]() mutable {
      done(messages_.fetch(ids));
    });
  }

  void find(MessageId id, Done<KeptMessage> done) override {
    inbox_.ask({id, [this, id, done = std::move(done)](auto open) mutable {
                  if (!open) return done(tl::unexpected(std::move(open.error())));
                  reader_.post(
                      [this, id, open = *std::move(open), done = std::move(done)]() mutable {
                        done(messages_.find(id, std::move(open)));
                      });
                }});
  }

  void find_request(std::string request_id, Done<KeptMessage> done) override {
    reader_.post([this, request_id = std::move(request_id), done = std::move(done)]() mutable {
      const auto id = messages_.find_request(request_id);
      if (!id) return done(tl::unexpected(id.error()));
      find(*id, std::move(done));
    });
  }

  void sweep(Time now) override { inbox_.sweep(now); }

  void flush(Done<void> done) override { inbox_.write({.done = std::move(done), .flush = true}); }

  void close(std::vector<ReceiptOf> inflight) override { inbox_.inflight(std::move(inflight)); }

  Result<void> load(const RegistryStorage::Visitor& visit) override {
    const auto read = [&](const RegistryStorage::Visitor& give) -> Result<void> {
      for (const Family family : {Family::registry, Family::sessions}) {
        if (auto loaded = load(family, {}, give); !loaded) return loaded;
      }
      return load(Family::nonces, schema::first_nonce_key(clock_.now()), give);
    };
    return ReadAhead<Record>::each(read, visit);
  }

  void write(Changes changes, Done<void> done) override {
    inbox_.write({.changes = std::move(changes), .done = std::move(done)});
  }

  void write_soon(Changes changes) override { inbox_.write({.changes = std::move(changes)}); }

  void keep(std::vector<ThingEntry> entries, Changes riders, Done<void> done) override {
    inbox_.write(
        {.changes = std::move(riders), .things = std::move(entries), .done = std::move(done)});
  }

  void keep_soon(std::vector<ThingEntry> entries) override {
    inbox_.write({.things = std::move(entries)});
  }

  void read(ThingRange range, Done<std::vector<ThingEntry>> done) const override {
    reader_.post([this, range = std::move(range), done = std::move(done)]() mutable {
      done(things_.read(std::move(range), oldest_thing()));
    });
  }

  void read_latest(DeviceId device, std::vector<ThingStream> streams,
                   Done<std::vector<ThingEntry>> done) const override {
    reader_.post([this, device, streams = std::move(streams), done = std::move(done)]() mutable {
      done(things_.read_latest(device, streams, oldest_thing()));
    });
  }

  void device_secrets(std::vector<DeviceId> devices,
                      Done<std::vector<std::string>> done) const override {
    std::vector<std::string> secrets;
    secrets.reserve(devices.size());
    for (const DeviceId device : devices) {
      const auto value = disk_->get_at_once(Family::secrets, schema::secret_key(device));
      if (!value) {
        return reader_.post([this, devices = std::move(devices), done = std::move(done)]() mutable {
          done(read_secrets(devices));
        });
      }
      auto secret = secret_in(device, *value);
      if (!secret) return done(tl::unexpected(std::move(secret.error())));
      secrets.push_back(std::move(*secret));
    }
    done(std::move(secrets));
  }

 private:
  Time oldest_thing() const { return clock_.now() - limits_.things_kept_for; }

  // The committer erases it with its first batch: it is true of this start alone.
  Result<void> read_inflight() {
    const auto value = disk_->get(Family::meta, schema::inflight_key);
    if (!value && value.error().code == Code::absent) return {};
    if (!value) return tl::unexpected(value.error());
    if (auto read = schema::read_inflight(*value)) {
      inflight_ = *std::move(read);
    } else {
      leave_out("what was in flight", read.error());
    }
    return {};
  }
  bool may_have_been_sent(MessageId message, RecipientIndex recipient) const {
    return !inflight_ || std::ranges::binary_search(*inflight_, std::pair(message, recipient));
  }

  Result<std::string> secret_in(DeviceId device, const Result<std::string>& value) const {
    if (!value && value.error().code == Code::absent) return std::string();
    if (!value) return value;
    auto record =
        schema::read_sealed_record(Family::secrets, schema::secret_key(device), *value, keys_);
    if (!record) return tl::unexpected(std::move(record.error()));
    return std::move(std::get<DeviceSecret>(*record).secret);
  }
  Result<std::vector<std::string>> read_secrets(const std::vector<DeviceId>& devices) const {
    std::vector<std::string> secrets;
    for (const DeviceId device : devices) {
      auto secret = secret_in(device, disk_->get(Family::secrets, schema::secret_key(device)));
      if (!secret) return tl::unexpected(std::move(secret.error()));
      secrets.push_back(std::move(*secret));
    }
    return secrets;
  }

  Result<void> load(Family family, std::string_view first, const RegistryStorage::Visitor& visit) {
    return disk_->scan(family, first, [&](std::string_view key, std::string_view value) {
      auto record = schema::read_sealed_record(family, key, value, keys_);
      if (record) {
        visit(std::move(*record));
      } else {
        leave_out("a record", record.error());
      }
      return true;
    });
  }

  // The rest is served.
  void leave_out(std::string_view what, const Error& error) {
    constexpr std::size_t told_max = 100;
    if (++left_out_ > told_max) return;
    log::error("the store: {} cannot be read and is left out: {}", what, error.detail);
  }

  Clock& clock_;
  const std::unique_ptr<Disk> disk_;
  const schema::Keyring keys_;
  const MessageReader messages_;
  const ThingReader things_;
  // What was in flight at the last end; none: that end was not in order, and nobody knows.
  std::optional<schema::Inflight> inflight_;
  std::atomic<std::size_t> left_out_{0};
  const StoreLimits limits_;
  Inbox inbox_;
  const Runs runs_;
  mutable Worker reader_;  // Outlives the committer, which hands it what is to be read.
  std::unique_ptr<Committer> committer_;
};

Result<std::unique_ptr<HandStore>> open(std::unique_ptr<Disk> disk, const std::string& key,
                                        Clock& clock, IdGenerator& ids, const StoreLimits& limits,
                                        Runs runs) {
  auto keys = open_sealed(*disk, key);
  if (!keys) return tl::unexpected(keys.error());
  auto store = std::make_unique<DiskStore>(std::move(disk), std::move(*keys), clock, limits, runs);
  if (auto started = store->start(ids); !started) return tl::unexpected(started.error());
  return store;
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(std::unique_ptr<Disk> disk, const std::string& key,
                                          Clock& clock, IdGenerator& ids,
                                          const StoreLimits& limits) {
  return open(std::move(disk), key, clock, ids, limits, Runs::on_its_thread);
}

Result<std::unique_ptr<HandStore>> open_store_by_hand(std::unique_ptr<Disk> disk,
                                                      const std::string& key, Clock& clock,
                                                      IdGenerator& ids, const StoreLimits& limits) {
  return open(std::move(disk), key, clock, ids, limits, Runs::by_hand);
}

}  // namespace herald
