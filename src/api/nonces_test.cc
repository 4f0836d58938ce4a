#include "api/nonces.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace herald::api {
namespace {

using namespace std::chrono_literals;

const Time start = time_of(1'716'206'400'000);

Code refusal(Result<SeenNonce> result) { return result ? Code::absent : result.error().code; }

TEST(Nonces, AreUsedOncePerKey) {
  Nonces nonces("secret");
  EXPECT_TRUE(nonces.use("a", "1", start, start + 15min));
  EXPECT_EQ(refusal(nonces.use("a", "1", start, start + 15min)), Code::signature_nonce_used);
  EXPECT_TRUE(nonces.use("b", "1", start, start + 15min));
  EXPECT_TRUE(nonces.use("a", "2", start, start + 15min));
}

TEST(Nonces, AreKeptForTheirWholeWindow) {
  Nonces nonces("secret");
  for (int i = 0; i < 10'000; ++i) {
    const Time now = start + i * 10ms;
    ASSERT_TRUE(nonces.use("a", std::to_string(i), now, now + 15min));
  }
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(refusal(nonces.use("a", std::to_string(i), start + 100s, start + 20min)),
              Code::signature_nonce_used);
  }
}

TEST(Nonces, AreRefusedWhenThereIsNoRoomUntilThereIs) {
  constexpr std::size_t room = 6'400;
  Nonces nonces("secret", room);
  std::size_t taken = 0;
  Code refused = Code::absent;
  while (refused == Code::absent) {
    refused = refusal(nonces.use("a", std::to_string(taken), start, start + 15min));
    if (refused == Code::absent) ++taken;
  }
  EXPECT_EQ(refused, Code::throttled);
  EXPECT_GT(taken, room / 2);  // Tables fill unevenly.
  EXPECT_LE(taken, room);
  EXPECT_EQ(refusal(nonces.use("a", "0", start, start + 15min)), Code::signature_nonce_used);
  EXPECT_TRUE(nonces.use("a", std::to_string(taken), start + 15min + 1ms, start + 31min));
}

TEST(Nonces, OfAnEarlierProcessCount) {
  Nonces before("secret");
  const auto seen = before.use("a", "1", start, start + 15min);
  const auto other = before.use("a", "2", start, start + 1min);
  Nonces after("secret");
  after.restore(*seen, start + 2min);
  after.restore(*other, start + 2min);
  EXPECT_EQ(refusal(after.use("a", "1", start + 2min, start + 15min)), Code::signature_nonce_used);
  EXPECT_TRUE(after.use("a", "2", start + 2min, start + 15min));
}

TEST(Nonces, OnlyOneOfManyThreadsGetsThrough) {
  Nonces nonces("secret");
  std::atomic<int> accepted = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) {
        if (nonces.use("a", std::to_string(i), start, start + 15min)) ++accepted;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(accepted, 1'000);
}

}  // namespace
}  // namespace herald::api
