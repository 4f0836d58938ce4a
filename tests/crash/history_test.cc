#include "history.h"

#include <gtest/gtest.h>

#include <sstream>

namespace herald::crash {
namespace {

TEST(History, LinesAreReadAsTheyWereWritten) {
  for (const std::string_view line : {"device 3 /a1/device3/user/get",
                                      "call 17 0 1 604800000 18446744073709551615 A-1 0,3,4",
                                      "again 18 0",
                                      "retry 18 0",
                                      "answer 19 0 success 889455942124347329 -",
                                      "answer 20 1 lost 0 -",
                                      "answer 21 2 refused 0 Throttling.User",
                                      "cancelling 21 0 -",
                                      "cancelling 21 0 3,4",
                                      "cancelled 21 0 3",
                                      "receipts 22 0 0:acked:-,3:dropped:not_subscribed",
                                      "receipts 22 0 -",
                                      "connecting 23 5 3 1",
                                      "connack 24 5 0 1",
                                      "subscribe 24 5",
                                      "suback 25 5",
                                      "packet 26 5 /a1/device3/user/get 12345 1 1 77",
                                      "puback 27 5 77",
                                      "end 28 5 1",
                                      "start 29",
                                      "ready 30",
                                      "stopping 31",
                                      "kill 32",
                                      "gone 33",
                                      "settled 34"}) {
    const auto event = from_line(line);
    ASSERT_TRUE(event) << line;
    EXPECT_EQ(to_line(*event), line);
  }
}

TEST(History, WhatIsNoLineIsRefused) {
  for (const std::string_view line :
       {"", "nothing 1", "kill", "kill x", "kill 1 2", "answer 19 0 maybe 1 -", "puback 27 5",
        "call 17 0 1 604800000 1 A-1 0,x"}) {
    EXPECT_FALSE(from_line(line)) << line;
  }
}

TEST(History, TimesGrow) {
  std::stringstream out;
  Writer writer(out);
  writer.write(Killed());
  writer.write(Gone());
  std::string first;
  std::string second;
  std::getline(out, first);
  std::getline(out, second);
  EXPECT_LE(std::get<Killed>(*from_line(first)).at, std::get<Gone>(*from_line(second)).at);
}

}  // namespace
}  // namespace herald::crash
