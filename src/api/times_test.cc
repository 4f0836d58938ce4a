#include "api/times.h"

#include <gtest/gtest.h>

namespace herald::api {
namespace {

TEST(Times, AreWrittenAsTheReferenceHasThem) {
  const Time time = time_of(1'716'206'400'007);
  EXPECT_EQ(timestamp_text(time), "2024-05-20T12:00:00Z");
  EXPECT_EQ(utc_text(time), "2024-05-20T12:00:00.007Z");
  EXPECT_EQ(gmt_text(time), "2024-05-20 20:00:00");
  EXPECT_EQ(gmt_text(time_of(1'735'660'800'000)), "2025-01-01 00:00:00");
}

TEST(Times, TimestampsAreReadStrictly) {
  EXPECT_EQ(parse_timestamp("2024-05-20T12:00:00Z"), time_of(1'716'206'400'000));
  EXPECT_EQ(parse_timestamp("2024-02-29T23:59:59Z"), time_of(1'709'251'199'000));
  for (const char* text :
       {"", "2024-05-20", "2024-05-20T12:00:00", "2024-05-20T12:00:00z", "2024-05-20 12:00:00Z",
        "2024-5-20T12:00:00Z", "2024-05-20T12:00:00.0Z", "2023-02-29T12:00:00Z",
        "2024-13-01T12:00:00Z", "2024-05-20T24:00:00Z", "2024-05-20T12:60:00Z",
        "2024-05-20T12:00:60Z", "2024-05-20T12:00:00+0", " 2024-05-20T12:00:00Z"}) {
    EXPECT_EQ(parse_timestamp(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace herald::api
