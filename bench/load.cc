// The load generator: devices in the main thread, each caller in a thread of its own. `bench/run`
// starts it against one server after the other.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

#include "ledger.h"
#include "measure.h"
#include "target.h"

namespace herald::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Seconds = std::chrono::duration<double>;

constexpr auto warm_up = std::chrono::seconds(1);
// How long devices wait for what is still on its way.
constexpr auto arrival_time_max = std::chrono::seconds(5);
// What a server still does after the last arrival belongs to the deliveries: acknowledgements and
// what is written about them.
constexpr auto settling_time = milliseconds(300);
constexpr auto idle_settling_time = std::chrono::seconds(2);
// Beside the measured time; then the process ends, whatever it waits for.
constexpr unsigned lifetime_beyond_seconds = 240;

struct Options {
  std::string api;
  std::string server;  // Where the devices connect.
  std::string access;
  Work work;
  unsigned seconds = 5;
  double rate = 0;  // Calls a second; 0: a caller's next call follows when all have the last one.
  pid_t server_pid = 0;
  bool idle = false;
  bool connects = false;
  bool json = false;
};

using MakeTarget = std::function<Result<std::unique_ptr<Target>>(const Options&, const Work&)>;

// Names and values, printed in this order.
using Figures = std::vector<std::pair<std::string, double>>;

void print(const Figures& figures, bool json) {
  std::string text;
  for (const auto& [name, value] : figures) {
    text += json ? fmt::format("{}\"{}\": {:.10g}", text.empty() ? "{" : ", ", name, value)
                 : fmt::format("{:<26}{:>14.6g}\n", name, value);
  }
  fmt::print("{}{}", text, json ? "}\n" : "");
}

// What the callers of one phase share.
struct Phase {
  Instant begin;
  Instant end;
  nanoseconds interval{0};  // Between calls of all callers together; 0: no pace.
  std::atomic<std::int64_t> next = 0;
  std::atomic<std::size_t> calling = 0;
  std::mutex mutex;  // Of what follows; taken once by each caller.
  Histogram latency;
  Error failure{Code::absent, {}};
  bool failed = false;
};

class Run {
 public:
  Run(Target& target, const Options& options)
      : target_(target),
        options_(options),
        ledger_(options.work.devices, options.work.batch),
        turns_(options.work.callers) {}

  Result<Figures> measure() {
    if (auto ready = connect(); !ready) return tl::unexpected(std::move(ready.error()));
    if (auto warm = run_phase(warm_up); !warm) return tl::unexpected(std::move(warm.error()));
    return run_phase(std::chrono::seconds(options_.seconds));
  }

 private:
  Result<void> connect() {
    for (std::uint32_t caller = 0; caller < options_.work.callers; ++caller) {
      auto publisher = target_.new_publisher(caller);
      if (!publisher) return tl::unexpected(std::move(publisher.error()));
      publishers_.push_back(std::move(*publisher));
    }
    target_.record_in(ledger_);
    ledger_.on_complete([this](const Stamp& stamp) {
      turns_[stamp.caller].complete = stamp.call;
      turns_[stamp.caller].change.release();
    });
    return target_.connect_devices();
  }

  // Calls for `duration`, then waits until all has arrived, so that a phase begins and ends with
  // nothing on its way: the CPU time between is that of exactly the deliveries between.
  Result<Figures> run_phase(std::chrono::seconds duration) {
    Phase phase;
    const std::size_t calls_before = ledger_.begun();
    const std::size_t arrived_before = ledger_.arrived();
    ledger_.reset_latency();
    const auto cpu_before = cpu_time(options_.server_pid);
    if (!cpu_before) return tl::unexpected(cpu_before.error());
    const auto own_before = cpu_time(::getpid());
    phase.begin = Clock::now();
    phase.end = phase.begin + duration;
    if (options_.rate > 0) {
      phase.interval = std::chrono::duration_cast<nanoseconds>(Seconds(1 / options_.rate));
    }
    phase.calling = publishers_.size();
    std::vector<std::jthread> threads;
    threads.reserve(publishers_.size());
    for (std::uint32_t caller = 0; caller < publishers_.size(); ++caller) {
      threads.emplace_back([this, &phase, caller] { call_repeatedly(phase, caller); });
    }
    // A caller that is not answered gives up or ends the process in time; see main().
    while (phase.calling > 0) {
      target_.run_devices(milliseconds(100), [&] { return phase.calling == 0; });
    }
    threads.clear();
    target_.run_devices(arrival_time_max, [&] { return ledger_.all_arrived(); });
    if (phase.failed) return tl::unexpected(phase.failure);
    target_.run_devices(settling_time, [] { return false; });
    const auto cpu_after = cpu_time(options_.server_pid);
    const auto own_after = cpu_time(::getpid());
    if (!cpu_after) return tl::unexpected(cpu_after.error());
    if (target_.lost_connections() > 0) return fail(Code::failed, "devices lost their connection");

    const auto calls = static_cast<double>(ledger_.begun() - calls_before);
    const auto deliveries = static_cast<double>(ledger_.arrived() - arrived_before);
    const double elapsed = Seconds(ledger_.last_arrival() - phase.begin).count();
    const auto cpu_us = [&](nanoseconds before, nanoseconds after) {
      return static_cast<double>((after - before).count()) / 1e3 / deliveries;
    };
    Figures figures{{"calls_per_s", calls / elapsed},
                    {"deliveries_per_s", deliveries / elapsed},
                    {"server_cpu_us_per_delivery", cpu_us(*cpu_before, *cpu_after)},
                    {"load_cpu_us_per_delivery", cpu_us(*own_before, *own_after)},
                    {"end_to_end_p50_us", ledger_.latency().quantile_us(0.5)},
                    {"end_to_end_p99_us", ledger_.latency().quantile_us(0.99)},
                    {"deliveries", deliveries},
                    {"lost", static_cast<double>(ledger_.missing())},
                    {"duplicates", static_cast<double>(ledger_.duplicates())},
                    {"strays", static_cast<double>(ledger_.strays())}};
    if (target_.answers_calls()) {
      figures.emplace_back("call_p50_us", phase.latency.quantile_us(0.5));
      figures.emplace_back("call_p99_us", phase.latency.quantile_us(0.99));
    }
    return figures;
  }

