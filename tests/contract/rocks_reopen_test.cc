#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

#include "store/rocks_disk.h"
#include "store/schema.h"
#include "store/store.h"
#include "store/testing.h"

// What the store in RocksDB finds when it is opened again.
namespace herald::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class RocksReopen : public ::testing::Test {
 protected:
  RocksReopen() {
    std::string name = (fs::temp_directory_path() / "herald-reopen-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~RocksReopen() override { fs::remove_all(root_); }

  Result<std::unique_ptr<Store>> open(const char* folder) {
    return open_rocks_store(root_ / folder, clock_, ids_, sealing_key);
  }
  // What a kill at this moment would leave.
  void copy(const char* from, const char* to) {
    fs::copy(root_ / from, root_ / to, fs::copy_options::recursive);
  }
  // Writes into the closed store, past all its checks.
  void put(const char* folder, Family family, std::string_view key, std::string_view value) {
    const auto disk = open_rocks_disk(root_ / folder, clock_).value();
    const auto batch = disk->new_batch();
    batch->put(family, key, value);
    ASSERT_TRUE(disk->write(*batch, /*sync=*/true));
  }

  // Makes the closed store one that never had the family.
  void drop_family(const char* folder, std::string_view name) {
    const std::vector<rocksdb::ColumnFamilyDescriptor> families = [] {
      std::vector<rocksdb::ColumnFamilyDescriptor> all;
      for (const char* each : family_names) all.emplace_back(each, rocksdb::ColumnFamilyOptions());
      return all;
    }();
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, root_ / folder, families, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      if (handle->GetName() == name) {
        EXPECT_TRUE(database->DropColumnFamily(handle).ok());
      }
      database->DestroyColumnFamilyHandle(handle);
    }
  }

  // As it lies there: a value so short is not compressed.
  bool is_in_a_file(const char* folder, std::string_view text) {
    for (const auto& entry : fs::directory_iterator(root_ / folder)) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      if (bytes.find(text) != bytes.npos) return true;
    }
    return false;
  }

  ManualClock clock_{start};
  IdGenerator ids_{clock_, 1};
  fs::path root_;
};

TEST_F(RocksReopen, AfterACleanCloseEverythingIsThere) {
  auto store = open("a").value();
  auto draft = message_to(2, std::string(100'000, '\0'));
  draft->request_id = "request";
  const auto open_one = append(*store, std::move(draft), {Record(AccessKey{.id = "key"})}).value();
  const auto finished = append(*store, message_to(1)).value()->id;
  store->messages().record({acked(open_one->id, 1), acked(finished, 0)});
  store->registry().write_soon({Record(KeptSession{.device = {5}})});
  store.reset();

  store = open("a").value();
  const auto kept = replayed(*store);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].message->id, open_one->id);
  EXPECT_EQ(kept[0].receipts[1].outcome, Outcome::acked);
  EXPECT_TRUE(fetch(*store, {open_one->id}).value().at(0)->payload == open_one->payload);
  EXPECT_EQ(find(*store, finished).value().receipts[0].outcome, Outcome::acked);
  EXPECT_EQ(loaded(*store).size(), 2u);
  EXPECT_GT(append(*store, message_to(1)).value()->id, finished);
}

TEST_F(RocksReopen, AfterAKillEverythingAnsweredIsThere) {
  const auto store = open("a").value();
  std::vector<MessageId> answered;
  for (int i = 0; i < 20; ++i) {
    answered.push_back(append(*store, message_to(100, "payload")).value()->id);
    if (i % 5 != 4) continue;
    const std::string killed = "killed" + std::to_string(i);
    copy("a", killed.c_str());
    const auto reopened = open(killed.c_str()).value();
    std::vector<MessageId> found;
    for (const KeptMessage& kept : replayed(*reopened)) found.push_back(kept.message->id);
    EXPECT_EQ(found, answered);
    EXPECT_EQ(fetch(*reopened, answered).value().size(), answered.size());
    EXPECT_GT(append(*reopened, message_to(1)).value()->id, answered.back());
  }
}

TEST_F(RocksReopen, OnlyAnEndInOrderKnowsWhatWasNotSent) {
  const auto outcomes = [&](const char* folder) {
    const auto store = open(folder).value();
    std::vector<Outcome> found;
    for (const KeptMessage& kept : replayed(*store)) {
      for (const Receipt& receipt : kept.receipts) found.push_back(receipt.outcome);
    }
    return found;
  };
  {
    const auto store = open("a").value();
    const auto first = append(*store, message_to(2)).value();
    const auto second = append(*store, message_to(2)).value();
    store->messages().record({acked(first->id, 0)});
    ASSERT_TRUE(flush(*store));
    copy("a", "killed");
    const Receipt inflight{.outcome = Outcome::inflight};
    store->messages().close({{second->id, 1, inflight}, {first->id, 1, inflight}});
  }
  using enum Outcome;
  EXPECT_THAT(outcomes("killed"), ElementsAre(acked, inflight, inflight, inflight));
  copy("a", "twice");
  EXPECT_THAT(outcomes("a"), ElementsAre(acked, inflight, queued, inflight));
  {
    const auto store = open("twice").value();
    ASSERT_TRUE(flush(*store));
    copy("twice", "killed later");
  }
  EXPECT_THAT(outcomes("killed later"), ElementsAre(acked, inflight, inflight, inflight));
}

