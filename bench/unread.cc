#include "unread.h"

#include <memory>
#include <string>
#include <thread>

namespace herald::bench {
namespace {

using namespace std::chrono_literals;

// A call is answered before the last socket has been written to.
constexpr auto settling_time = 300ms;

Result<std::size_t> resident_after(Publisher& publisher, const std::string& payload,
                                   std::size_t calls, pid_t server) {
  for (std::size_t i = 0; i < calls; ++i) {
    if (auto done = publisher.call(0, payload); !done) return tl::unexpected(done.error());
  }
  std::this_thread::sleep_for(settling_time);
  return resident_bytes(server);
}

}  // namespace

Result<Figures> measure_unread(Target& target, const Work& work, std::size_t calls, pid_t server) {
  if (auto connected = target.connect_devices(); !connected) {
    return tl::unexpected(connected.error());
  }
  auto publisher = target.new_publisher(0);
  if (!publisher) return tl::unexpected(publisher.error());
  const std::string payload(work.payload_bytes, 'x');
  const std::size_t half = calls / 2;
  const auto before = resident_after(**publisher, payload, half, server);
  if (!before) return tl::unexpected(before.error());
  const auto after = resident_after(**publisher, payload, half, server);
  if (!after) return tl::unexpected(after.error());
  const double growth = static_cast<double>(*after) - static_cast<double>(*before);
  return Figures{{"calls", static_cast<double>(half)},
                 {"resident_bytes_per_call", growth / static_cast<double>(half)}};
}

}  // namespace herald::bench
