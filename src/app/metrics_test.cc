#include "app/metrics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/golden.h"

namespace herald::app {
namespace {

std::string table() {
  std::string text = "| metric | type | what it tells |\n| --- | --- | --- |\n";
  for (const MetricInfo& metric : all_metrics()) {
    text += fmt::format("| `{}` | {} | {} |\n", metric.name, metric.type, metric.help);
  }
  return text;
}

TEST(Metrics, TheirPageIsTheReviewedOne) {
  constexpr std::string_view page = "docs/observability.md";
  constexpr std::string_view begin = "<!-- metrics -->\n", end = "<!-- /metrics -->\n";
  std::string now = testing::file_of_project(page);
  const auto first = now.find(begin);
  const auto last = now.find(end);
  ASSERT_TRUE(first < last && last != now.npos);
  now.replace(first + begin.size(), last - first - begin.size(), table());
  testing::expect_reviewed(page, now);
}

TEST(Metrics, NamesSayWhatPrometheusExpects) {
  for (const MetricInfo& metric : all_metrics()) {
    EXPECT_EQ(metric.name.ends_with("_total"), metric.type == "counter") << metric.name;
    EXPECT_TRUE(metric.name.starts_with("herald_") || metric.name.starts_with("process_"));
    EXPECT_TRUE(metric.help.ends_with('.')) << metric.name;
  }
}

}  // namespace
}  // namespace herald::app
