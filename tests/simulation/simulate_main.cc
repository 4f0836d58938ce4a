// Runs simulations from many seeds and says which of them break a promise. Status 1: at least one.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>

#include "base/log.h"
#include "simulation.h"

namespace herald::simulation {
namespace {

void report(std::uint64_t seed, const Verdict& verdict) {
  fmt::print("seed {}: {} violations; ./dev simulation 1 {} repeats it\n", seed,
             verdict.wrong.size(), seed);
  for (const std::string& wrong : verdict.wrong) fmt::print("  {}\n", wrong);
  std::fflush(stdout);
}

int run(std::uint64_t first, std::uint64_t count, const Options& options) {
  std::uint64_t bad = 0;
  crash::Checker::Totals all;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Verdict verdict = simulate(seed, options);
    if (!verdict.wrong.empty()) {
      ++bad;
      report(seed, verdict);
    }
    all.kills += verdict.totals.kills;
    all.stops += verdict.totals.stops;
    all.calls += verdict.totals.calls;
    all.successes += verdict.totals.successes;
    all.owed += verdict.totals.owed;
    all.excused += verdict.totals.excused;
    all.cancelled += verdict.totals.cancelled;
    all.arrived += verdict.totals.arrived;
    all.arrived_again += verdict.totals.arrived_again;
    all.again_after_puback += verdict.totals.again_after_puback;
    all.sessions_resumed += verdict.totals.sessions_resumed;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print("{} kills, {} orderly stops\n", all.kills, all.stops);
  fmt::print("{} calls: {} successes\n", all.calls, all.successes);
  fmt::print("{} sessions resumed\n", all.sessions_resumed);
  fmt::print("{} deliveries owed, {} of them excused by a receipt, {} cancelled\n", all.owed,
             all.excused, all.cancelled);
  fmt::print("{} deliveries arrived, {} again, {} of those after PUBACK\n", all.arrived,
             all.arrived_again, all.again_after_puback);
  fmt::print("{} seeds in {:.1f} s, {} of them with violations\n", count, took.count(), bad);
  return bad == 0 ? 0 : 1;
}

}  // namespace
}  // namespace herald::simulation

int main(int count, char** words) {
  std::uint64_t first = 1;
  std::uint64_t seeds = 10'000;
  std::string history;
  bool without_sync = false;
  CLI::App app("Simulates a server, its devices and its callers");
  app.add_option("--first", first, "Seed")->capture_default_str();
  app.add_option("--count", seeds, "How many seeds, one after the other")->capture_default_str();
  app.add_option("--history", history, "File for what callers and devices saw");
  app.add_flag("--without-sync", without_sync, "The disk's syncs are a lie");
  CLI11_PARSE(app, count, words);
  herald::log::set_level(herald::log::Level::error);
  std::ofstream file;
  if (!history.empty()) file.open(history);
  return herald::simulation::run(
      first, seeds, {.disk_syncs = !without_sync, .history = history.empty() ? nullptr : &file});
}
