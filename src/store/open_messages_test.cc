#include "store/open_messages.h"

#include <gtest/gtest.h>

#include "store/memory_disk.h"
#include "store/schema.h"
#include "store/testing.h"

namespace herald {
namespace {

using testing::acked;
using testing::start;

class OpenMessagesTest : public ::testing::Test {
 protected:
  static Message message(std::uint64_t id, std::size_t recipients) {
    Message message = *testing::message_to(recipients);
    message.id = {id};
    return message;
  }

  // Folds what changed and returns what the disk holds in the family.
  MemoryDisk::Map folded(Family family) {
    const auto batch = disk_.new_batch();
    open_.fold(*batch);
    EXPECT_TRUE(disk_.write(*batch, /*sync=*/true));
    open_.folded();
    return disk_.maps().at(static_cast<std::size_t>(family));
  }

  OpenMessages open_;
  MemoryDisk disk_;
};

TEST_F(OpenMessagesTest, WritesOnlyTheChunksThatChanged) {
  open_.add(message(1, 300));
  open_.apply(acked({1}, 299));
  EXPECT_TRUE(open_.changed());
  const auto chunks = folded(Family::receipts);
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks.begin()->first, schema::chunk_key({1}, 2));
  EXPECT_FALSE(open_.changed());
}

TEST_F(OpenMessagesTest, PutsTheSameAgainUntilItIsOnTheDisk) {
  open_.add(message(1, 2));
  open_.apply(acked({1}, 0));
  const auto batch = disk_.new_batch();
  open_.fold(*batch);
  batch->clear();  // The disk refused.
  EXPECT_EQ(folded(Family::receipts).size(), 1u);
}

TEST_F(OpenMessagesTest, AFinishedMessageLeavesOnceItIsFolded) {
  open_.add(message(1, 2));
  open_.apply(acked({1}, 0));
  open_.apply(acked({1}, 1));
  EXPECT_TRUE(open_.receipts_of({1}));
  folded(Family::receipts);
  EXPECT_FALSE(open_.receipts_of({1}));
  EXPECT_EQ(open_.size(), 0u);
}

TEST_F(OpenMessagesTest, ReceiptsAreSafeOnceTheirFoldIsSynced) {
  open_.add(message(1, 2));
  open_.add(message(2, 1));
  EXPECT_TRUE(open_.is_safe({1}));
  open_.apply(acked({1}, 0));
  EXPECT_FALSE(open_.is_safe({1}));
  folded(Family::receipts);
  open_.apply(acked({2}, 0));
  EXPECT_FALSE(open_.is_safe({1}));
  open_.synced();
  EXPECT_TRUE(open_.is_safe({1}));
  EXPECT_FALSE(open_.is_safe({2}));
  folded(Family::receipts);
  EXPECT_FALSE(open_.receipts_of({2}));
  EXPECT_FALSE(open_.is_safe({2}));
  open_.synced();
  EXPECT_TRUE(open_.is_safe({2}));
}

TEST_F(OpenMessagesTest, GoesOnFromWhatTheDiskKnows) {
  const std::vector<Receipt> known{{}, {.outcome = Outcome::acked, .at = start}};
  open_.add(message(1, 2), known);
  EXPECT_FALSE(open_.changed());
  EXPECT_EQ(open_.receipts_of({1}), known);
  open_.apply(acked({1}, 0));
  folded(Family::receipts);
  EXPECT_EQ(open_.size(), 0u);
}

TEST_F(OpenMessagesTest, ExpiresAtTheDeadlineAndNotBefore) {
  Message early = message(1, 2);
  early.deadline = start + Milliseconds(10);
  open_.add(early);
  open_.add(message(2, 1));
  open_.expire(start + Milliseconds(9));
  EXPECT_FALSE(open_.changed());
  open_.expire(start + Milliseconds(10));
  const Receipt expired{.outcome = Outcome::expired, .at = early.deadline};
  EXPECT_EQ(open_.receipts_of({1}), (std::vector{expired, expired}));
  EXPECT_EQ(open_.receipts_of({2}), std::vector{Receipt{}});
}

TEST_F(OpenMessagesTest, KeepsReasonsAndTimesToTheMillisecond) {
  open_.add(message(1, 3));
  const Receipt dropped{.outcome = Outcome::dropped,
                        .reason = DropReason::device_deleted,
                        .at = start + limits::message_lifetime_max};
  open_.apply({{1}, 0, dropped});
  open_.apply(acked({1}, 1, Milliseconds(-5)));  // A clock that disagrees.
  const Receipt at_once{.outcome = Outcome::acked, .at = start};
  EXPECT_EQ(open_.receipts_of({1}), (std::vector{dropped, at_once, Receipt{}}));
}

}  // namespace
}  // namespace herald