  // Paced calls start when they are due, in the figures also when all callers were busy by then.
  // Without a pace a call follows when the last one has reached all of its devices, or a server
  // that answers early would build up a backlog, and figures of a backlog depend on how long it
  // grows.
  void call_repeatedly(Phase& phase, std::uint32_t caller) {
    Histogram latency;
    Result<void> done;
    while (done) {
      const bool paced = phase.interval.count() > 0;
      const Instant start = paced ? phase.begin + phase.next++ * phase.interval : Clock::now();
      if (start >= phase.end) break;
      std::this_thread::sleep_until(start);
      const std::uint32_t call = ledger_.begin_call();
      const Stamp stamp{.start_ns = nanoseconds(start.time_since_epoch()).count(),
                        .call = call,
                        .caller = caller};
      done = publishers_[caller]->call(ledger_.first_device(call),
                                       make_payload(stamp, options_.work.payload_bytes));
      latency.add(Clock::now() - start);
      if (done && !paced) wait_for_arrivals(call, caller);
    }
    const std::scoped_lock lock(phase.mutex);
    phase.latency.add(latency);
    if (!done) {
      phase.failed = true;
      phase.failure = std::move(done.error());
    }
    --phase.calling;
  }

  // In vain when a delivery is lost, which the ledger will tell.
  void wait_for_arrivals(std::uint32_t call, std::uint32_t caller) {
    const Instant end = Clock::now() + arrival_time_max;
    Turn& turn = turns_[caller];
    while (turn.complete != call && turn.change.try_acquire_until(end)) continue;
  }

  // The last call of one caller that reached all of its devices.
  struct Turn {
    std::atomic<std::int64_t> complete = -1;
    std::counting_semaphore<> change{0};
  };

  Target& target_;
  const Options& options_;
  Ledger ledger_;
  std::vector<Turn> turns_;  // By caller.
  std::vector<std::unique_ptr<Publisher>> publishers_;
};

// Resident memory for each of many devices that only are connected and subscribed. The first fifth
// is not counted: it pays for what is there once, such as code and tables that grow.
Result<Figures> measure_idle(const Options& options, const MakeTarget& make) {
  Work first = options.work;
  first.devices = options.work.devices / 5;
  Work rest = options.work;
  rest.first_device = first.devices;
  rest.devices = options.work.devices - first.devices;
  std::vector<std::unique_ptr<Target>> targets;
  std::vector<double> resident;
  for (const Work& work : {first, rest}) {
    auto target = make(options, work);
    if (!target) return tl::unexpected(std::move(target.error()));
    auto connected = (*target)->connect_devices();
    if (!connected) return tl::unexpected(std::move(connected.error()));
    targets.push_back(std::move(*target));
    std::this_thread::sleep_for(idle_settling_time);
    const auto bytes = resident_bytes(options.server_pid);
    if (!bytes) return tl::unexpected(bytes.error());
    resident.push_back(static_cast<double>(*bytes));
  }
  for (const auto& target : targets) target->disconnect();
  const auto devices = static_cast<double>(rest.devices);
  return Figures{{"devices", devices},
                 {"resident_bytes", resident[1]},
                 {"bytes_per_idle_device", (resident[1] - resident[0]) / devices}};
}

