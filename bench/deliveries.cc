#include "deliveries.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

#include "ledger.h"

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
// Per cent of all arrivals: what draws their distribution.
constexpr double end_to_end_quantiles[] = {10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100};

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
  Run(Target& target, const Work& work, const Pace& pace, pid_t server)
      : target_(target),
        work_(work),
        pace_(pace),
        server_(server),
        ledger_(work.devices, work.batch),
        turns_(work.callers) {}

  Result<Figures> measure() {
    if (auto ready = connect(); !ready) return tl::unexpected(std::move(ready.error()));
    if (auto warm = run_phase(warm_up); !warm) return tl::unexpected(std::move(warm.error()));
    return run_phase(pace_.duration);
  }

 private:
  Result<void> connect() {
    for (std::uint32_t caller = 0; caller < work_.callers; ++caller) {
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
    const auto cpu_before = cpu_time(server_);
    if (!cpu_before) return tl::unexpected(cpu_before.error());
    const auto own_before = cpu_time(::getpid());
    phase.begin = Clock::now();
    phase.end = phase.begin + duration;
    if (pace_.calls_per_s > 0) {
      phase.interval = std::chrono::duration_cast<nanoseconds>(Seconds(1 / pace_.calls_per_s));
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
    const auto cpu_after = cpu_time(server_);
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
                    {"deliveries", deliveries},
                    {"lost", static_cast<double>(ledger_.missing())},
                    {"duplicates", static_cast<double>(ledger_.duplicates())},
                    {"strays", static_cast<double>(ledger_.strays())}};
    for (const double per_cent : end_to_end_quantiles) {
      figures.emplace_back(fmt::format("end_to_end_p{:g}_us", per_cent),
                           ledger_.latency().quantile_us(per_cent / 100));
    }
    if (target_.answers_calls()) {
      figures.emplace_back("call_p50_us", phase.latency.quantile_us(0.5));
      figures.emplace_back("call_p99_us", phase.latency.quantile_us(0.99));
    }
    return figures;
  }

  // Paced calls start when they are due, in the figures also when all callers were busy by then;
  // before, they are signed or written into packets, which is none of the server's time.
  // Without a pace a call follows when the last one has reached all of its devices, or a server
  // that answers early would build up a backlog, and figures of a backlog depend on how long it
  // grows.
  void call_repeatedly(Phase& phase, std::uint32_t caller) {
    // Linux wakes who sleeps up to 50 us late otherwise.
    ::prctl(PR_SET_TIMERSLACK, 1000);
    Histogram latency;
    Result<void> done;
    while (done) {
      const bool paced = phase.interval.count() > 0;
      const Instant start = paced ? phase.begin + phase.next++ * phase.interval : Clock::now();
      if (start >= phase.end) break;
      const std::uint32_t call = ledger_.begin_call();
      const Stamp stamp{.start_ns = nanoseconds(start.time_since_epoch()).count(),
                        .call = call,
                        .caller = caller};
      publishers_[caller]->prepare(ledger_.first_device(call),
                                   make_payload(stamp, work_.payload_bytes));
      std::this_thread::sleep_until(start);
      done = publishers_[caller]->send();
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
  const Work& work_;
  const Pace& pace_;
  const pid_t server_;
  Ledger ledger_;
  std::vector<Turn> turns_;  // By caller.
  std::vector<std::unique_ptr<Publisher>> publishers_;
};

}  // namespace

Result<Figures> measure_deliveries(Target& target, const Work& work, const Pace& pace,
                                   pid_t server) {
  if (work.devices < work.batch || work.callers * work.batch > 65'535) {
    return fail(Code::failed, "too few devices for a batch, or too many callers");
  }
  return Run(target, work, pace, server).measure();
}

}  // namespace herald::bench
