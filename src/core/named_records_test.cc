#include "core/named_records.h"

#include <gtest/gtest.h>

#include "core/testing.h"

namespace herald {
namespace {

const AccountId account{1};

class NamedRecordsTest : public ::testing::Test {
 protected:
  void put(const std::string& name, const std::string& description) {
    records_.put(name, {.account = account, .name = name, .description = description}, {},
                 [this](const auto& kept) { note(kept); });
  }
  void erase(const std::string& name) {
    records_.erase(account, name, {}, [this](const auto& kept) { note(kept); });
  }
  // What is seen under the name; empty: nothing.
  std::string seen(const std::string& name) const {
    const auto found = records_.find(account, name);
    return found ? found->description : "";
  }
  template <class T>
  void note(const Result<T>& kept) {
    answers_ += kept ? "kept " : "refused ";
  }

  testing::HandStorage storage_;
  std::recursive_mutex mutex_;
  NamedRecords<RamPolicy, ErasedRamPolicy> records_{storage_, mutex_};
  std::string answers_;
};

TEST_F(NamedRecordsTest, WritesAreSeenBeforeTheyAreAnswered) {
  storage_.holds = true;
  put("a", "first");
  EXPECT_EQ(seen("a"), "first");
  EXPECT_EQ(answers_, "");
  storage_.keep_first();
  EXPECT_EQ(answers_, "kept ");
  erase("a");
  EXPECT_EQ(seen("a"), "");
}

TEST_F(NamedRecordsTest, WhatIsRefusedIsNoLongerSeen) {
  storage_.holds = true;
  put("a", "first");
  storage_.refuse_first();
  EXPECT_EQ(answers_, "refused ");
  EXPECT_EQ(seen("a"), "");
  EXPECT_TRUE(records_.of(account).empty());

  put("a", "second");
  storage_.keep_first();
  put("a", "third");
  storage_.refuse_first();
  EXPECT_EQ(seen("a"), "second");
  erase("a");
  storage_.refuse_first();
  EXPECT_EQ(seen("a"), "second");
}

TEST_F(NamedRecordsTest, LaterWritesOutliveARefusedOne) {
  storage_.holds = true;
  put("a", "first");
  put("a", "second");
  storage_.refuse_first();
  EXPECT_EQ(seen("a"), "second");
  storage_.keep_first();
  EXPECT_EQ(seen("a"), "second");
}

TEST_F(NamedRecordsTest, OfSeveralThatAreRefusedNoneComesBack) {
  put("a", "stored");
  storage_.holds = true;
  put("a", "second");
  erase("a");
  put("a", "third");
  for (int i = 0; i < 3; ++i) storage_.refuse_first();
  EXPECT_EQ(seen("a"), "stored");
}

TEST_F(NamedRecordsTest, OneThatIsRefusedAtOnceLeavesThoseThatWait) {
  storage_.holds = true;
  put("a", "first");
  put("a", "second");
  storage_.answer(1, fail(Code::refused));
  EXPECT_EQ(seen("a"), "first");
  storage_.keep_first();
  EXPECT_EQ(seen("a"), "first");
}

TEST_F(NamedRecordsTest, WhatIsErasedTwiceStaysErased) {
  put("a", "stored");
  storage_.holds = true;
  erase("a");
  put("a", "second");
  erase("a");
  storage_.refuse_first();
  EXPECT_EQ(seen("a"), "");
  storage_.keep_first();
  EXPECT_EQ(seen("a"), "");
  storage_.keep_first();
  EXPECT_EQ(seen("a"), "");
  EXPECT_EQ(answers_, "kept refused kept kept ");
}

TEST_F(NamedRecordsTest, WhoIsAnsweredMayWriteAgain) {
  records_.put("a", {.account = account, .name = "a"}, {}, [this](const auto&) {
    erase("a");
    put("b", "second");
  });
  EXPECT_EQ(records_.find(account, "a"), nullptr);
  EXPECT_EQ(seen("b"), "second");
}

TEST_F(NamedRecordsTest, AccountsAreListedByThemselvesAndByName) {
  for (const char* name : {"b", "a", "c"}) put(name, name);
  records_.restore("a", {.account = AccountId{2}, .name = "a", .description = "of another"});
  std::string names;
  for (const auto& each : records_.of(account)) names += each->description;
  EXPECT_EQ(names, "abc");
  EXPECT_EQ(seen("a"), "a");
}

}  // namespace
}  // namespace herald
