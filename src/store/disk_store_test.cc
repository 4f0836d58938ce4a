#include "store/disk_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>

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

  std::string note;

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
  FaultyDisk(Maps maps, Faults& faults) : MemoryDisk(std::move(maps)), faults_(faults) {}

  Result<void> write(Batch& batch, bool sync) override {
    const Code code = faults_.next_write.exchange(Code::absent);
    if (code != Code::absent) {
      if (faults_.writes_although_it_fails && MemoryDisk::write(batch, sync)) {
        EXPECT_TRUE(this->sync());
      }
      return fail(code, "as the test wants it");
    }
    ++faults_.writes;
    if (auto written = MemoryDisk::write(batch, sync); !written) return written;
    return sync ? this->sync() : Result<void>();
  }

  Result<void> keep_note(std::string_view note) override {
    const std::scoped_lock lock(faults_.mutex);
    faults_.note = note;
    return {};
  }
  Result<std::string> note() const override {
    const std::scoped_lock lock(faults_.mutex);
    return faults_.note;
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
};

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

TEST_F(DiskStore, AfterAFailedWriteNothingIsTakenAnyMore) {
  const auto store = open();
  const auto before = append(*store, message_to(1)).value()->id;
  faults_.next_write = Code::failed;
  EXPECT_EQ(append(*store, message_to(1)).error().code, Code::failed);
  EXPECT_EQ(append(*store, message_to(1)).error().code, Code::refused);
  EXPECT_EQ(write(*store, {Record(AccessKey{.id = "key"})}).error().code, Code::refused);
  EXPECT_EQ(flush(*store).error().code, Code::refused);
  EXPECT_TRUE(find(*store, before));
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
  EXPECT_TRUE(store->commits().accepts);
  faults_.next_write = Code::failed;
  EXPECT_FALSE(append(*store, message_to(1)));
  EXPECT_EQ(store->commits().failed.value(), 1);
  EXPECT_FALSE(store->commits().accepts);
}

TEST_F(DiskStore, WhatWasAnsweredAsFailedDoesNotComeBack) {
  auto store = open();
  const auto before = append(*store, message_to(1)).value()->id;
  faults_.next_write = Code::failed;
  faults_.writes_although_it_fails = true;
  auto draft = message_to(200);
  draft->request_id = "request";
  EXPECT_EQ(append(*store, std::move(draft)).error().code, Code::failed);
  auto left = faults_.left_by_power_cut();
  const std::string lost = in(left, Family::messages).rbegin()->first;
  EXPECT_EQ(in(left, Family::messages).size(), 2u);
  EXPECT_EQ(faults_.note, std::to_string(schema::read_key(lost).value().value) + "\n");

  IdGenerator ids(clock_, 1);
  store = open(left, ids);
  EXPECT_TRUE(faults_.note.empty());
  const auto kept = replayed(*store);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].message->id, before);
  EXPECT_GT(ids.next(), schema::read_key(lost).value().value);
  auto now = faults_.left_by_power_cut();
  for (const Family family : {Family::messages, Family::open, Family::payloads}) {
    EXPECT_EQ(in(now, family).size(), 1u);
  }
  EXPECT_TRUE(in(now, Family::requests).empty());
}

TEST_F(DiskStore, ANoteThatWasCutShortNamesNoOtherMessage) {
  auto store = open();
  const auto id = append(*store, message_to(1)).value()->id;
  faults_.note = "garbage\n\n99999999999999999999999\n" + std::to_string(id.value);
  store = open(faults_.left_by_power_cut());
  EXPECT_EQ(replayed(*store).size(), 1u);
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

TEST_F(DiskStore, GarbageIsAnErrorToWhoReadsIt) {
  auto store = open();
  const auto id = append(*store, message_to(1)).value()->id;
  ASSERT_TRUE(write(*store, {Record(AccessKey{.id = "key"})}));
  auto maps = faults_.left_by_power_cut();
  in(maps, Family::messages)[schema::key_of(id)] = "\xff\xff garbage";
  in(maps, Family::registry)["kkey"] = "\xff";
  store = open(maps);
  EXPECT_EQ(find(*store, id).error().code, Code::malformed);
  EXPECT_EQ(store->messages().replay([](const auto&) {}).error().code, Code::malformed);
  EXPECT_EQ(store->registry().load([](const auto&) {}).error().code, Code::malformed);
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