TEST_F(RocksReopen, AMessageIsThereUntilItsDeadlineAndNotAfter) {
  const auto id = append(*open("a").value(), message_to(1)).value()->id;
  for (int i = 0; i < 2; ++i) {  // Across several restarts.
    clock_.not_before(start + limits::message_lifetime_max - std::chrono::minutes(1));
    const auto store = open("a").value();
    store->messages().sweep(clock_.now());
    ASSERT_TRUE(flush(*store));
    ASSERT_EQ(replayed(*store).size(), 1u);
    EXPECT_EQ(fetch(*store, {id}).value().at(0)->payload, "hello");
  }
  clock_.advance(std::chrono::minutes(2));
  auto store = open("a").value();
  ASSERT_EQ(replayed(*store).size(), 1u);
  store->messages().sweep(clock_.now());
  ASSERT_TRUE(flush(*store));
  store.reset();

  store = open("a").value();
  EXPECT_TRUE(replayed(*store).empty());
  EXPECT_EQ(find(*store, id).value().receipts.at(0).outcome, Outcome::expired);
}

TEST_F(RocksReopen, SecretsOfDevicesAreReadWhereverTheyLie) {
  constexpr std::uint64_t count = 3;
  std::vector<DeviceId> devices;
  for (std::uint64_t i = 1; i <= count; ++i) {
    devices.push_back({i});
    const auto store = open("a").value();  // Each time files of its own.
    ASSERT_TRUE(write(*store, {Record(DeviceSecret{{i}, "secret" + std::to_string(i)}),
                               Record(AccessKey{.id = "key"}), Record(KeptSession{.device = {i}}),
                               Record(SeenNonce{.forget_at = start + std::chrono::hours(1)})}));
    ASSERT_TRUE(append(*store, message_to(1)));
  }
  devices.push_back({count + 1});
  const auto store = open("a").value();
  std::promise<Result<std::vector<std::string>>> read;
  store->registry().device_secrets(devices,
                                   [&](auto secrets) { read.set_value(std::move(secrets)); });
  const auto secrets = read.get_future().get();
  ASSERT_TRUE(secrets);
  for (std::uint64_t i = 1; i <= count; ++i) {
    EXPECT_EQ((*secrets)[i - 1], "secret" + std::to_string(i));
  }
  EXPECT_EQ(secrets->back(), "");
}

TEST_F(RocksReopen, OneAtATime) {
  const auto store = open("a").value();
  const auto second = open("a");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::failed);
}

TEST_F(RocksReopen, ANewerFormatIsRefused) {
  open("a").value().reset();
  put("a", Family::meta, schema::format_key, schema::number(schema::format_version + 1));
  const auto store = open("a");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::malformed);
  EXPECT_THAT(store.error().detail, ::testing::HasSubstr("newer version"));
}

TEST_F(RocksReopen, WithAnotherKeyItStaysClosed) {
  open("a").value().reset();
  const auto other = [](bool first) -> Result<std::string> {
    EXPECT_FALSE(first);
    return std::string(32, 'x');
  };
  const auto store = open_rocks_store(root_ / "a", clock_, ids_, other);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, ::testing::HasSubstr("another master key"));
  EXPECT_TRUE(open("a"));
}

TEST_F(RocksReopen, SecretsOfFormat1AreInNoFileAnyMore) {
  {
    const auto disk = open_rocks_disk(root_ / "a", clock_).value();
    const auto batch = disk->new_batch();
    batch->put(Family::meta, schema::format_key, schema::number(1));
    const auto entry = schema::entry_of(Record(AccessKey{.id = "the id", .secret = "the secret"}));
    batch->put(entry.family, entry.key, *entry.value);
    ASSERT_TRUE(disk->write(*batch, /*sync=*/true));
  }
  EXPECT_TRUE(is_in_a_file("a", "the secret"));
  auto store = open("a").value();
  const auto records = loaded(*store);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(std::get<AccessKey>(records[0]).secret, "the secret");
  store.reset();
  EXPECT_TRUE(is_in_a_file("a", "the id"));
  EXPECT_FALSE(is_in_a_file("a", "the secret"));
}

