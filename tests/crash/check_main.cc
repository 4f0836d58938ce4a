// Reads a history and says which promises it breaks: nothing else is known to it, the store least
// of all. Status 1: at least one.
#include <fmt/core.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "checker.h"

namespace herald::crash {
namespace {

void print(const Checker::Totals& totals) {
  fmt::print("{} lines: {} kills, {} orderly stops\n", totals.lines, totals.kills, totals.stops);
  fmt::print("{} calls: {} successes, {} answers lost\n", totals.calls, totals.successes,
             totals.lost_answers);
  for (const auto& [code, count] : totals.refusals) fmt::print("{} refused: {}\n", count, code);
  fmt::print("{} nonces refused when they came again\n", totals.nonces_refused);
  fmt::print("{} calls sent anew with their ClientToken had succeeded before\n",
             totals.tokens_replayed);
  fmt::print("{} sessions resumed, {} subscriptions refused\n", totals.sessions_resumed,
             totals.subscriptions_refused);
  fmt::print("{} deliveries owed, {} of them excused by a receipt; {} cancelled\n", totals.owed,
             totals.excused, totals.cancelled);
  fmt::print("{} deliveries arrived, {} again, {} of those after PUBACK\n", totals.arrived,
             totals.arrived_again, totals.again_after_puback);
}

int check(const char* path, const Checker::Options& options) {
  std::ifstream file(path);
  if (!file) {
    fmt::print(stderr, "cannot read {}\n", path);
    return 2;
  }
  Checker checker(options);
  for (std::string line; std::getline(file, line);) {
    const auto event = from_line(line);
    if (!event) {
      fmt::print(stderr, "{}\n", event.error().detail);
      return 2;
    }
    checker.take(*event);
  }
  checker.finish();
  print(checker.totals());
  for (const Violation& violation : checker.violations()) {
    fmt::print("line {}: {}: {}\n", violation.line, violation.rule, violation.detail);
  }
  fmt::print("{} violations\n", checker.violations_total());
  return checker.violations_total() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace herald::crash

int main(int count, char** words) {
  if (count != 2 && count != 3) {
    fmt::print(stderr, "usage: crash_check HISTORY [MILLISECONDS that a busy machine may take]\n");
    return 2;
  }
  herald::crash::Checker::Options options;
  if (count == 3) {
    options.acknowledged_for = std::atoll(words[2]) * 1000;
    options.noticed_within = options.late_by = options.acknowledged_for;
  }
  return herald::crash::check(words[1], options);
}
