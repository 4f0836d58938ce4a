#include "store/disk_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <thread>

#include "store/memory_disk.h"
#include "store/schema.h"
#include "store/testing.h"

namespace herald::testing {
namespace {

// What stays in the hands of the test while the store owns the disk.
struct Faults {
  std::atomic<Code> next_write{
      Code::absent};                          // What the next write answers; absent: nothing wrong.
  std::atomic<Code> next_read{Code::absent};  // The same of the next read.
  std::atomic<bool> writes_although_it_fails{false};
  std::atomic<int> writes{0};

  std::mutex mutex;
  std::condition_variable changed;
  MemoryDisk::Maps synced;  // What a power cut leaves.
  int syncs = 0;

  std::atomic<int> failing_reopens{0};  // As many answer that they failed.
  std::atomic<bool> loses_what_is_not_synced{false};

  MemoryDisk::Maps left_by_power_cut() {
    const std::scoped_lock lock(mutex);
    return synced;
  }
  void wait_for_sync_after(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return syncs > count; });
  }
  int syncs_so_far() {
    const std::scoped_lock lock(mutex);
    return syncs;
  }
};

class FaultyDisk final : public MemoryDisk {
 public:
  FaultyDisk(Maps maps, Faults& faults)
      : MemoryDisk(std::move(maps)), faults_(faults), written_(MemoryDisk::maps()) {}

  Result<void> write(Batch& batch, bool sync) override {
    const Code code = faults_.next_write.exchange(Code::absent);
    if (code != Code::absent) {
      if (faults_.writes_although_it_fails) (void)MemoryDisk::write(batch, sync);
      return fail(code, "as the test wants it");
    }
    ++faults_.writes;
    if (auto written = MemoryDisk::write(batch, sync); !written) return written;
    written_ = maps();
    return sync ? this->sync() : Result<void>();
  }

  Result<void> reopen() override {
    if (faults_.failing_reopens > 0) {
      --faults_.failing_reopens;
      return fail(Code::failed, "as the test wants it");
    }
    replace(faults_.loses_what_is_not_synced ? faults_.left_by_power_cut() : written_);
    return {};
  }

  Result<std::string> get(Family family, std::string_view key) const override {
    const Code code = faults_.next_read.exchange(Code::absent);
    if (code != Code::absent) return fail(code, "as the test wants it");
    return MemoryDisk::get(family, key);
  }

  Result<void> sync() override {
    {
      const std::scoped_lock lock(faults_.mutex);
      faults_.synced = maps();
      ++faults_.syncs;
    }
    faults_.changed.notify_all();
    return {};
  }

 private:
  Faults& faults_;
  Maps written_;  // Without what failed.
};

void wait_until_it_accepts(const Store& store) {
  while (!store.accepts()) std::this_thread::yield();
}

class DiskStore : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open(MemoryDisk::Maps maps, IdGenerator& ids) {
    return open_store(std::make_unique<FaultyDisk>(std::move(maps), faults_), std::string(32, 'k'),
                      clock_, ids, {})
        .value();
  }
  std::unique_ptr<Store> open(MemoryDisk::Maps maps = {}) { return open(std::move(maps), ids_); }

  ManualClock clock_{start};
  IdGenerator ids_{clock_, 1};
  Faults faults_;
};

MemoryDisk::Map& in(MemoryDisk::Maps& maps, Family family) {
  return maps.at(static_cast<std::size_t>(family));
}

TEST_F(DiskStore, WhatWasAnsweredSurvivesAPowerCut) {
  const auto store = open();
  const auto id =
      append(*store, message_to(2, "hello"), {Record(AccessKey{.id = "key"})}).value()->id;
  const auto after_crash = open(faults_.left_by_power_cut());
  ASSERT_EQ(replayed(*after_crash).size(), 1u);
  EXPECT_EQ(fetch(*after_crash, {id}).value().at(0)->payload, "hello");
  EXPECT_EQ(loaded(*after_crash).size(), 1u);
}

TEST_F(DiskStore, WhatNobodyWaitsForIsSyncedWithoutAnyCall) {
  const auto store = open();
  const auto id = append(*store, message_to(2)).value()->id;
  const int syncs = faults_.syncs_so_far();
  store->messages().record({acked(id, 1)});
  store->registry().write_soon({Record(AccessKey{.id = "key"})});
  faults_.wait_for_sync_after(syncs);
  const auto after_crash = open(faults_.left_by_power_cut());
  EXPECT_EQ(replayed(*after_crash).at(0).receipts.at(1).outcome, Outcome::acked);
  EXPECT_EQ(loaded(*after_crash).size(), 1u);
}

