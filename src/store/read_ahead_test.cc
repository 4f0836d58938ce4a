#include "store/read_ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>
#include <vector>

namespace herald {
namespace {

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

TEST(ReadAhead, VisitsAllInOrderOnTheCallersThread) {
  for (const int count : {0, 1, 1'024, 10'000}) {
    std::vector<int> visited;
    const auto read = ReadAhead<int>::each(
        [count](const ReadAhead<int>::Visitor& give) -> Result<void> {
          for (const int number : numbers(count)) give(number);
          return {};
        },
        [&, here = std::this_thread::get_id()](int number) {
          EXPECT_EQ(std::this_thread::get_id(), here);
          visited.push_back(number);
        });
    EXPECT_TRUE(read);
    EXPECT_EQ(visited, numbers(count));
  }
}

TEST(ReadAhead, WhatWasReadBeforeAnErrorIsVisited) {
  std::vector<int> visited;
  const auto read = ReadAhead<int>::each(
      [](const ReadAhead<int>::Visitor& give) -> Result<void> {
        give(1);
        return fail(Code::failed, "as the test wants it");
      },
      [&](int number) { visited.push_back(number); });
  EXPECT_EQ(read.error().code, Code::failed);
  EXPECT_EQ(visited, std::vector{1});
}

TEST(ReadAhead, AVisitorThatThrowsIsHeard) {
  const auto read = [](const ReadAhead<int>::Visitor& give) -> Result<void> {
    for (const int number : numbers(10'000)) give(number);
    return {};
  };
  const auto visit = [](int) { throw std::runtime_error("as the test wants it"); };
  EXPECT_THROW((void)ReadAhead<int>::each(read, visit), std::runtime_error);
}

}  // namespace
}  // namespace herald
