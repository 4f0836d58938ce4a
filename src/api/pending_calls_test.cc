#include "api/pending_calls.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace herald::api {
namespace {

using namespace std::chrono_literals;

class PendingCallsTest : public ::testing::Test {
 protected:
  Done<Reply> begin(Time now) {
    return calls_.begin(now, [this](Result<Reply> reply) {
      answers_.push_back(reply ? std::nullopt : std::optional(reply.error().code));
    });
  }

  const Time start_ = time_of(1'790'000'000'000);
  PendingCalls calls_{10s};
  std::vector<std::optional<Code>> answers_;  // Nothing: a reply.
};

TEST_F(PendingCallsTest, ACallHasItsResultOnce) {
  auto done = begin(start_);
  done(Reply());
  calls_.answer_overdue(start_ + 20s);
  EXPECT_EQ(answers_, (std::vector<std::optional<Code>>{std::nullopt}));
}

TEST_F(PendingCallsTest, WithoutAResultInTimeItIsUnknownAndTheResultGoesNowhere) {
  auto done = begin(start_);
  calls_.answer_overdue(start_ + 9'999ms);
  EXPECT_TRUE(answers_.empty());
  calls_.answer_overdue(start_ + 10s);
  done(Reply());
  EXPECT_EQ(answers_, (std::vector<std::optional<Code>>{Code::unknown}));
}

TEST_F(PendingCallsTest, OnlyThoseThatAreOverdueAreAnswered) {
  auto first = begin(start_);
  auto second = begin(start_ + 1s);
  auto third = begin(start_ + 2s);
  second(fail(Code::failed));
  calls_.answer_overdue(start_ + 11s);
  EXPECT_EQ(answers_, (std::vector<std::optional<Code>>{Code::failed, Code::unknown}));
  third(Reply());
  EXPECT_EQ(answers_.size(), 3u);
}

}  // namespace
}  // namespace herald::api
