#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "rounds.h"
#include "store/codec.h"
#include "store/disk_store.h"
#include "store/rocks_disk.h"
#include "store/schema.h"
#include "store/testing.h"

// The store in RocksDB after its files were cut short or bits of them turned: it opens, what it
// answers is what was written, and what is missing it says.
namespace herald::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t cases_per_store = 8;

struct Publish {
  std::string request;
  std::string payload;
  std::size_t recipients = 0;
  MessageId id;
  Damage::Batches batches;  // It was written in one of them.
  bool is_finished = false;
};
struct Key {
  std::vector<std::string> secrets;  // As they were written, all answered.
};

class Round {
 public:
  explicit Round(std::uint64_t seed) : random_(seed) {
    std::string name = (fs::temp_directory_path() / "herald-damage-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;
  ~Round() { fs::remove_all(root_); }

  // What was wrong; empty: nothing.
  std::string run(std::size_t cases) {
    write_store();
    for (std::size_t i = 0; i < cases && wrong_.empty(); ++i) {
      const fs::path damaged = root_ / "damaged";
      fs::copy(below(2) == 0 ? root_ / "killed" : root_ / "closed", damaged);
      faults_.clear();
      for (std::size_t left = 1 + below(3); left > 0; --left) damage_one_of(damaged);
      check(damaged);
      store_.reset();
      for (const auto& entry : fs::directory_iterator(root_)) {
        if (entry.path().filename().string().starts_with("damaged")) fs::remove_all(entry.path());
      }
    }
    return wrong_;
  }

 private:
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  void expect(bool holds, const std::string& otherwise) {
    if (!holds && wrong_.empty()) wrong_ = otherwise + " after:" + faults_;
  }
  // The same of what nothing that is named later excuses.
  void expect_always(bool holds, const std::string& otherwise) {
    expect(holds, otherwise);
    is_wrong_for_good_ = is_wrong_for_good_ || !holds;
  }

  // --- What is written.

  void write_store() {
    const fs::path folder = root_ / "closed";
    for (std::size_t openings = 1 + below(3); openings > 0; --openings) {
      open(folder);
      replayed(*store_);
      for (std::size_t actions = 3 + below(12); actions > 0; --actions) act(folder);
    }
    fs::copy(folder, root_ / "killed");
    store_.reset();
  }

  void act(const fs::path& folder) {
    switch (below(8)) {
      case 0:
        return write_key();
      case 1:
        return acknowledge();
      case 2:
        if (below(2) == 0) {
          constexpr std::array families{Family::payloads, Family::registry, Family::messages};
          (void)rocks_->rewrite(families[below(families.size())]);
        }
        return;
      default:
        return publish(folder);
    }
  }

  void publish(const fs::path& folder) {
    Publish made;
    made.request = "request " + std::to_string(publishes_.size());
    made.payload = made.request + std::string(below(4) == 0 ? below(40'000) : 10, 'p');
    made.recipients = 1 + below(below(4) == 0 ? 300 : 5);
    made.batches.first = synced(folder) + 1;
    auto message = message_to(made.recipients, made.payload);
    message->request_id = made.request;
    made.id = append(*store_, std::move(message)).value()->id;
    made.batches.last = synced(folder);
    publishes_.push_back(std::move(made));
  }

  // The number of the last batch that was synced.
  static std::uint64_t synced(const fs::path& folder) {
    std::ifstream in(folder / "synced", std::ios::binary);
    std::string bytes(16, '\0');
    in.read(bytes.data(), 16);
    return Reader(std::string_view(bytes).substr(8)).fixed64();
  }

  void write_key() {
    const std::string id = "key " + std::to_string(below(4));
    Key& key = keys_[id];
    key.secrets.push_back("secret " + std::to_string(++written_));
    const DeviceId device{below(100) + 1};
    EXPECT_TRUE(write(*store_, {Record(AccessKey{.id = id, .secret = key.secrets.back()}),
                                Record(KeptSession{.device = device})}));
  }

  void acknowledge() {
    if (publishes_.empty()) return;
    Publish& publish = publishes_[below(publishes_.size())];
    std::vector<ReceiptOf> receipts;
    for (RecipientIndex i = 0; i < publish.recipients; ++i)
      receipts.push_back(acked(publish.id, i));
    store_->messages().record(std::move(receipts));
    EXPECT_TRUE(flush(*store_));
    publish.is_finished = true;
  }

  // --- What is damaged.

  void damage_one_of(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      if (name == "LOCK" || name.starts_with("LOG") || fs::file_size(entry.path()) == 0) continue;
      files.push_back(entry.path());
    }
    std::ranges::sort(files);
    const fs::path& file = files[below(files.size())];
    const std::size_t at = below(fs::file_size(file));
    faults_ += " " + file.filename().string();
    if (below(2) == 0) {
      fs::resize_file(file, at);
      faults_ += " cut at " + std::to_string(at) + ",";
      return;
    }
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(static_cast<std::streamoff>(at));
    const int byte = bytes.get();
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put(static_cast<char>(byte ^ (1 << below(8))));
    faults_ += " turned at " + std::to_string(at) + ",";
  }
  // Two faults can hit a file and its twin. Then nothing says what the other files are.
  bool hit_both(const std::string& name) const {
    const auto first = faults_.find(" " + name);
    return first != faults_.npos && faults_.find(" " + name, first + 1) != faults_.npos;
  }

  // --- What is left.

  void open(const fs::path& folder) {
    store_.reset();
    ids_.emplace(clock_, 1);
    auto disk = open_rocks_disk(folder, clock_);
    if (!disk) return expect(hit_both("MANIFEST"), "it does not open: " + disk.error().detail);
    rocks_ = disk->get();
    auto store = open_store(std::move(*disk), std::string(32, 'k'), clock_, *ids_, {});
    if (!store) return expect(false, "the store does not open: " + store.error().detail);
    store_ = std::move(*store);
  }

  void check(const fs::path& folder) {
    open(folder);
    if (!store_) return;
    // What RocksDB's own threads meet is named when the store has been opened anew for it. What was
    // read until then may lack what nobody has named yet.
    for (;;) {
      const std::size_t named = store_->damage().descriptions.size();
      check_contents();
      if (is_wrong_for_good_) return;
      if (store_->accepts() && store_->damage().descriptions.size() == named) break;
      wait_until_it_accepts();
      wrong_.clear();
    }
    if (!append(*store_, message_to(1))) {
      wait_until_it_accepts();
      expect(append(*store_, message_to(1)).has_value(), "it takes no message");
    }
    if (!wrong_.empty()) return;
    // What was met only now is mended by the next opening.
    open(folder);
    if (store_ && store_->damage().count() > 0) open(folder);
    if (store_) expect(store_->damage().count() == 0, "it stays damaged");
  }
  void wait_until_it_accepts() const {
    while (!store_->accepts()) std::this_thread::yield();
  }

  void check_contents() {
    std::map<MessageId, KeptMessage> open_ones;
    for (KeptMessage& kept : replayed(*store_)) {
      const MessageId id = kept.message->id;
      expect_always(open_ones.emplace(id, std::move(kept)).second, "a message is there twice");
    }
    check_records();
    const Damage damage = store_->damage();
    for (const Publish& publish : publishes_) check(publish, open_ones, damage);
    for (const auto& [id, kept] : open_ones) {
      const bool known = std::ranges::find(publishes_, id, &Publish::id) != publishes_.end();
      expect_always(known, "a message is there that nobody wrote");
    }
  }

  void check(const Publish& publish, const std::map<MessageId, KeptMessage>& open_ones,
             const Damage& damage) {
    const bool excused = is_named(publish, damage);
    const auto found = find(*store_, publish.id);
    const bool absent = !found && found.error().code == Code::absent;
    expect(!absent || excused, publish.request + " is gone");
    if (!found) return;
    expect_always(found->receipts.size() == publish.recipients,
                  publish.request + ": other recipients");
    const bool is_open = !std::ranges::all_of(found->receipts, is_final, &Receipt::outcome);
    expect(is_open != publish.is_finished || excused, publish.request + ": other receipts");
    if (!is_open) return;
    expect(open_ones.contains(publish.id) || excused || damage.records > 0,
           publish.request + " is not replayed");
    const auto fetched = fetch(*store_, {publish.id});
    if (!fetched || fetched->empty()) return expect(excused || !found, "no payload");
    expect_always(fetched->at(0)->payload == publish.payload,
                  publish.request + ": another payload");
  }

  // Whether the report says that something of this message may be missing.
  bool is_named(const Publish& publish, const Damage& damage) const {
    const auto overlaps = [&](const Damage::Batches& batches) {
      // Its receipts were written later.
      return batches.last >= publish.batches.first &&
             (publish.is_finished || batches.first <= publish.batches.last);
    };
    const std::string key = schema::key_of(publish.id);
    const auto covers = [&](const Damage::Keys& keys) {
      const bool is_of_messages = keys.family == Family::messages || keys.family == Family::open ||
                                  keys.family == Family::payloads ||
                                  keys.family == Family::receipts;
      return is_of_messages && keys.first.substr(0, 8) <= key &&
             (keys.last.empty() || key <= keys.last);
    };
    return std::ranges::any_of(damage.batches, overlaps) ||
           std::ranges::any_of(damage.keys, covers);
  }

  void check_records() {
    std::map<std::string, std::string> secrets;
    const auto loaded = store_->registry().load([&](const Record& record) {
      if (const auto* key = std::get_if<AccessKey>(&record)) secrets[key->id] = key->secret;
    });
    expect(loaded.has_value(), "it does not load");
    const bool is_damaged = store_->damage().count() > 0;
    for (const auto& [id, key] : keys_) {
      const bool is_last = secrets.contains(id) && secrets[id] == key.secrets.back();
      expect(is_last || is_damaged, id + " is another one, and nothing is said");
    }
    for (const auto& [id, secret] : secrets) {
      const auto key = keys_.find(id);
      const bool was_written =
          key != keys_.end() &&
          std::ranges::find(key->second.secrets, secret) != key->second.secrets.end();
      expect_always(was_written, id + " has a secret that nobody wrote");
    }
  }

  std::mt19937_64 random_;
  fs::path root_;
  ManualClock clock_{start};
  std::optional<IdGenerator> ids_;
  std::unique_ptr<Store> store_;
  Disk* rocks_ = nullptr;  // The store's.

  std::vector<Publish> publishes_;
  std::map<std::string, Key> keys_;
  std::size_t written_ = 0;
  std::string faults_;
  std::string wrong_;
  bool is_wrong_for_good_ = false;
};

TEST(Damage, WhatIsMissingIsSaidAndTheRestIsThere) {
  const std::uint64_t first_seed = from_environment("HERALD_SEED", 1);
  const std::uint64_t cases = from_environment("HERALD_ROUNDS", 40);
  for (std::uint64_t done = 0, seed = first_seed; done < cases; done += cases_per_store, ++seed) {
    ASSERT_EQ(Round(seed).run(cases_per_store), "") << "./dev damage 1 " << seed;
  }
}

}  // namespace
}  // namespace herald::testing