TEST_F(DiskStore, ReceiptsGoOnWhereTheyStoodBeforeTheCrash) {
  auto store = open();
  const auto id = append(*store, message_to(2)).value()->id;
  store->messages().record({acked(id, 0, Milliseconds(5))});
  ASSERT_TRUE(flush(*store));
  store = open(faults_.left_by_power_cut());
  ASSERT_EQ(replayed(*store).size(), 1u);
  store->messages().record({{id, 0, {.outcome = Outcome::expired, .at = start}}, acked(id, 1)});
  const auto kept = find(*store, id).value();
  EXPECT_EQ(kept.receipts[0], acked(id, 0, Milliseconds(5)).receipt);
  EXPECT_EQ(kept.receipts[1].outcome, Outcome::acked);
  ASSERT_TRUE(flush(*store));
  EXPECT_TRUE(replayed(*store).empty());
}

TEST_F(DiskStore, AnEndThatWasToldSurvivesAPowerCut) {
  const auto store = open();
  const auto ids = {append(*store, message_to(2)).value()->id,   // Stays open.
                    append(*store, message_to(1)).value()->id};  // Leaves with its last receipt.
  const auto told = [&](MessageId id) { return find(*store, id).value().receipts[0].outcome; };
  for (const MessageId id : ids) {
    store->messages().record({{id, 0, {Outcome::dropped, DropReason::session_ended, start}}});
    EXPECT_EQ(told(id), Outcome::dropped);
    const auto after_crash = open(faults_.left_by_power_cut());
    EXPECT_EQ(find(*after_crash, id).value().receipts[0].outcome, Outcome::dropped);
  }
}

// Or a crash would deliver to a session what had been dropped before there was one.
TEST_F(DiskStore, ASessionIsKeptWithTheReceiptsBeforeIt) {
  const auto store = open();
  const auto id = append(*store, message_to(3)).value()->id;
  store->messages().record({acked(id, 0)});
  ASSERT_TRUE(flush(*store));  // The next receipts would wait for their turn.
  store->messages().record({{id, 1, {.outcome = Outcome::dropped, .at = start}}});
  ASSERT_TRUE(write(*store, {Record(KeptSession{.device = {1001}})}));
  const auto after_crash = open(faults_.left_by_power_cut());
  const auto kept = replayed(*after_crash);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].receipts.at(1).outcome, Outcome::dropped);
  EXPECT_FALSE(is_final(kept[0].receipts.at(2).outcome));
}

TEST_F(DiskStore, AppendsThatWaitShareOneWrite) {
  const auto store = open();
  std::latch go(1), all(50);
  std::promise<void> held;
  store->messages().append(message_to(1), {}, [&](const auto&) {
    held.set_value();
    go.wait();
  });
  held.get_future().wait();
  const int writes = faults_.writes;
  for (int i = 0; i < 50; ++i) {
    store->messages().append(message_to(1), {}, [&](const auto&) { all.count_down(); });
  }
  go.count_down();
  all.wait();
  EXPECT_EQ(faults_.writes, writes + 1);
}

TEST_F(DiskStore, BatchesAreNumberedWithoutAGap) {
  const auto store = open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append(*store, message_to(1)));
  auto maps = faults_.left_by_power_cut();
  EXPECT_EQ(schema::read_number(in(maps, Family::meta).at(std::string(schema::batch_key))),
            static_cast<std::uint64_t>(faults_.writes));
}

TEST_F(DiskStore, AfterAFailedWriteItGoesOnWithoutThatWrite) {
  const auto store = open();
  const auto before = append(*store, message_to(1)).value()->id;
  faults_.writes_although_it_fails = true;
  for (int i = 0; i < 2; ++i) {
    faults_.next_write = Code::failed;
    EXPECT_EQ(append(*store, message_to(1), {Record(AccessKey{.id = "rider"})}).error().code,
              Code::failed);
    wait_until_it_accepts(*store);
  }
  faults_.next_write = Code::failed;
  EXPECT_EQ(write(*store, {Record(AccessKey{.id = "key"})}).error().code, Code::failed);
  wait_until_it_accepts(*store);
  const auto after = append(*store, message_to(1)).value()->id;
  EXPECT_GT(after, before);
  const auto kept = replayed(*store);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].message->id, before);
  EXPECT_EQ(kept[1].message->id, after);
  EXPECT_TRUE(loaded(*store).empty());
}

