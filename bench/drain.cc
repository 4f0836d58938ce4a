#include "drain.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace herald::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto drained_within = 10min;
// Until the last acknowledgements have been taken.
constexpr auto settling_time = 300ms;

}  // namespace

Result<Figures> measure_drain(const net::Address& mqtt, std::vector<client::FleetDevice> devices,
                              std::size_t each, pid_t server) {
  const std::size_t expected = devices.size() * each;
  std::vector<std::uint64_t> next(devices.size());
  std::size_t arrived = 0;
  std::size_t out_of_order = 0;
  Instant last;
  client::DeviceFleet fleet(mqtt, std::move(devices), {.clean_session = false});
  fleet.on_message([&](std::size_t device, const mqtt::Publish& message, client::Instant) {
    std::uint64_t number = 0;
    std::memcpy(&number, message.payload.data(), std::min(sizeof number, message.payload.size()));
    if (number < next[device]) ++out_of_order;
    next[device] = number + 1;
    if (++arrived == expected) last = Clock::now();
  });
  const auto cpu_before = cpu_time(server);
  const Instant start = Clock::now();
  if (auto connected = fleet.connect(); !connected) {
    return tl::unexpected(std::move(connected.error()));
  }
  fleet.run(drained_within, [&] { return arrived >= expected || fleet.lost() > 0; });
  if (arrived < expected) last = Clock::now();
  fleet.run(settling_time, [] { return false; });
  const auto cpu_after = cpu_time(server);
  if (!cpu_before || !cpu_after) return fail(Code::failed, "the server has ended");
  if (fleet.lost() > 0) return fail(Code::failed, "devices lost their connection");
  fleet.disconnect();
  const auto count = static_cast<double>(arrived);
  const auto more = [](std::size_t a, std::size_t b) {
    return static_cast<double>(a > b ? a - b : 0);
  };
  return Figures{{"messages_per_s", count / std::chrono::duration<double>(last - start).count()},
                 {"server_cpu_us_per_message",
                  static_cast<double>((*cpu_after - *cpu_before).count()) / 1e3 / count},
                 {"messages", count},
                 {"lost", more(expected, arrived)},
                 {"duplicates", more(arrived, expected)},
                 {"out_of_order", static_cast<double>(out_of_order)}};
}

}  // namespace herald::bench
