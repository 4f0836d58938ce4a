#include "app/metrics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace herald::app {
namespace {

std::string table() {
  std::string text = "| metric | type | what it tells |\n| --- | --- | --- |\n";
  for (const MetricInfo& metric : all_metrics()) {
    text += fmt::format("| `{}` | {} | {} |\n", metric.name, metric.type, metric.help);
  }
  return text;
}

// A change of a declaration shows as a change of this file. HERALD_GOLDEN=write writes it anew.
TEST(Metrics, TheirPageIsTheReviewedOne) {
  constexpr std::string_view begin = "<!-- metrics -->\n", end = "<!-- /metrics -->\n";
  const std::string path = std::string(HERALD_SOURCE_DIR) + "/docs/observability.md";
  std::ifstream file(path);
  const std::string reviewed{std::istreambuf_iterator<char>(file), {}};
  const auto first = reviewed.find(begin);
  const auto last = reviewed.find(end);
  ASSERT_TRUE(first < last && last != reviewed.npos);
  std::string now = reviewed;
  now.replace(first + begin.size(), last - first - begin.size(), table());
  if (const char* mode = std::getenv("HERALD_GOLDEN"); mode && mode == std::string_view("write")) {
    std::ofstream(path) << now;
  }
  EXPECT_EQ(now, reviewed) << "review the difference, then run with HERALD_GOLDEN=write";
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
