#include "store/journal.h"

#include <gtest/gtest.h>

#include <optional>

#include "store/memory_disk.h"
#include "store/schema.h"

namespace herald {
namespace {

// Answers what the test wants, and keeps what was synced.
class TestDisk final : public MemoryDisk {
 public:
  Result<void> write(Batch& batch, bool sync) override {
    if (answer) return fail(*std::exchange(answer, std::nullopt));
    return MemoryDisk::write(batch, sync).and_then([&] {
      return sync ? this->sync() : Result<void>();
    });
  }
  Result<void> sync() override {
    synced = maps();
    return {};
  }
  Result<void> disown(std::uint64_t batch) override {
    disowned = batch;
    return {};
  }
  // As much of the end is gone as may be.
  Result<void> reopen() override {
    replace(synced);
    return {};
  }

  std::optional<Code> answer;
  std::uint64_t disowned = 0;
  Maps synced;
};

class JournalTest : public ::testing::Test {
 protected:
  Result<void> put(std::string_view key, bool sync) {
    journal_.begin();
    journal_.batch().put(Family::registry, key, "value");
    return journal_.write(sync);
  }
  bool has(std::string_view key) const { return disk_.get(Family::registry, key).has_value(); }
  std::uint64_t number() const {
    return schema::read_number(disk_.get(Family::meta, schema::batch_key).value()).value();
  }

  TestDisk disk_;
  Journal journal_{disk_};
};

TEST_F(JournalTest, NumbersBatchesWithoutAGapAndGoesOnWhereTheDiskStopped) {
  ASSERT_TRUE(put("a", true));
  ASSERT_TRUE(put("b", false));
  EXPECT_EQ(number(), 2u);
  journal_.begin();
  ASSERT_TRUE(journal_.write(/*sync=*/true));  // Nothing to write.
  EXPECT_EQ(number(), 2u);
  disk_.answer = Code::refused;
  EXPECT_EQ(put("c", true).error().code, Code::refused);
  EXPECT_FALSE(journal_.has_failed());

  Journal next(disk_);
  ASSERT_TRUE(next.open());
  next.batch().put(Family::registry, "d", "value");
  ASSERT_TRUE(next.write(true));
  EXPECT_EQ(number(), 3u);
}

TEST_F(JournalTest, ABatchThatFailedIsDisownedAndItsNumberGivenToTheNext) {
  ASSERT_TRUE(put("a", true));
  disk_.answer = Code::failed;
  EXPECT_EQ(put("b", true).error().code, Code::failed);
  EXPECT_TRUE(journal_.has_failed());
  EXPECT_EQ(disk_.disowned, 2u);
  ASSERT_TRUE(journal_.reopen());
  EXPECT_FALSE(journal_.has_failed());
  ASSERT_TRUE(put("c", true));
  EXPECT_EQ(number(), 2u);
  EXPECT_FALSE(has("b"));
}

TEST_F(JournalTest, WhatWasNotSyncedIsWrittenAgainAsOftenAsItIsLost) {
  ASSERT_TRUE(put("a", true));
  ASSERT_TRUE(put("b", false));
  ASSERT_TRUE(put("c", false));
  for (int i = 0; i < 2; ++i) {
    disk_.answer = Code::failed;
    EXPECT_FALSE(put("d", false));
    ASSERT_TRUE(journal_.reopen());
    EXPECT_TRUE(has("a") && has("b") && has("c"));
    EXPECT_FALSE(has("d"));
    EXPECT_EQ(number(), 3u);
  }
  journal_.begin();
  ASSERT_TRUE(journal_.write(/*sync=*/true));
  disk_.answer = Code::failed;
  EXPECT_FALSE(put("e", true));
  EXPECT_EQ(disk_.disowned, 4u);
}

TEST_F(JournalTest, WhenWritingAgainFailsItStaysFailed) {
  ASSERT_TRUE(put("a", false));
  disk_.answer = Code::failed;
  EXPECT_FALSE(put("b", true));
  disk_.answer = Code::failed;
  EXPECT_FALSE(journal_.reopen());
  EXPECT_TRUE(journal_.has_failed());
  ASSERT_TRUE(journal_.reopen());
  EXPECT_TRUE(has("a"));
}

}  // namespace
}  // namespace herald