// All devices connect and subscribe in clean sessions and disconnect, over and over. The first time
// is not counted.
Result<Figures> measure_connects(const Options& options, const MakeTarget& make) {
  std::size_t connects = 0;
  nanoseconds cpu{0};
  nanoseconds elapsed{0};
  const auto once = [&]() -> Result<void> {
    auto target = make(options, options.work);
    if (!target) return tl::unexpected(std::move(target.error()));
    const auto cpu_before = cpu_time(options.server_pid);
    const Instant begin = Clock::now();
    if (auto connected = (*target)->connect_devices(); !connected) return connected;
    elapsed += Clock::now() - begin;
    (*target)->disconnect();
    std::this_thread::sleep_for(settling_time);
    const auto cpu_after = cpu_time(options.server_pid);
    if (!cpu_before || !cpu_after) return fail(Code::failed, "the server has ended");
    cpu += *cpu_after - *cpu_before;
    connects += options.work.devices;
    return {};
  };
  if (auto warm = once(); !warm) return tl::unexpected(std::move(warm.error()));
  connects = 0;
  cpu = elapsed = nanoseconds(0);
  while (elapsed < std::chrono::seconds(options.seconds)) {
    if (auto done = once(); !done) return tl::unexpected(std::move(done.error()));
  }
  const auto count = static_cast<double>(connects);
  return Figures{{"connects", count},
                 {"connects_per_s", count / Seconds(elapsed).count()},
                 {"server_cpu_us_per_connect", static_cast<double>(cpu.count()) / 1e3 / count}};
}

Result<Figures> measure(const Options& options, const MakeTarget& make) {
  if (options.idle) return measure_idle(options, make);
  if (options.connects) return measure_connects(options, make);
  if (options.work.devices < options.work.batch ||
      options.work.callers * options.work.batch > 65'535) {
    return fail(Code::failed, "too few devices for a batch, or too many callers");
  }
  auto target = make(options, options.work);
  if (!target) return tl::unexpected(std::move(target.error()));
  Result<Figures> figures = Run(**target, options).measure();
  (*target)->disconnect();
  return figures;
}

void run(const Options& options, const MakeTarget& make) {
  ::alarm(options.seconds + lifetime_beyond_seconds);
  const auto figures = measure(options, make);
  if (!figures) {
    fmt::print(stderr, "load: {}\n", figures.error().detail);
    throw CLI::RuntimeError(1);
  }
  print(*figures, options.json);
}

net::Address address(const std::string& text) {
  auto parsed = net::parse_address(text);
  if (!parsed) throw CLI::ValidationError(parsed.error().detail);
  return *parsed;
}

CLI::App* add_target(CLI::App& app, Options& options, const std::string& name,
                     const std::string& summary, const MakeTarget& make) {
  CLI::App* command = app.add_subcommand(name, summary);
  Work& work = options.work;
  command->add_option("--devices", work.devices, "How many devices are connected");
  command->add_option("--batch", work.batch, "Devices that one call is for");
  command->add_option("--payload", work.payload_bytes, "Bytes")->check(CLI::Range(16, 262144));
  command->add_option("--qos", work.qos)->check(CLI::Range(0, 1));
  command->add_option("--callers", work.callers, "Calls that are under way at once");
  command->add_option("--seconds", options.seconds, "Of the measured time")
      ->check(CLI::Range(1, 600));
  command->add_option("--rate", options.rate, "Calls a second; default: as fast as they arrive");
  command->add_option("--server-pid", options.server_pid)->required();
  command->add_flag("--idle", options.idle, "Measure only the memory of idle devices");
  command->add_flag("--connects", options.connects,
                    "Measure connecting, subscribing and disconnecting");
  command->add_flag("--json", options.json);
  command->callback([&options, make] { run(options, make); });
  return command;
}

int run_main(int argc, char** argv) {
  CLI::App app("Load for Herald, mosquitto and bare_send");
  app.require_subcommand(1);
  Options options;

  CLI::App* herald = add_target(
      app, options, "herald", "BatchPub over HTTP", [](const auto& all, const Work& work) {
        return herald_target(address(all.api), address(all.server), all.access, work);
      });
  herald->add_option("--api", options.api, "HOST:PORT")->required();
  herald->add_option("--mqtt", options.server, "HOST:PORT")->required();
  herald->add_option("--access", options.access, "What herald-setup wrote")->required();
  herald->add_flag("--tls", options.work.tls, "Devices connect over TLS");

  CLI::App* mosquitto = add_target(app, options, "mosquitto", "Pipelined PUBLISH packets",
                                   [](const auto& all, const Work& work) {
                                     return mosquitto_target(address(all.server), work);
                                   });
  mosquitto->add_option("--mqtt", options.server, "HOST:PORT")->required();

  CLI::App* bare = add_target(
      app, options, "bare", "bare_send, which speaks no protocol",
      [](const auto& all, const Work& work) { return bare_target(address(all.server), work); });
  bare->add_option("--server", options.server, "HOST:PORT")->required();

  std::string key;
  CLI::App* setup = app.add_subcommand("herald-setup", "Makes a product and its devices");
  setup->add_option("--api", options.api, "HOST:PORT")->required();
  setup->add_option("--key", key, "What `herald init --json` printed")->required();
  setup->add_option("--devices", options.work.devices);
  setup->add_option("--access", options.access, "File to write")->required();
  setup->callback([&] {
    ::alarm(lifetime_beyond_seconds);
    const auto done =
        set_up_herald(address(options.api), key, options.work.devices, options.access);
    if (done) return;
    fmt::print(stderr, "load: {}\n", done.error().detail);
    throw CLI::RuntimeError(1);
  });

  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace
}  // namespace herald::bench

int main(int argc, char** argv) try {
  return herald::bench::run_main(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "load: %s\n", error.what());
  return 1;
}
