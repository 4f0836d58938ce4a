#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/homes.h"
#include "core/publisher.h"
#include "core/receipts.h"
#include "core/registry.h"
#include "store/store.h"

// For tests: the platform without threads and sockets of its own.
namespace herald::testing {

// A storage that keeps nothing and answers at once or, while it holds, when it is told.
class HandStorage final : public RegistryStorage {
 public:
  Result<void> load(const Visitor&) override { return {}; }
  void write(Changes, Done<void> done) override {
    waiting_.push_back(std::move(done));
    if (!holds) answer(waiting_.size() - 1, next);
  }
  void write_soon(Changes) override {}
  // Nobody has one.
  void device_secrets(std::vector<DeviceId> devices,
                      Done<std::vector<std::string>> done) const override {
    done(std::vector<std::string>(devices.size()));
  }
  // The write that waits at this place.
  void answer(std::size_t place, Result<void> result) {
    Done<void> done = std::move(waiting_[place]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(place));
    done(std::move(result));
  }
  void keep_first() { answer(0, {}); }
  void refuse_first() { answer(0, fail(Code::refused)); }

  bool holds = false;
  Result<void> next;  // What is answered at once.

 private:
  std::vector<Done<void>> waiting_;
};

// Shards that run when they are told, on the caller's thread. Only `post` is for other threads.
class HandShards final : public Shards {
 public:
  explicit HandShards(ShardIndex count) : inboxes_(count) {}
  ShardIndex count() const override { return static_cast<ShardIndex>(inboxes_.size()); }
  void post(ShardIndex shard, Task task) override {
    const std::lock_guard lock(mutex_);
    inboxes_[shard].push_back(std::move(task));
  }
  bool is_here(ShardIndex shard) const override { return running_ == shard; }
  // What waits a second or more waits for run_late.
  void post_after(ShardIndex self, Milliseconds delay, Task task) override {
    if (delay < std::chrono::seconds(1)) return post(self, std::move(task));
    late_.emplace_back(self, std::move(task));
  }
  void run_late() {
    for (auto& [shard, task] : std::exchange(late_, {})) post(shard, std::move(task));
    run();
  }
  // Runs all that waits and what comes of it; whether there was any.
  bool run() {
    bool any = false;
    for (bool more = true; more;) {
      more = false;
      for (ShardIndex shard = 0; shard < count(); ++shard) {
        running_ = shard;
        while (auto task = next(inboxes_[shard])) {
          task();
          any = more = true;
        }
      }
    }
    running_.reset();
    return any;
  }

 private:
  Task next(std::deque<Task>& inbox) {
    const std::lock_guard lock(mutex_);
    if (inbox.empty()) return nullptr;
    Task task = std::move(inbox.front());
    inbox.pop_front();
    return task;
  }
  std::mutex mutex_;
  std::vector<std::deque<Task>> inboxes_;
  std::vector<std::pair<ShardIndex, Task>> late_;
  std::optional<ShardIndex> running_;
};

// What homes asked of a shard's connections.
class RecordedEdge final : public Edge {
 public:
  struct Delivered {
    MessageId message;
    EdgeTarget target;
  };
  void deliver(const SharedMessage& message, const EdgeTarget& target) override {
    delivered.push_back({message->id, target});
  }
  void cut(DeviceId, const ConnectionRef& connection, CutReason reason) override {
    cuts.emplace_back(connection, reason);
  }
  std::vector<Delivered> delivered;
  std::vector<std::pair<ConnectionRef, CutReason>> cuts;
};

// The ledger: at rest, and here nothing is ever between two threads, every recipient is in one
// state.
inline void expect_balanced(const Homes& homes) {
  std::int64_t recipients = 0;
  std::int64_t in_all_states = 0;
  for (const DeliveryCounts& counts : homes.counts()) {
    recipients += counts.recipients.value();
    for (const Tally& state : counts.in_state) in_all_states += state.value();
  }
  EXPECT_EQ(recipients, in_all_states);
}

// A platform of two shards over a store in memory, with one product and its topic category `get`.
class Bench {
 public:
  Bench() : Bench(HomeLimits{}) {}
  explicit Bench(const HomeLimits& limits)
      : homes(shards, registry, store->messages(), store->registry(), clock, limits) {
    for (ShardIndex i = 0; i < shards.count(); ++i) homes.introduce(i, edges[i]);
    registry.create_account(
        "owner", [this](Result<Registry::NewAccount> made) { account = made.value().account.id; });
    settle();
    registry.create_product(
        {.key = ProductKey::parse("draft").value(), .account = account, .name = "lamp"},
        [this](Result<std::shared_ptr<const Product>> made) { product = made.value(); });
    settle();
  }

