// A million devices of one product, in a store on the disk: how fast they are registered, what
// they, their kept sessions and what waits for them cost in memory after a start, how long the
// start takes, and whether lists and single calls over HTTP stay quick. Each phase is a process of
// its own; those that write end like killed ones.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/log.h"
#include "client/caller.h"
#include "filled_store.h"
#include "measure.h"
#include "store/rocks_disk.h"
#include "store/schema.h"

namespace herald::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct Options {
  fs::path data;
  std::size_t devices = 1'000'000;
  std::size_t calls = 1'000;
  int calls_per_second = 100;
  std::size_t waiting = 10;         // Deliveries for each device that has some.
  std::size_t waiting_devices = 0;  // 0: all have.
  std::size_t finished = 0;         // Messages that are kept for their receipts.
};

constexpr std::size_t slice = 1'000;  // Messages in one write.

double resident() {
  malloc_trim(0);
  return static_cast<double>(resident_bytes(::getpid()).value_or(0));
}
double seconds_since(Instant start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// An hour ago; past the committer, which would sync each hundred of them.
void leave_finished(const Options& options) {
  const SystemClock clock;
  const auto disk = must(open_rocks_disk(options.data / "store", clock));
  const Time then = clock.now() - std::chrono::hours(1);
  Message message;
  message.product = "a1BwAGVxxxx";
  message.topic = TopicTemplate::parse("/a1BwAGVxxxx/${deviceName}/user/get");
  message.qos = Qos::at_least_once;
  message.created = then;
  message.deadline = then + limits::message_lifetime_max;
  message.recipients = {{1}};
  message.payload = std::string(64, 'x');
  const Receipt acked{.outcome = Outcome::acked, .at = then};
  const auto batch = disk->new_batch();
  for (std::size_t i = 0; i < options.finished;) {
    batch->clear();
    for (const std::size_t end = std::min(i + slice, options.finished); i < end; ++i) {
      message.id = {first_id_at(then) + i};
      message.request_id = fmt::format("request-{:028}", i);
      const std::string key = schema::key_of(message.id);
      batch->put(Family::messages, key, schema::head_of(message));
      batch->put(Family::requests, message.request_id, key);
      batch->put(Family::receipts, schema::chunk_key(message.id, 0),
                 schema::chunk_of({&acked, 1}, then));
    }
    while (!disk->write(*batch, /*sync=*/false)) std::this_thread::sleep_for(100ms);
  }
  must(disk->sync());
}

// So that what is read next comes from the disk.
bool forget_pages() {
  ::sync();
  std::ofstream file("/proc/sys/vm/drop_caches");
  file << "3\n" << std::flush;
  return file.good();
}

// Answers the memory after a start.
double start_once(const Options& options, bool tells_time, std::string_view what) {
  double result = 0;
  int pipe[2];
  if (::pipe(pipe) != 0) std::_Exit(1);
  phase([&] {
    const auto start = Clock::now();
    auto herald = must(app::Herald::open(options.data, unhurried_settings()));
    if (tells_time) fmt::print("{:<58}{:>12.2f}\n", what, seconds_since(start));
    const double bytes = resident();
    if (::write(pipe[1], &bytes, sizeof bytes) != sizeof bytes) std::_Exit(1);
  });
  if (::read(pipe[0], &result, sizeof result) != sizeof result) std::_Exit(1);
  ::close(pipe[0]);
  ::close(pipe[1]);
  return result;
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

void measure_queues(const Options& options, double before) {
  if (options.waiting == 0) return;
  if (options.finished > 0) phase([&] { leave_finished(options); });
  const WaitingMessages waiting{
      .devices = options.waiting_devices == 0 ? options.devices : options.waiting_devices,
      .each = options.waiting};
  phase([&] { leave_waiting(options.data, waiting); });
  const std::size_t deliveries = waiting.each * waiting.devices;
  const double after = start_once(
      options, true, fmt::format("seconds to start with {} waiting deliveries", deliveries));
  fmt::print("{:<58}{:>12.0f}\n", "bytes of memory for a waiting delivery",
             (after - before) / static_cast<double>(deliveries));
  if (forget_pages()) (void)start_once(options, true, "seconds of the same from a cold disk");
}

int run(const Options& options) {
  if (fs::exists(options.data)) {
    fmt::print(stderr, "{} is there already\n", options.data.string());
    return 1;
  }
  log::set_level(log::Level::error);
  const auto per_device = [&](double before, double after) {
    return (after - before) / static_cast<double>(options.devices);
  };
  phase([&] { make_product(options.data); });
  const double empty = start_once(options, false, "");
  phase([&] {
    const double taken = register_devices(options.data, options.devices);
    fmt::print("{:<58}{:>12.0f}\n", "devices registered a second, synced",
               static_cast<double>(options.devices) / taken);
  });
  const double devices = start_once(options, true, "seconds to start with all devices");
  fmt::print("{:<58}{:>12.0f}\n", "bytes of memory for a device", per_device(empty, devices));
  phase([&] { keep_sessions(options.data); });
  const double sessions = start_once(options, true, "seconds to start with a kept session each");
  fmt::print("{:<58}{:>12.0f}\n", "bytes of memory for a kept session",
             per_device(devices, sessions));
  measure_queues(options, sessions);
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
  app.add_option("--waiting", options.waiting, "Deliveries that wait for each device")
      ->capture_default_str();
  app.add_option("--waiting-devices", options.waiting_devices,
                 "For so many devices; default: for all");
  app.add_option("--finished", options.finished, "Finished messages that are kept beside them")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace herald::bench

int main(int argc, char** argv) { return herald::bench::run_main(argc, argv); }
