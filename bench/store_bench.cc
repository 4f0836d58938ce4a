// Appends of 64 bytes to 100 recipients, each answered after its sync, with all recipients acked
// afterwards; `writers` calls are always under way. CPU is that of the whole process, so it holds
// the callers' part as well. HERALD_BENCH_DIR says on which disk.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"
#include "store/testing.h"

namespace herald {
namespace {

namespace fs = std::filesystem;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::unique_ptr<Store> open(bool on_disk, const fs::path& folder, Clock& clock, IdGenerator& ids) {
  if (!on_disk) return make_memory_store(clock, ids);
  return open_rocks_store(folder, clock, ids, [](bool) { return std::string(32, 'k'); }).value();
}

// Appends `count` messages one after the other.
void write_messages(Store& store, int count) {
  for (int i = 0; i < count; ++i) {
    const auto message = testing::append(store, testing::message_to(100, std::string(64, 'x')));
    std::vector<ReceiptOf> receipts;
    for (RecipientIndex recipient = 0; recipient < 100; ++recipient) {
      receipts.push_back(testing::acked((*message)->id, recipient));
    }
    store.messages().record(std::move(receipts));
  }
}

void append(benchmark::State& state, bool on_disk) {
  const char* chosen = std::getenv("HERALD_BENCH_DIR");
  const fs::path root = chosen != nullptr ? fs::path(chosen) : fs::temp_directory_path();
  const fs::path folder = root / ("herald-store-bench-" + std::to_string(::getpid()));
  SystemClock clock;
  IdGenerator ids(clock, 1);
  const auto writers = static_cast<std::size_t>(state.range(0));
  constexpr int each = 500;
  auto store = open(on_disk, folder, clock, ids);
  const double cpu_before = cpu_seconds();
  for (auto unused : state) {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < writers; ++i) {
      threads.emplace_back([&] { write_messages(*store, each); });
    }
  }
  const auto appends =
      static_cast<double>(state.iterations()) * each * static_cast<double>(writers);
  state.counters["appends"] = benchmark::Counter(appends, benchmark::Counter::kIsRate);
  state.counters["cpu_us_per_append"] = (cpu_seconds() - cpu_before) * 1e6 / appends;
  store.reset();
  fs::remove_all(folder);
}

// Reports of ten properties, of 1,000 devices in turn, each one kept soon, as QoS 0 is; ends when
// all of it is on the disk.
void report(benchmark::State& state) {
  const char* chosen = std::getenv("HERALD_BENCH_DIR");
  const fs::path root = chosen != nullptr ? fs::path(chosen) : fs::temp_directory_path();
  const fs::path folder = root / ("herald-store-bench-" + std::to_string(::getpid()));
  SystemClock clock;
  IdGenerator ids(clock, 1);
  constexpr std::uint64_t devices = 1'000, each = 10, properties = 10;
  auto store = open(/*on_disk=*/true, folder, clock, ids);
  const double cpu_before = cpu_seconds();
  for (auto unused : state) {
    for (std::uint64_t i = 0; i < devices * each; ++i) {
      std::vector<ThingEntry> entries;
      for (std::uint64_t property = 0; property < properties; ++property) {
        entries.push_back({.device = {1 + i % devices},
                           .identifier = "Property" + std::to_string(property),
                           .place = {.time = clock.now()},
                           .value = "23.5"});
      }
      store->things().keep_soon(std::move(entries));
      if (i % devices == devices - 1) (void)testing::flush(*store);
    }
  }
  const auto entries = static_cast<double>(state.iterations()) * devices * each * properties;
  state.counters["entries"] = benchmark::Counter(entries, benchmark::Counter::kIsRate);
  state.counters["cpu_us_per_entry"] = (cpu_seconds() - cpu_before) * 1e6 / entries;
  store.reset();
  fs::remove_all(folder);
}

BENCHMARK(report)->UseRealTime();
BENCHMARK_CAPTURE(append, rocks, true)->Arg(1)->Arg(16)->Arg(64)->UseRealTime();
BENCHMARK_CAPTURE(append, memory, false)->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
}  // namespace herald