TEST_F(DiskStore, WhatIsLostWhenItIsOpenedAnewIsWrittenAgain) {
  const auto store = open();
  const auto id = append(*store, message_to(2)).value()->id;
  const int writes = faults_.writes;
  store->messages().record({acked(id, 0)});
  store->registry().write_soon({Record(AccessKey{.id = "key"})});
  while (faults_.writes == writes) std::this_thread::yield();
  faults_.loses_what_is_not_synced = true;
  faults_.next_write = Code::failed;
  EXPECT_FALSE(append(*store, message_to(1)));
  wait_until_it_accepts(*store);
  const auto after_crash = open(faults_.left_by_power_cut());
  EXPECT_EQ(replayed(*after_crash).at(0).receipts.at(0).outcome, Outcome::acked);
  EXPECT_EQ(loaded(*after_crash).size(), 1u);
}

TEST_F(DiskStore, ItIsOpenedAnewUntilThatSucceedsAndAllIsRefusedMeanwhile) {
  const auto store = open();
  faults_.failing_reopens = 1'000'000;
  faults_.next_write = Code::failed;
  EXPECT_EQ(append(*store, message_to(1)).error().code, Code::failed);
  EXPECT_FALSE(store->accepts());
  EXPECT_EQ(append(*store, message_to(1)).error().code, Code::refused);
  EXPECT_EQ(write(*store, {Record(AccessKey{.id = "key"})}).error().code, Code::refused);
  EXPECT_EQ(flush(*store).error().code, Code::refused);
  faults_.failing_reopens = 0;
  wait_until_it_accepts(*store);
  EXPECT_TRUE(append(*store, message_to(1)));
}

TEST_F(DiskStore, AFirstWriteThatFailsIsMadeOnceMoreWhenTheDiskIsOpenAnew) {
  open();
  faults_.next_write = Code::failed;
  const auto store = open(faults_.left_by_power_cut());
  EXPECT_TRUE(append(*store, message_to(1)));
}

TEST_F(DiskStore, CommitsAreCounted) {
  const auto store = open();
  const auto before = store->commits().size.read();
  ASSERT_TRUE(append(*store, message_to(1)));
  const auto after = store->commits().size.read();
  EXPECT_EQ(after.sum, before.sum + 1);
  EXPECT_EQ(after.counts[0], before.counts[0] + 1);
  faults_.next_write = Code::refused;
  EXPECT_FALSE(append(*store, message_to(1)));
  EXPECT_EQ(store->commits().refused.value(), 1);
  EXPECT_TRUE(store->accepts());
  faults_.next_write = Code::failed;
  EXPECT_FALSE(append(*store, message_to(1)));
  EXPECT_EQ(store->commits().failed.value(), 1);
  wait_until_it_accepts(*store);
  EXPECT_EQ(store->commits().reopened.value(), 1);
}

TEST_F(DiskStore, ATokenWhoseAppendWasRefusedIsFree) {
  auto store = open();
  faults_.next_write = Code::refused;
  EXPECT_EQ(append_once(*store, {{7}, "Pub", "order 1"}, message_to(1)).error().code,
            Code::refused);
  EXPECT_EQ(append_once(*store, {{7}, "Pub", "order 1"}, message_to(2)).value()->recipients.size(),
            2u);
}

TEST_F(DiskStore, ATokenThatCannotBeLookedUpPublishesNothing) {
  auto store = open();
  faults_.next_read = Code::failed;
  EXPECT_EQ(append_once(*store, {{7}, "Pub", "order 1"}, message_to(1)).error().code,
            Code::refused);
  EXPECT_TRUE(replayed(*store).empty());
  EXPECT_TRUE(append_once(*store, {{7}, "Pub", "order 1"}, message_to(1)));
}

TEST_F(DiskStore, ARefusalOfTheDiskPasses) {
  const auto store = open();
  const auto id = append(*store, message_to(1)).value()->id;
  store->messages().record({acked(id, 0)});
  store->registry().write_soon({Record(AccessKey{.id = "key"})});
  faults_.next_write = Code::refused;
  EXPECT_EQ(append(*store, message_to(1)).error().code, Code::refused);
  ASSERT_TRUE(append(*store, message_to(1)));
  ASSERT_TRUE(flush(*store));
  EXPECT_EQ(replayed(*store).size(), 1u);
  EXPECT_EQ(loaded(*store).size(), 1u);
}

