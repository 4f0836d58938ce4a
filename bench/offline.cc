#include "offline.h"

#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

namespace herald::bench {
namespace {

using namespace std::chrono_literals;

// Until a server has noticed that devices went.
constexpr auto settling_time = 300ms;

class Leaving {
 public:
  Leaving(const Work& work, std::size_t each) : work_(work), each_(each) {}

  Result<void> run(Target& target) {
    std::vector<std::unique_ptr<Publisher>> publishers;
    for (std::uint32_t caller = 0; caller < work_.callers; ++caller) {
      auto publisher = target.new_publisher(caller);
      if (!publisher) return tl::unexpected(std::move(publisher.error()));
      publishers.push_back(std::move(*publisher));
    }
    std::vector<std::jthread> threads;
    threads.reserve(publishers.size());
    for (std::size_t caller = 0; caller < publishers.size(); ++caller) {
      threads.emplace_back([&, caller] { call_all(*publishers[caller], caller); });
    }
    threads.clear();  // Waits for them.
    return outcome_;
  }
  const Histogram& latency() const { return latency_; }

 private:
  // The batches of devices are shared out among the callers.
  void call_all(Publisher& publisher, std::size_t caller) {
    Histogram latency;
    Result<void> done;
    for (std::uint64_t number = 0; number < each_ && done; ++number) {
      std::string payload(work_.payload_bytes, 'x');
      std::memcpy(payload.data(), &number, sizeof number);
      for (std::size_t first = caller * work_.batch; first + work_.batch <= work_.devices && done;
           first += work_.callers * work_.batch) {
        const Instant start = Clock::now();
        done = publisher.call(first, payload);
        latency.add(Clock::now() - start);
      }
    }
    const std::scoped_lock lock(mutex_);
    latency_.add(latency);
    if (!done) outcome_ = std::move(done);
  }

  const Work& work_;
  const std::size_t each_;
  std::mutex mutex_;  // Of what follows; taken once by each caller.
  Histogram latency_;
  Result<void> outcome_;
};

}  // namespace

std::vector<client::FleetDevice> returning_devices(const Access& access, const Work& work) {
  return fleet_devices(access, work.first_device, work.devices, work.tls, {});
}

Result<void> keep_sessions(const net::Address& mqtt, const Access& access, const Work& work) {
  client::DeviceFleet fleet(mqtt,
                            fleet_devices(access, work.first_device, work.devices, work.tls,
                                          [](const auto& product, const auto& device) {
                                            return "/" + product + "/" + device + "/user/get";
                                          }),
                            {.clean_session = false});
  if (auto connected = fleet.connect(); !connected) return connected;
  fleet.disconnect();
  std::this_thread::sleep_for(settling_time);
  return {};
}

Result<Figures> measure_leaving(Target& target, const Work& work, std::size_t each, pid_t server) {
  if (work.devices % work.batch != 0) {
    return fail(Code::failed, "the devices are no whole number of batches");
  }
  Leaving leaving(work, each);
  const auto cpu_before = cpu_time(server);
  const Instant start = Clock::now();
  if (auto done = leaving.run(target); !done) return tl::unexpected(std::move(done.error()));
  const std::chrono::duration<double> taken = Clock::now() - start;
  const auto cpu_after = cpu_time(server);
  if (!cpu_before || !cpu_after) return fail(Code::failed, "the server has ended");
  const auto messages = static_cast<double>(work.devices * each);
  return Figures{{"messages_per_s", messages / taken.count()},
                 {"calls_per_s", messages / static_cast<double>(work.batch) / taken.count()},
                 {"server_cpu_us_per_message",
                  static_cast<double>((*cpu_after - *cpu_before).count()) / 1e3 / messages},
                 {"call_p50_us", leaving.latency().quantile_us(0.5)},
                 {"call_p99_us", leaving.latency().quantile_us(0.99)},
                 {"messages", messages}};
}

}  // namespace herald::bench