TEST_F(RocksReopen, ResealedItOpensWithTheNewKeyAlone) {
  auto store = open("a").value();
  ASSERT_TRUE(write(*store, {Record(AccessKey{.id = "id", .secret = "the secret"})}));
  store.reset();
  const std::string next(32, 'x');
  bool adopted = false;
  ASSERT_TRUE(reseal_rocks_store(root_ / "a", clock_, sealing_key, next,
                                 [&] { return adopted = true, Result<void>(); }, {}));
  EXPECT_TRUE(adopted);
  EXPECT_FALSE(open("a"));
  store = open_rocks_store(root_ / "a", clock_, ids_, [&](bool) {
            return Result<std::string>(next);
          }).value();
  EXPECT_EQ(std::get<AccessKey>(loaded(*store).at(0)).secret, "the secret");
}

TEST_F(RocksReopen, GarbageInARecordIsLeftOut) {
  auto store = open("a").value();
  const auto id = append(*store, message_to(1)).value()->id;
  store.reset();
  put("a", Family::messages, schema::key_of(id), "\xff\xff\xff");
  put("a", Family::registry, "d", "garbage");
  store = open("a").value();
  EXPECT_EQ(find(*store, id).error().code, Code::malformed);
  EXPECT_TRUE(fetch(*store, {id}).value().empty());
  EXPECT_TRUE(replayed(*store).empty());
  EXPECT_TRUE(loaded(*store).empty());
  EXPECT_EQ(store->damage().records, 2u);
}

TEST_F(RocksReopen, WhatIsNotedAsFailedIsTakenAwayForGood) {
  auto store = open("a").value();
  const auto first = append(*store, message_to(1)).value()->id;
  const auto failed = append(*store, message_to(1), {Record(AccessKey{.id = "rider"})}).value()->id;
  copy("a", "killed");
  store.reset();
  // Closing has written one more.
  const auto number = schema::read_number(open_rocks_disk(root_ / "a", clock_)
                                              .value()
                                              ->get(Family::meta, schema::batch_key)
                                              .value())
                          .value() -
                      1;
  std::ofstream(root_ / "killed" / "disowned") << number << '\n';
  for (int i = 0; i < 2; ++i) {
    store = open("killed").value();
    const auto kept = replayed(*store);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].message->id, first);
    EXPECT_EQ(find(*store, failed).error().code, Code::absent);
    EXPECT_TRUE(loaded(*store).empty());
    store.reset();
    EXPECT_EQ(fs::file_size(root_ / "killed" / "disowned"), 0u);
  }
}

TEST_F(RocksReopen, ANoteThatWasCutShortTakesNothingAway) {
  auto store = open("a").value();
  const auto id = append(*store, message_to(1)).value()->id;
  int copies = 0;
  for (const char* note : {"2", "garbage\n", "2\n2\n", "99999999999999999999999\n"}) {
    const std::string killed = "killed" + std::to_string(++copies);
    copy("a", killed.c_str());
    std::ofstream(root_ / killed / "disowned") << note;
    EXPECT_TRUE(find(*open(killed.c_str()).value(), id));
  }
}

TEST_F(RocksReopen, ATokenIsKnownAfterAKill) {
  const ClientToken token{.account = {7}, .operation = "BatchPub", .token = "order 1"};
  auto store = open("a").value();
  const auto id = append_once(*store, token, message_to(1)).value()->id;
  copy("a", "killed");
  auto reopened = open("killed").value();
  const auto again = append_once(*reopened, token, message_to(1)).value();
  EXPECT_EQ(again->id, id);
  EXPECT_TRUE(again->recipients.empty());
  EXPECT_EQ(replayed(*reopened).size(), 1u);
}

TEST_F(RocksReopen, OldTokensLeaveTheDisk) {
  auto store = open("a").value();
  ASSERT_TRUE(append_once(*store, {{7}, "Pub", "old"}, message_to(1)));
  clock_.advance(std::chrono::hours(24));
  ASSERT_TRUE(append_once(*store, {{7}, "Pub", "new"}, message_to(1)));
  clock_.advance(Milliseconds(1));
  store.reset();
  const auto disk = open_rocks_disk(root_ / "a", clock_).value();
  ASSERT_TRUE(disk->rewrite(Family::tokens));
  std::vector<std::string> left;
  ASSERT_TRUE(disk->scan(Family::tokens, {}, [&](std::string_view key, std::string_view) {
    left.emplace_back(key);
    return true;
  }));
  EXPECT_EQ(left, std::vector{schema::token_key({{7}, "Pub", "new"})});
}

TEST_F(RocksReopen, AStoreFromBeforeThereWereTokensOpens) {
  auto store = open("a").value();
  const auto id = append(*store, message_to(1)).value()->id;
  store.reset();
  drop_family("a", "tokens");
  store = open("a").value();
  EXPECT_EQ(replayed(*store).at(0).message->id, id);
  EXPECT_TRUE(append_once(*store, {{7}, "BatchPub", "order 1"}, message_to(1)));
}

TEST_F(RocksReopen, AFolderThatCannotBeMadeIsAnError) {
  EXPECT_EQ(open_rocks_store("/proc/herald", clock_, ids_, sealing_key).error().code, Code::failed);
}

}  // namespace
}  // namespace herald::testing