TEST_F(DiskStore, NoIdIsGivenAgainAfterACrash) {
  const auto store = open();
  std::uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) last = ids_.next();  // Of messages that are not stored.
  IdGenerator later(clock_, 1);
  const auto after_crash = open(faults_.left_by_power_cut(), later);
  EXPECT_GT(later.next(), last);
}

TEST_F(DiskStore, IdsDoNotRunAheadOfTheClockWhenItIsClosedInPeace) {
  for (int i = 0; i < 10; ++i) open(faults_.left_by_power_cut()).reset();
  EXPECT_LT(time_of_id(ids_.next()), start + Milliseconds(100));
}

TEST_F(DiskStore, IdsDoNotRunAheadOfTheClockByCrashes) {
  for (int i = 0; i < 10; ++i) {
    IdGenerator ids(clock_, 1);
    const auto store = open(faults_.left_by_power_cut(), ids);
    EXPECT_LT(time_of_id(ids.next()), start + std::chrono::minutes(2));
  }
}

TEST_F(DiskStore, ItsTimeIsBelievedUnlessItWentBack) {
  open().reset();
  for (const auto away : {std::chrono::hours(24), std::chrono::hours(-24)}) {
    ManualClock clock(start + away);
    IdGenerator ids(clock, 1);
    open_store(std::make_unique<MemoryDisk>(faults_.left_by_power_cut()), std::string(32, 'k'),
               clock, ids, {})
        .value();
    EXPECT_EQ(clock.now(), std::max(start, start + away));
  }
}

TEST_F(DiskStore, ANewerFormatIsRefused) {
  MemoryDisk::Maps maps;
  in(maps, Family::meta)["format"] = schema::number(schema::format_version + 1);
  const auto store =
      open_store(std::make_unique<MemoryDisk>(maps), std::string(32, 'k'), clock_, ids_, {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::malformed);
  EXPECT_THAT(store.error().detail, ::testing::HasSubstr("newer version"));
}

TEST_F(DiskStore, GarbageIsAnErrorToWhoReadsItAndLeftOutAtTheStart) {
  auto store = open();
  const auto id = append(*store, message_to(1)).value()->id;
  const auto sound = append(*store, message_to(1)).value()->id;
  ASSERT_TRUE(write(*store, {Record(AccessKey{.id = "key"}), Record(AccessKey{.id = "sound"})}));
  auto maps = faults_.left_by_power_cut();
  in(maps, Family::messages)[schema::key_of(id)] = "\xff\xff garbage";
  in(maps, Family::registry)["kkey"] = "\xff";
  store = open(maps);
  EXPECT_EQ(store->damage().count(), 0u);
  EXPECT_EQ(find(*store, id).error().code, Code::malformed);
  const auto kept = replayed(*store);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].message->id, sound);
  const auto records = loaded(*store);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(std::get<AccessKey>(records[0]).id, "sound");
  EXPECT_EQ(store->damage().records, 2u);
}

TEST_F(DiskStore, WhatCannotBeReadIsLeftOutOfWhatIsFetched) {
  auto store = open();
  const auto bad_head = append(*store, message_to(1)).value()->id;
  const auto bad_payload = append(*store, message_to(1)).value()->id;
  const auto sound = append(*store, message_to(1, "sound")).value()->id;
  auto maps = faults_.left_by_power_cut();
  in(maps, Family::messages)[schema::key_of(bad_head)] = "\xff\xff garbage";
  in(maps, Family::payloads)[schema::key_of(bad_payload)] += "garbage";
  store = open(maps);
  const auto fetched = fetch(*store, {bad_head, bad_payload, sound});
  ASSERT_TRUE(fetched);
  ASSERT_EQ(fetched->size(), 1u);
  EXPECT_EQ(fetched->at(0)->payload, "sound");
}

TEST_F(DiskStore, ADiskThatFailsFailsWhatIsFetched) {
  const auto store = open();
  const auto id = append(*store, message_to(1)).value()->id;
  faults_.next_read = Code::failed;
  EXPECT_EQ(fetch(*store, {id}).error().code, Code::failed);
}

}  // namespace
}  // namespace herald::testing
