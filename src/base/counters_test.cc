#include "base/counters.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

constexpr std::array<std::int64_t, 2> bounds{10, 100};

TEST(Histogram, AValueIsCountedAtTheFirstBoundThatItDoesNotExceed) {
  Histogram<Tally, bounds> histogram;
  for (const int value : {0, 10, 11, 100, 101, 5000}) histogram.observe(value);
  const Distribution read = histogram.read();
  EXPECT_EQ(read.counts, (std::vector<std::int64_t>{2, 2, 2}));
  EXPECT_EQ(read.sum, 5222);
}

}  // namespace
}  // namespace herald
