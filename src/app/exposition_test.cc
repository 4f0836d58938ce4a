#include "app/exposition.h"

#include <gtest/gtest.h>

namespace herald::app {
namespace {

TEST(Exposition, AFamilyComesBeforeItsSamples) {
  Exposition page;
  page.family("calls_total", "counter", "Calls.");
  page.sample(std::int64_t{3}, {{"operation", "Pub"}, {"code", "OK"}});
  page.family("start_time_seconds", "gauge", "When.");
  page.sample(1.5);
  EXPECT_EQ(std::move(page).text(),
            "# HELP calls_total Calls.\n# TYPE calls_total counter\n"
            "calls_total{operation=\"Pub\",code=\"OK\"} 3\n"
            "# HELP start_time_seconds When.\n# TYPE start_time_seconds gauge\n"
            "start_time_seconds 1.5\n");
}

TEST(Exposition, BucketsOfAHistogramAddUp) {
  constexpr std::array<std::int64_t, 2> bounds{1'000'000, 2'500'000};
  Exposition page;
  page.family("call_seconds", "histogram", "How long.");
  page.histogram({.bounds = bounds, .counts = {4, 0, 1}, .sum = 12'000'000}, 1e9,
                 {{"operation", "Pub"}});
  EXPECT_EQ(std::move(page).text(),
            "# HELP call_seconds How long.\n# TYPE call_seconds histogram\n"
            "call_seconds_bucket{operation=\"Pub\",le=\"0.001\"} 4\n"
            "call_seconds_bucket{operation=\"Pub\",le=\"0.0025\"} 4\n"
            "call_seconds_bucket{operation=\"Pub\",le=\"+Inf\"} 5\n"
            "call_seconds_sum{operation=\"Pub\"} 0.012\n"
            "call_seconds_count{operation=\"Pub\"} 5\n");
}

TEST(Exposition, ALabelCannotEndItself) {
  Exposition page;
  page.family("x", "gauge", "X.");
  page.sample(std::int64_t{1}, {{"a", "\"} 2\n\\"}, {"empty", ""}});
  EXPECT_TRUE(std::move(page).text().ends_with("\nx{a=\"\\\"} 2\\n\\\\\"} 1\n"));
}

}  // namespace
}  // namespace herald::app
