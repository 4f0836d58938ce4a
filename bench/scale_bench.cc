// A million devices of one product, in a store on the disk: how fast they are registered, what they
// and their kept sessions cost in memory after a start, how long the start takes, and whether lists
// and single calls over HTTP stay quick. Each phase is a process of its own.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <thread>

#include "base/log.h"
#include "client/caller.h"
#include "filled_store.h"
#include "measure.h"

namespace herald::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct Options {
  fs::path data;
  std::size_t devices = 1'000'000;
  std::size_t calls = 1'000;
  int calls_per_second = 100;
};

double seconds_since(Instant start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void measure_calls(const Options& options) {
  auto herald = must(app::Herald::open(options.data, unhurried_settings()));
  must(herald->start());
  const auto key = herald->registry().access_keys().front();
  const auto instance = herald->registry().instances_of(key->account).front();
  const std::string product = product_of(*herald).text();
  const auto measure = [&](std::string_view what, std::string_view action, auto parameters_of) {
    client::Caller caller(herald->api(), {key->id, key->secret}, instance->id);
    Histogram histogram;
    auto next = Clock::now();
    for (std::size_t i = 0; i < options.calls; ++i) {
      std::this_thread::sleep_until(next);
      next += std::chrono::microseconds(1'000'000 / options.calls_per_second);
      client::CallParameters parameters = parameters_of(i);
      parameters.emplace_back("ProductKey", product);
      const auto start = Clock::now();
      must(caller.must(action, parameters));
      histogram.add(Clock::now() - start);
    }
    fmt::print("{:<58}{:>12.2f}{:>12.2f}\n", what, histogram.quantile_us(0.5) / 1'000,
               histogram.quantile_us(0.99) / 1'000);
  };
  fmt::print("{:<58}{:>12}{:>12}\n", fmt::format("calls, {} a second", options.calls_per_second),
             "p50 ms", "p99 ms");
  const auto page = [](std::size_t number) -> client::CallParameters {
    return {{"CurrentPage", std::to_string(number)}, {"PageSize", "50"}};
  };
  const std::size_t pages = options.devices / 50;
  measure("QueryDevice, the first page of 50", "QueryDevice", [&](std::size_t) { return page(1); });
  measure("QueryDevice, a page anywhere", "QueryDevice",
          [&](std::size_t i) { return page(1 + i * 7919 % pages); });
  measure("QueryDeviceByStatus, a page anywhere", "QueryDeviceByStatus", [&](std::size_t i) {
    auto parameters = page(1 + i * 7919 % pages);
    parameters.emplace_back("Status", "0");
    return parameters;
  });
  measure("QueryDeviceDetail of any device", "QueryDeviceDetail",
          [&](std::size_t i) -> client::CallParameters {
            return {{"DeviceName", fmt::format("device-{:07}", i * 7919 % options.devices)}};
          });
  measure("RegisterDevice", "RegisterDevice", [&](std::size_t i) -> client::CallParameters {
    return {{"DeviceName", fmt::format("later-{:07}", i)}};
  });

  client::Caller caller(herald->api(), {key->id, key->secret}, instance->id);
  const auto start = Clock::now();
  must(caller.must("DeleteProduct", {{"ProductKey", product}}));
  fmt::print("{:<58}{:>12.2f}\n", "DeleteProduct answers after ms", seconds_since(start) * 1'000);
  while (!herald->registry().removals().empty()) std::this_thread::sleep_for(10ms);
  fmt::print("{:<58}{:>12.2f}\n", "and has deleted its devices after s", seconds_since(start));
  herald->stop();
}

int run(const Options& options) {
  if (fs::exists(options.data)) {
    fmt::print(stderr, "{} is there already\n", options.data.string());
    return 1;
  }
  log::set_level(log::Level::error);
  const auto tell = [](std::string_view what, const Start& start) {
    fmt::print("{:<58}{:>12.2f}\n", what, start.seconds);
  };
  const auto tell_memory = [&](std::string_view what, const Start& before, const Start& after) {
    fmt::print("{:<58}{:>12.0f}\n", what,
               (after.bytes - before.bytes) / static_cast<double>(options.devices));
  };
  phase([&] { make_product(options.data); });
  const Start empty = start_and_kill(options.data);
  phase([&] {
    const double taken = register_devices(options.data, options.devices);
    fmt::print("{:<58}{:>12.0f}\n", "devices registered a second, synced",
               static_cast<double>(options.devices) / taken);
  });
  const Start devices = start_and_kill(options.data);
  tell("seconds to start with all devices", devices);
  tell_memory("bytes of memory for a device", empty, devices);
  phase([&] { keep_sessions(options.data); });
  const Start sessions = start_and_kill(options.data);
  tell("seconds to start with a kept session each", sessions);
  tell_memory("bytes of memory for a kept session", devices, sessions);
  phase([&] { measure_calls(options); });
  fs::remove_all(options.data);
  return 0;
}

int run_main(int argc, char** argv) {
  CLI::App app("A million devices");
  Options options;
  app.add_option("--data", options.data, "Directory to be made, and removed at the end")
      ->required();
  app.add_option("--devices", options.devices, "How many")->capture_default_str();
  app.add_option("--calls", options.calls, "Calls of each kind")->capture_default_str();
  app.add_option("--rate", options.calls_per_second, "Calls a second")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace herald::bench

int main(int argc, char** argv) { return herald::bench::run_main(argc, argv); }
