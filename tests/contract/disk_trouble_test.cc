#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <latch>
#include <thread>

#include "base/crypto.h"
#include "faulty_files.h"
#include "store/disk_store.h"
#include "store/rocks_disk.h"
#include "store/testing.h"

// What callers are told when the disk is in trouble, and what is there when it no longer is.
namespace herald::testing {
namespace {

namespace fs = std::filesystem;
using rocksdb::IOStatus;
using Which = FaultyFiles::Which;

AccessKey key(std::string id, std::string secret) {
  return {.id = std::move(id), .secret = std::move(secret)};
}

std::vector<std::string> secrets_in(Store& store) {
  std::vector<std::string> secrets;
  for (const Record& record : loaded(store)) secrets.push_back(std::get<AccessKey>(record).secret);
  return secrets;
}

std::vector<MessageId> ids_in(Store& store) {
  std::vector<MessageId> ids;
  for (const KeptMessage& kept : replayed(store)) ids.push_back(kept.message->id);
  return ids;
}

class DiskTrouble : public ::testing::Test {
 protected:
  DiskTrouble() {
    std::string name = (fs::temp_directory_path() / "herald-trouble-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    store_ = open(root_ / "store", env_.get());
  }
  ~DiskTrouble() override {
    files_->heal();
    store_.reset();
    fs::remove_all(root_);
  }

  std::unique_ptr<Store> open(const fs::path& folder, rocksdb::Env* env) {
    return open_store(open_rocks_disk(folder, clock_, env).value(), std::string(32, 'k'), clock_,
                      ids_, limits_)
        .value();
  }
  // What a start after a kill at this moment finds.
  std::unique_ptr<Store> after_a_kill() {
    const fs::path killed = root_ / ("killed" + std::to_string(++kills_));
    fs::copy(root_ / "store", killed, fs::copy_options::recursive);
    return open(killed, nullptr);
  }

  void wait_until(bool accepts) {
    while (store_->accepts() != accepts) std::this_thread::yield();
  }

  // The answers of a message and a change that share one write.
  std::pair<Code, Code> in_one_write(Changes riders, Changes changes) {
    std::latch go(1);
    std::promise<void> held;
    std::promise<Result<SharedMessage>> message;
    std::promise<Result<void>> change;
    store_->messages().append(message_to(1), {}, [&](const auto&) {
      held.set_value();
      go.wait();
    });
    held.get_future().wait();
    broken_();
    store_->messages().append(message_to(1), std::move(riders),
                              [&](auto result) { message.set_value(std::move(result)); });
    store_->registry().write(std::move(changes),
                             [&](auto result) { change.set_value(std::move(result)); });
    go.count_down();
    return {message.get_future().get().error().code, change.get_future().get().error().code};
  }

  ManualClock clock_{start};
  IdGenerator ids_{clock_, 1};
  fs::path root_;
  int kills_ = 0;
  StoreLimits limits_{.free_bytes_min = 1000};
  std::shared_ptr<FaultyFiles> files_ = std::make_shared<FaultyFiles>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
  std::unique_ptr<Store> store_;
  std::function<void()> broken_;
};

struct Trouble {
  const char* name;
  void (*begin)(FaultyFiles&);
};

class FailedWrite : public DiskTrouble, public ::testing::WithParamInterface<Trouble> {
 protected:
  FailedWrite() {
    broken_ = [this] { GetParam().begin(*files_); };
  }
};

std::string name_of(const ::testing::TestParamInfo<Trouble>& trouble) { return trouble.param.name; }

// The next log is no better, but everything else is.
const auto log_write_fails =
    Trouble{"log_write", [](FaultyFiles& files) {
              files.fail_writes(Which::logs, IOStatus::IOError("Input/output error"));
            }};
const auto log_sync_fails =
    Trouble{"log_sync", [](FaultyFiles& files) {
              files.fail_syncs(Which::logs, IOStatus::IOError("Input/output error"));
            }};
const auto full =
    Trouble{"full", [](FaultyFiles& files) {
              files.fail_writes(Which::all, IOStatus::NoSpace("No space left on device"));
            }};
const auto no_sync =
    Trouble{"no_sync", [](FaultyFiles& files) {
              files.fail_syncs(Which::all, IOStatus::IOError("Input/output error"));
            }};
const auto read_only = Trouble{"read_only", [](FaultyFiles& files) { files.turn_read_only(); }};

INSTANTIATE_TEST_SUITE_P(Disks, FailedWrite,
                         ::testing::Values(log_write_fails, log_sync_fails, full, no_sync,
                                           read_only),
                         name_of);

// Nothing can be written at all, so nothing changes until the disk recovers.
class DeadDisk : public FailedWrite {};
INSTANTIATE_TEST_SUITE_P(Disks, DeadDisk, ::testing::Values(full, no_sync, read_only), name_of);

TEST_P(FailedWrite, IsToldAndNotThereWhenTheDiskRecovers) {
  const auto before = append(*store_, message_to(2)).value()->id;
  ASSERT_TRUE(write(*store_, {Record(key("id", "old"))}));
  const auto failed = std::pair(Code::failed, Code::failed);
  EXPECT_EQ(in_one_write({Record(key("rider", "rider"))}, {Record(key("id", "new"))}), failed);
  files_->heal();
  wait_until(true);
  EXPECT_EQ(store_->commits().failed.value(), 1);
  EXPECT_GE(store_->commits().reopened.value(), 1);
  const auto after = append(*store_, message_to(1)).value()->id;
  ASSERT_TRUE(write(*store_, {Record(key("other", "other"))}));
  EXPECT_FALSE(files_->synced_again());

  const std::vector<std::string> secrets{"old", "other"};
  EXPECT_EQ(secrets_in(*store_), secrets);
  const auto ids = ids_in(*store_);  // The second kept the committer busy.
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_EQ(ids.front(), before);
  EXPECT_EQ(ids.back(), after);
  const auto killed = after_a_kill();
  EXPECT_EQ(secrets_in(*killed), secrets);
  EXPECT_EQ(ids_in(*killed), ids);
}

TEST_P(FailedWrite, WhatNobodyWaitedForIsWrittenWhenTheDiskRecovers) {
  const auto id = append(*store_, message_to(3)).value()->id;
  store_->messages().record({acked(id, 0)});
  store_->registry().write_soon({Record(key("before", "before"))});
  (void)in_one_write({}, {});
  store_->messages().record({acked(id, 1)});
  store_->registry().write_soon({Record(key("meanwhile", "meanwhile"))});
  files_->heal();
  wait_until(true);
  ASSERT_TRUE(flush(*store_));
  const auto killed = after_a_kill();
  EXPECT_EQ(secrets_in(*killed), (std::vector<std::string>{"before", "meanwhile"}));
  const auto kept = replayed(*killed).at(0);
  EXPECT_EQ(kept.receipts[0].outcome, Outcome::acked);
  EXPECT_EQ(kept.receipts[1].outcome, Outcome::acked);
  EXPECT_EQ(kept.receipts[2].outcome, Outcome::inflight);
}

TEST_P(DeadDisk, OthersAreRefusedAtOnceAndMessagesCanBeReadUntilTheDiskRecovers) {
  const auto id = append(*store_, message_to(1, "hello")).value()->id;
  const auto ended = append(*store_, message_to(1)).value()->id;
  store_->messages().record({acked(ended, 0)});
  ASSERT_TRUE(flush(*store_));
  (void)in_one_write({}, {});
  EXPECT_FALSE(store_->accepts());
  const auto here = std::this_thread::get_id();
  for (int i = 0; i < 3; ++i) {
    store_->messages().append(message_to(1), {}, [here](const auto& kept) {
      EXPECT_EQ(kept.error().code, Code::refused);
      EXPECT_EQ(std::this_thread::get_id(), here);
    });
    store_->registry().write({Record(key("id", "no"))}, [here](const auto& kept) {
      EXPECT_EQ(kept.error().code, Code::refused);
      EXPECT_EQ(std::this_thread::get_id(), here);
    });
    EXPECT_EQ(flush(*store_).error().code, Code::refused);
    EXPECT_EQ(fetch(*store_, {id}).value().at(0)->payload, "hello");
  }
  EXPECT_EQ(find(*store_, ended).value().receipts[0].outcome, Outcome::acked);
  EXPECT_EQ(find(*store_, id).value().receipts[0].outcome, Outcome::queued);
  // A crash now would take its end back: it is not told.
  store_->messages().record({acked(id, 0)});
  EXPECT_EQ(find(*store_, id).error().code, Code::refused);
  files_->heal();
  wait_until(true);
  EXPECT_EQ(find(*store_, id).value().receipts[0].outcome, Outcome::acked);
  EXPECT_TRUE(loaded(*store_).empty());
}

TEST_P(DeadDisk, WhatFailedDoesNotComeBackAfterAKillBeforeTheDiskRecovers) {
  const auto before = append(*store_, message_to(1)).value()->id;
  ASSERT_TRUE(write(*store_, {Record(key("id", "old"))}));
  (void)in_one_write({Record(key("rider", "rider"))}, {Record(key("id", "new"))});
  const auto killed = after_a_kill();
  EXPECT_EQ(secrets_in(*killed), std::vector<std::string>{"old"});
  const auto ids = ids_in(*killed);
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_EQ(ids.front(), before);
}

TEST_P(FailedWrite, DoesNotKeepTheStoreFromBeingClosed) {
  const auto before = append(*store_, message_to(2)).value()->id;
  (void)in_one_write({}, {});
  store_->messages().record({acked(before, 1)});
  store_.reset();
  files_->heal();
  store_ = open(root_ / "store", env_.get());
  EXPECT_EQ(ids_in(*store_).size(), 2u);
}

TEST_F(DiskTrouble, AFailureOfRocksDBsOwnWorkIsNoticedAndNothingIsLost) {
  const auto id = append(*store_, message_to(1, "hello")).value()->id;
  files_->fail_writes(Which::tables, IOStatus::IOError("Input/output error"));
  // More than memory holds before it goes to a table.
  const auto bulk = [&](int i) {
    return write(*store_, {Record(key("bulk" + std::to_string(i), random_bytes(1'000'000)))});
  };
  int kept = 0;
  while (bulk(kept)) ++kept;
  EXPECT_GT(kept, 2);
  EXPECT_FALSE(store_->accepts());
  // It cannot be opened either, since its logs cannot become tables.
  while (fetch(*store_, {id})) std::this_thread::yield();
  EXPECT_EQ(fetch(*store_, {id}).error().code, Code::refused);
  EXPECT_EQ(find(*store_, id).error().code, Code::refused);
  files_->heal();
  wait_until(true);
  EXPECT_EQ(loaded(*store_).size(), static_cast<std::size_t>(kept));
  EXPECT_EQ(fetch(*store_, {id}).value().at(0)->payload, "hello");
  EXPECT_TRUE(bulk(kept));
}

TEST_F(DiskTrouble, WhileASyncStallsOthersAreRefusedAndItsResultCounts) {
  files_->stall();
  std::promise<Result<SharedMessage>> first;
  store_->messages().append(message_to(1), {},
                            [&](auto kept) { first.set_value(std::move(kept)); });
  files_->wait_until_something_stalls();
  EXPECT_TRUE(store_->accepts());
  clock_.advance(limits_.waiting_time_max + Milliseconds(1));
  EXPECT_FALSE(store_->accepts());
  EXPECT_EQ(append(*store_, message_to(1)).error().code, Code::refused);
  EXPECT_EQ(write(*store_, {Record(key("id", "no"))}).error().code, Code::refused);
  files_->heal();
  const auto id = first.get_future().get().value()->id;
  wait_until(true);
  EXPECT_TRUE(append(*store_, message_to(1)));
  EXPECT_EQ(ids_in(*store_).front(), id);
  EXPECT_TRUE(loaded(*store_).empty());
}

TEST_F(DiskTrouble, ANearlyFullDiskTakesNoMessagesAndStillTheirReceipts) {
  const auto id = append(*store_, message_to(1)).value()->id;
  files_->set_free_bytes(limits_.free_bytes_min - 1);
  wait_until(false);
  EXPECT_EQ(append(*store_, message_to(1)).error().code, Code::refused);
  EXPECT_TRUE(write(*store_, {Record(key("id", "yes"))}));
  store_->messages().record({acked(id, 0)});
  EXPECT_TRUE(flush(*store_));
  EXPECT_TRUE(ids_in(*store_).empty());
  files_->heal();
  wait_until(true);
  EXPECT_TRUE(append(*store_, message_to(1)));
}

TEST_F(DiskTrouble, WithHalfOfThatSpaceItTakesNoChangesEither) {
  const auto id = append(*store_, message_to(1)).value()->id;
  files_->set_free_bytes(limits_.free_bytes_min / 2 - 1);
  wait_until(false);
  EXPECT_EQ(write(*store_, {Record(key("id", "no"))}).error().code, Code::refused);
  store_->messages().record({acked(id, 0)});
  files_->heal();
  wait_until(true);
  ASSERT_TRUE(flush(*store_));
  EXPECT_TRUE(ids_in(*store_).empty());
  EXPECT_TRUE(loaded(*store_).empty());
}

}  // namespace
}  // namespace herald::testing
