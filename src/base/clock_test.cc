#include "base/clock.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// The hands of a wall clock and of a monotonic one.
std::chrono::system_clock::time_point wall;
std::chrono::steady_clock::time_point steady;

class SystemClockTest : public ::testing::Test {
 protected:
  SystemClockTest() { wall = start; }

  static constexpr Time start = time_of(1'790'000'000'000);
  const SystemClock::Sources hands_{.wall = [] { return wall; }, .steady = [] { return steady; }};
};

TEST_F(SystemClockTest, GoesOnWithTheMonotonicClock) {
  const SystemClock clock(hands_);
  EXPECT_EQ(clock.now(), start);
  steady += seconds(5);
  EXPECT_EQ(clock.now(), start + seconds(5));
}

TEST_F(SystemClockTest, AJumpOfTheWallClockIsSeenOnTheWallAlone) {
  const SystemClock clock(hands_);
  for (const auto jump : {hours(24), hours(-24)}) {
    wall = start + jump;
    EXPECT_EQ(clock.now(), start);
    EXPECT_EQ(clock.wall(), start + jump);
  }
}

TEST_F(SystemClockTest, StartsWithTheWallClock) {
  wall = start + hours(24);
  EXPECT_EQ(SystemClock(hands_).now(), start + hours(24));
}

TEST_F(SystemClockTest, IsNotBeforeWhatWasAlready) {
  SystemClock clock(hands_);
  clock.not_before(start + hours(24));
  EXPECT_EQ(clock.now(), start + hours(24));
  EXPECT_EQ(clock.wall(), start);
  steady += seconds(5);
  clock.not_before(start);
  EXPECT_EQ(clock.now(), start + hours(24) + seconds(5));
}

}  // namespace
}  // namespace herald
