#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "power_cut_disk.h"
#include "rounds.h"
#include "store/disk_store.h"
#include "store/rocks_disk.h"
#include "store/testing.h"

// The store in RocksDB on a disk whose power is cut anywhere, again and again: what was answered is
// there, and of what was not there is a part from the front.
namespace herald::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t cuts_per_round = 4;

// What callers know, from the first start on.
struct Publish {
  std::string request;
  std::string payload;
  std::size_t recipients = 0;
  std::array<char, 16> nonce{};
  MessageId id;             // Once it is known.
  bool answered = false;    // With success.
  bool refused = false;     // Nothing was kept.
  bool gone = false;        // A cut took it.
  std::size_t acked = 0;    // Recipients from the first on whose receipts were recorded,
  std::size_t flushed = 0;  // and of which a flush answered that they are on the disk.
};
struct Key {
  std::vector<std::string> secrets;  // As they were written.
  std::size_t answered = 0;          // So many of them at least count.
};

class Round {
 public:
  Round(std::uint64_t seed, bool syncs) : random_(seed), disk_(syncs) {
    std::string name = (fs::temp_directory_path() / "herald-power-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    folder_ = root_ / "store";
  }
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;
  ~Round() { fs::remove_all(root_); }

  // What was wrong; empty: nothing.
  std::string run() {
    for (std::size_t cut = 0; cut < cuts_per_round && wrong_.empty(); ++cut) {
      disk_.cut_after(below(2) == 0 ? below(60) : below(600));
      if (open() && !disk_.is_off()) {
        check();
        while (!disk_.is_off() && wrong_.empty()) act();
      }
      store_.reset();
      // What a kill has left unsynced is for the next cut to take.
      constexpr std::array ends{Unsynced::lost, Unsynced::partly, Unsynced::kept};
      disk_.restore(ends[below(ends.size())], random_);
    }
    if (!wrong_.empty()) return wrong_;
    if (open()) check();
    store_.reset();
    return wrong_;
  }

 private:
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  void expect(bool holds, const std::string& otherwise) {
    if (!holds && wrong_.empty()) wrong_ = otherwise;
  }

  bool open() {
    // A process that is gone with the power leaves no notes.
    fs::remove_all(folder_);
    ids_.emplace(clock_, 1);
    auto disk = open_rocks_disk(folder_, clock_, env_.get());
    expect(disk.has_value(), disk ? "" : "the disk does not open: " + disk.error().detail);
    if (!disk) return false;
    rocks_ = disk->get();
    auto store = open_store(std::move(*disk), std::string(32, 'k'), clock_, *ids_, {});
    expect(store.has_value(), store ? "" : "the store does not open: " + store.error().detail);
    if (!store) return false;
    store_ = std::move(*store);
    const Damage damage = store_->damage();
    expect(damage.count() == 0,
           "a power cut is taken for damage: " +
               (damage.descriptions.empty() ? "a record" : damage.descriptions.front()));
    return true;
  }
  void act() {
    switch (below(8)) {
      case 0:
        return write_key();
      case 1:
        return acknowledge();
      case 2:
        if (below(3) == 0) {
          (void)rocks_->rewrite(below(2) == 0 ? Family::payloads : Family::registry);
        }
        return;
      case 3:
        if (below(2) == 0) flush_all();
        return;
      default:
        return publish();
    }
  }

  // Some wait for their answer, some are under way with those that follow.
  void publish() {
    const std::size_t count = 1 + below(4);
    const std::size_t first = publishes_.size();
    publishes_.resize(first + count);
    std::vector<std::future<Result<SharedMessage>>> answers;
    for (std::size_t i = first; i < first + count; ++i) {
      Publish& publish = publishes_[i];
      publish.request = "request " + std::to_string(i);
      publish.payload = std::to_string(i) + std::string(below(5) == 0 ? below(20'000) : 10, 'p');
      publish.recipients = 1 + below(below(4) == 0 ? 300 : 5);
      std::ranges::copy(publish.request.substr(0, 16), publish.nonce.begin());
      auto message = message_to(publish.recipients, publish.payload);
      message->request_id = publish.request;
      auto answer = std::make_shared<std::promise<Result<SharedMessage>>>();
      answers.push_back(answer->get_future());
      store_->messages().append(
          std::move(message),
          {Record(SeenNonce{.hash = publish.nonce, .forget_at = start + std::chrono::hours(1)})},
          [answer](Result<SharedMessage> result) { answer->set_value(std::move(result)); });
    }
    for (std::size_t i = first; i < first + count; ++i) {
      const auto answer = answers[i - first].get();
      if (disk_.is_off()) continue;  // Nobody heard this answer.
      publishes_[i].answered = answer.has_value();
      if (answer) {
        take_id(publishes_[i], (*answer)->id);
      } else {
        publishes_[i].refused = answer.error().code == Code::refused;
      }
    }
  }
  void take_id(Publish& publish, MessageId id) {
    expect(id > last_id_, "an id went back: " + publish.request);
    last_id_ = id;
    publish.id = id;
  }

  void write_key() {
    const std::string id = "key " + std::to_string(below(4));
    Key& key = keys_[id];
    key.secrets.push_back("secret " + std::to_string(++written_));
    const Record record = AccessKey{.id = id, .secret = key.secrets.back()};
    if (below(2) == 0) return store_->registry().write_soon({record});
    if (write(*store_, {record}) && !disk_.is_off()) key.answered = key.secrets.size();
  }

  void acknowledge() {
    if (publishes_.empty()) return;
    Publish& publish = publishes_[below(publishes_.size())];
    if (publish.id == MessageId{} || publish.gone || publish.acked == publish.recipients) return;
    const std::size_t until = publish.acked + 1 + below(publish.recipients - publish.acked);
    std::vector<ReceiptOf> receipts;
    for (; publish.acked < until; ++publish.acked) {
      receipts.push_back(acked(publish.id, static_cast<RecipientIndex>(publish.acked)));
    }
    store_->messages().record(std::move(receipts));
  }

  void flush_all() {
    if (!flush(*store_) || disk_.is_off()) return;
    for (Publish& publish : publishes_) publish.flushed = publish.acked;
    for (auto& [id, key] : keys_) key.answered = key.secrets.size();
  }

  void check() {
    const std::vector<KeptMessage> open = replayed(*store_);
    for (std::size_t i = 1; i < open.size(); ++i) {
      expect(open[i - 1].message->id < open[i].message->id, "replayed out of order");
    }
    check_publishes(open);
    check_records();
  }

  void check_publishes(const std::vector<KeptMessage>& open) {
    std::size_t still_open = 0;
    bool any_gone = false;
    MessageId last{};
    MessageId newest = last_id_;
    for (Publish& publish : publishes_) {
      const auto found = found_by(publish.request);
      if (!found) {
        expect(!publish.answered, publish.request + " was answered and is gone");
        any_gone = any_gone || (!publish.refused && !publish.gone);
        publish.gone = true;
        continue;
      }
      expect(!publish.refused, publish.request + " was refused and is there");
      expect(!publish.gone, publish.request + " was gone and is there again");
      expect(!any_gone, publish.request + " is there behind one that is gone");
      expect(publish.id == MessageId{} || publish.id == found->message->id, "another id");
      expect(last < found->message->id, publish.request + " is out of order");
      last = publish.id = found->message->id;
      newest = std::max(newest, publish.id);
      publish.answered = true;  // What a start finds stays.
      still_open += check_receipts(publish, *found);
    }
    last_id_ = newest;
    expect(still_open == open.size(), "other messages are open than should be");
  }

  std::optional<KeptMessage> found_by(const std::string& request) {
    auto found = wait_for<KeptMessage>(
        [&](Done<KeptMessage> done) { store_->messages().find_request(request, std::move(done)); });
    if (found) return std::move(*found);
    expect(found.error().code == Code::absent, request + ": " + found.error().detail);
    return std::nullopt;
  }

  // True when it is open.
  bool check_receipts(Publish& publish, const KeptMessage& found) {
    std::size_t ended = 0;
    while (ended < found.receipts.size() && is_final(found.receipts[ended].outcome)) ++ended;
    expect(found.receipts.size() == publish.recipients, "other recipients");
    expect(ended <= publish.acked, publish.request + " has receipts that nobody gave");
    expect(ended >= publish.flushed, publish.request + " has lost receipts that were flushed");
    publish.acked = publish.flushed = ended;
    if (ended == publish.recipients) return false;
    expect(found.message->payload == publish.payload, publish.request + " has another payload");
    return true;
  }

  void check_records() {
    std::map<std::string, std::string> secrets;
    std::size_t nonces = 0;
    const auto loaded = store_->registry().load([&](const Record& record) {
      if (const auto* key = std::get_if<AccessKey>(&record)) secrets[key->id] = key->secret;
      nonces += std::holds_alternative<SeenNonce>(record) ? 1U : 0U;
    });
    expect(loaded.has_value(), "it does not load");
    for (auto& [id, key] : keys_) {
      const auto found = std::ranges::find(key.secrets, secrets[id]);
      const auto count = static_cast<std::size_t>(found - key.secrets.begin()) + 1;
      expect(found != key.secrets.end() || key.answered == 0, id + " is gone");
      expect(found == key.secrets.end() || count >= key.answered, id + " is an older one");
      // What a start finds stays, and what it does not find is gone.
      key.secrets.resize(found == key.secrets.end() ? 0 : count);
      key.answered = key.secrets.size();
    }
    const auto there = std::ranges::count_if(publishes_, &Publish::answered);
    expect(nonces == static_cast<std::size_t>(there), "nonces and messages do not match");
  }

  std::mt19937_64 random_;
  PowerCutDisk disk_;
  std::unique_ptr<rocksdb::Env> env_ =
      rocksdb::NewCompositeEnv(std::shared_ptr<PowerCutDisk>(&disk_, [](PowerCutDisk*) {}));
  fs::path root_;
  fs::path folder_;
  ManualClock clock_{start};
  std::optional<IdGenerator> ids_;
  std::unique_ptr<Store> store_;
  Disk* rocks_ = nullptr;  // The store's.

  std::vector<Publish> publishes_;
  std::map<std::string, Key> keys_;
  std::size_t written_ = 0;
  MessageId last_id_{};
  std::string wrong_;
};

TEST(PowerCut, NothingThatWasAnsweredIsLost) {
  const std::uint64_t first_seed = from_environment("HERALD_SEED", 1);
  const std::uint64_t rounds = from_environment("HERALD_ROUNDS", 10);
  for (std::uint64_t seed = first_seed; seed < first_seed + rounds; ++seed) {
    ASSERT_EQ(Round(seed, /*syncs=*/true).run(), "") << "./dev powercut 1 " << seed;
  }
}

// The check itself: on a disk that answers syncs and does none it has to find what is lost, unless
// the power was off before anything was answered.
TEST(PowerCut, ADiskThatDoesNotSyncIsFoundOut) {
  constexpr std::uint64_t rounds = 10;
  std::uint64_t found = 0;
  std::uint64_t lost = 0;
  for (std::uint64_t seed = 1; seed <= rounds; ++seed) {
    const std::string wrong = Round(seed, /*syncs=*/false).run();
    found += wrong.empty() ? 0U : 1U;
    lost += wrong.ends_with("was answered and is gone") ? 1U : 0U;
  }
  EXPECT_GT(found, rounds / 2);
  EXPECT_GT(lost, 0U);
}

}  // namespace
}  // namespace herald::testing