  // The store answers what it was asked before it goes; homes and shards have to be there then.
  ~Bench() {
    store.reset();
    expect_balanced(homes);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // Until neither shards nor store have anything left to do.
  void settle() {
    do {
      shards.run();
      std::promise<void> flushed;
      store->messages().flush([&flushed](const Result<void>&) { flushed.set_value(); });
      flushed.get_future().wait();
    } while (shards.run());
  }

  DeviceId add_device(const std::string& name) {
    DeviceId id;
    registry.create_devices(product->key, {{.name = DeviceName::parse(name).value()}},
                            [&id](Result<Registry::NewDevices> made) { id = made.value()[0]->id; });
    settle();
    return id;
  }

  struct Connected {
    ConnectionRef connection;
    ConnectAnswer answer;
    bool answered = false;
  };
  // A connection of the device at that edge.
  Connected& connect(DeviceId device, ShardIndex edge, bool clean_session,
                     std::uint32_t window = 64) {
    connections.push_back({.connection = {edge, next_slot++, 1}});
    Connected& made = connections.back();
    on_home(device, edge, [this, device, clean_session, window, &made] {
      homes.home_of_device(device).connect({.device = registry.device(device)->device,
                                            .connection = made.connection,
                                            .clean_start = clean_session,
                                            .session_expiry = clean_session ? 0 : never_expires,
                                            .window = window},
                                           [&made](ConnectAnswer answer) {
                                             made.answer = answer;
                                             made.answered = true;
                                           });
    });
    settle();
    return made;
  }

  std::string subscribe(DeviceId device, const Connected& at, std::string filter) {
    std::string got;
    on_home(device, at.connection.shard, [&, filter = std::move(filter)]() mutable {
      std::vector<WantedSubscription> wanted;
      wanted.push_back({std::move(filter), 1});
      homes.home_of_device(device).subscribe(device, at.connection, std::move(wanted),
                                             [&got](const std::string& codes) { got = codes; });
    });
    settle();
    return got;
  }

  void gone(DeviceId device, const Connected& at,
            std::vector<SentUnacknowledged> unacknowledged = {}) {
    on_home(device, at.connection.shard, [&, unacknowledged = std::move(unacknowledged)]() mutable {
      homes.home_of_device(device).gone(device, at.connection,
                                        {.unacknowledged = std::move(unacknowledged)});
    });
    settle();
  }

  void acknowledge(DeviceId device, const RecordedEdge::Delivered& delivered) {
    shards.post(delivered.target.connection.shard, [this, device, delivered] {
      Mail& mail = homes.mail(delivered.target.connection.shard);
      mail.report({.device = device,
                   .connection = delivered.target.connection,
                   .message = delivered.message,
                   .recipient = delivered.target.recipient,
                   .receipt = {.outcome = Outcome::acked}});
      mail.flush();
    });
    settle();
  }

  MessageId publish(Qos qos, std::vector<DeviceId> recipients, std::string payload = "hello",
                    Milliseconds lifetime = std::chrono::hours(1)) {
    auto message = std::make_unique<Message>();
    message->account = account;
    message->product = product->key.text();
    message->request_id = "request " + std::to_string(++requests);
    message->topic = TopicTemplate::custom(product->key, "get");
    message->qos = qos;
    message->recipients = std::move(recipients);
    message->payload = std::move(payload);
    std::promise<MessageId> published;
    publisher.publish(std::move(message), lifetime, {},
                      [&published](Result<MessageId> id) { published.set_value(id.value()); });
    const MessageId id = published.get_future().get();
    settle();
    return id;
  }

  std::vector<Receipt> receipts_of(MessageId id) {
    return found(id)
        .map([](const KeptMessage& kept) { return kept.receipts; })
        .value_or(std::vector<Receipt>());
  }
  std::string state_of(MessageId id, RecipientIndex recipient = 0) {
    const auto all = receipts_of(id);
    if (recipient >= all.size()) return "unknown message";
    std::string text(name_of(all[recipient].outcome));
    const auto reason = name_of(all[recipient].reason);
    return reason.empty() ? text : text + "(" + std::string(reason) + ")";
  }

  // At these recipients of the message.
  Cancellation cancel(MessageId id, std::vector<RecipientIndex> recipients) {
    const SharedMessage message = found(id).value().message;
    return answer_of<Cancellation>([&](Done<Cancellation> done) {
             receipts.cancel(message, std::move(recipients), std::move(done));
           })
        .value();
  }

  std::string topic(const std::string& device, const std::string& suffix = "get") const {
    return "/" + product->key.text() + "/" + device + "/user/" + suffix;
  }

  ManualClock clock{time_of(1'700'000'000'000)};
  IdGenerator ids{clock, 1};
  std::unique_ptr<Store> store = make_memory_store(clock, ids);
  Registry registry{store->registry(), ids, clock};
  HandShards shards{2};
  Homes homes;
  Publisher publisher{store->messages(), homes, ids, clock};
  Receipts receipts{store->messages(), homes};
  RecordedEdge edges[2];
  AccountId account;
  std::shared_ptr<const Product> product;
  std::deque<Connected> connections;
  std::uint32_t next_slot = 0;
  int requests = 0;

 private:
  // Makes a call that answers later, and runs until it has.
  template <class T, class Call>
  Result<T> answer_of(Call call) {
    std::promise<Result<T>> promise;
    auto answer = promise.get_future();
    call([&promise](Result<T> result) { promise.set_value(std::move(result)); });
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) settle();
    return answer.get();
  }
  Result<KeptMessage> found(MessageId id) {
    return answer_of<KeptMessage>(
        [&](Done<KeptMessage> done) { receipts.find(id, std::move(done)); });
  }
  // A word from that edge to the device's home.
  void on_home(DeviceId device, ShardIndex edge, Task task) {
    shards.post(edge, [this, device, edge, task = std::move(task)]() mutable {
      homes.mail(edge).run_at(homes.shard_of(device), std::move(task));
    });
  }
};

}  // namespace herald::testing
