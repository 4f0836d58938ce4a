#include "connections.h"

#include <thread>
#include <vector>

namespace herald::bench {
namespace {

// Until what a server does about a connection is done, and until memory is given back.
constexpr auto settling_time = std::chrono::milliseconds(300);
constexpr auto idle_settling_time = std::chrono::seconds(2);

}  // namespace

Result<Figures> measure_idle(const MakeTarget& make, const Work& work, pid_t server) {
  Work first = work;
  first.devices = work.devices / 5;
  Work rest = work;
  rest.first_device = first.devices;
  rest.devices = work.devices - first.devices;
  std::vector<std::unique_ptr<Target>> targets;
  std::vector<double> resident;
  for (const Work& part : {first, rest}) {
    auto target = make(part);
    if (!target) return tl::unexpected(std::move(target.error()));
    auto connected = (*target)->connect_devices();
    if (!connected) return tl::unexpected(std::move(connected.error()));
    targets.push_back(std::move(*target));
    std::this_thread::sleep_for(idle_settling_time);
    const auto bytes = resident_bytes(server);
    if (!bytes) return tl::unexpected(bytes.error());
    resident.push_back(static_cast<double>(*bytes));
  }
  for (const auto& target : targets) target->disconnect();
  const auto devices = static_cast<double>(rest.devices);
  return Figures{{"devices", devices},
                 {"resident_bytes", resident[1]},
                 {"bytes_per_idle_device", (resident[1] - resident[0]) / devices}};
}

Result<Figures> measure_connects(const MakeTarget& make, const Work& work,
                                 std::chrono::seconds duration, pid_t server) {
  std::size_t connects = 0;
  std::chrono::nanoseconds cpu{0};
  std::chrono::nanoseconds elapsed{0};
  const auto once = [&]() -> Result<void> {
    auto target = make(work);
    if (!target) return tl::unexpected(std::move(target.error()));
    const auto cpu_before = cpu_time(server);
    const Instant begin = Clock::now();
    if (auto connected = (*target)->connect_devices(); !connected) return connected;
    elapsed += Clock::now() - begin;
    (*target)->disconnect();
    std::this_thread::sleep_for(settling_time);
    const auto cpu_after = cpu_time(server);
    if (!cpu_before || !cpu_after) return fail(Code::failed, "the server has ended");
    cpu += *cpu_after - *cpu_before;
    connects += work.devices;
    return {};
  };
  if (auto warm = once(); !warm) return tl::unexpected(std::move(warm.error()));
  connects = 0;
  cpu = elapsed = std::chrono::nanoseconds(0);
  const Instant end = Clock::now() + duration;
  while (Clock::now() < end) {
    if (auto done = once(); !done) return tl::unexpected(std::move(done.error()));
  }
  const auto count = static_cast<double>(connects);
  return Figures{{"connects", count},
                 {"connects_per_s", count / std::chrono::duration<double>(elapsed).count()},
                 {"server_cpu_us_per_connect", static_cast<double>(cpu.count()) / 1e3 / count}};
}

}  // namespace herald::bench
