// A million sessions in one process and without sockets, each connected with one subscription: what
// one costs in memory and CPU, and whether that stays the same from the first to the last.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/testing.h"
#include "measure.h"
#include "mqtt/session.h"

namespace herald::bench {
namespace {

constexpr std::size_t devices_at_once = 10'000;

// A device's side of the home and the protocol's side of the device.
class Connection final : public mqtt::Effects {
 public:
  Connection(testing::Bench& bench, std::shared_ptr<const Device> device, ConnectionRef at,
             const mqtt::SessionLimits& limits)
      : bench_(bench), device_(std::move(device)), at_(at), session_(bench.clock.now(), limits) {}

  void receive(std::string_view bytes) { session_.receive(bytes, bench_.clock.now(), *this); }
  bool subscribed() const { return subscribed_; }

  void write(std::string_view, const SharedBytes&) override {}
  void connect(const mqtt::Connect&) override {
    home().connect(
        {.device = device_, .connection = at_, .window = 64}, [this](const ConnectAnswer& answer) {
          session_.accept({.session_present = answer.session_present}, bench_.clock.now(), *this);
        });
  }
  void subscribe(const mqtt::Subscribe& request) override {
    std::vector<WantedSubscription> wanted;
    for (const auto& entry : request.entries)
      wanted.push_back({.filter = std::string(entry.filter), .qos = 1});
    home().subscribe(device_->id, at_, std::move(wanted),
                     [this, id = request.packet_id](const std::string& codes) {
                       subscribed_ = codes == std::string(1, '\1');
                       session_.suback(id, codes, *this);
                     });
  }
  void unsubscribe(const mqtt::Unsubscribe&) override {}
  void publish(const mqtt::Publish&) override {}
  void acknowledged(mqtt::DeliveryKey) override {}
  void close(mqtt::CloseReason, std::string_view) override {}

 private:
  Home& home() { return bench_.homes.home_of_device(device_->id); }

  testing::Bench& bench_;
  std::shared_ptr<const Device> device_;
  ConnectionRef at_;
  mqtt::Session session_;
  bool subscribed_ = false;
};

std::vector<std::shared_ptr<const Device>> add_devices(testing::Bench& bench, std::size_t count) {
  std::vector<std::shared_ptr<const Device>> devices;
  Registry::NewDevices made;
  for (std::size_t left = count; left > 0; left -= std::min(left, devices_at_once)) {
    bench.registry.create_devices(
        bench.product->key, std::vector<NewDevice>(std::min(left, devices_at_once)),
        [&made](Result<Registry::NewDevices> result) { made = std::move(result).value(); });
    bench.settle();
    devices.insert(devices.end(), made.begin(), made.end());
  }
  return devices;
}

double resident() {
  malloc_trim(0);
  return static_cast<double>(resident_bytes(::getpid()).value_or(0));
}

int run(std::size_t sessions, std::size_t steps) {
  testing::Bench bench;
  const mqtt::SessionLimits limits;
  const auto devices = add_devices(bench, sessions);
  std::vector<std::unique_ptr<Connection>> connections;
  connections.reserve(sessions);
  fmt::print("{:>10} {:>18} {:>18}\n", "sessions", "bytes a session", "CPU us a session");
  for (std::size_t step = 1; step <= steps; ++step) {
    const std::size_t before = connections.size();
    const std::size_t after = sessions * step / steps;
    const double memory_before = resident();
    const auto cpu_before = cpu_time(::getpid());
    for (std::size_t i = before; i < after; ++i) {
      const auto& device = devices[i];
      const ShardIndex shard = bench.homes.shard_of(device->id);
      connections.push_back(std::make_unique<Connection>(
          bench, device, ConnectionRef{shard, static_cast<std::uint32_t>(i), 1}, limits));
      std::string bytes;
      mqtt::write_connect({.keep_alive = 60, .client_id = "c"}, bytes);
      const std::string filter =
          "/" + device->product.text() + "/" + device->name.text() + "/user/get";
      mqtt::write_subscribe({.packet_id = 1, .entries = {{.filter = filter, .qos = 1}}}, bytes);
      connections.back()->receive(bytes);
      if (i % 1'000 == 0) bench.settle();
    }
    bench.settle();
    const auto cpu_after = cpu_time(::getpid());
    const auto count = static_cast<double>(after - before);
    fmt::print("{:>10} {:>18.0f} {:>18.2f}\n", after, (resident() - memory_before) / count,
               static_cast<double>((*cpu_after - *cpu_before).count()) / 1e3 / count);
  }
  for (const auto& connection : connections) {
    if (connection->subscribed()) continue;
    fmt::print(stderr, "a session has no subscription\n");
    return 1;
  }
  return 0;
}

int run_main(int argc, char** argv) {
  CLI::App app("Sessions without sockets");
  std::size_t sessions = 1'000'000;
  std::size_t steps = 10;
  app.add_option("--sessions", sessions, "How many")->capture_default_str();
  app.add_option("--steps", steps, "Lines to print")
      ->capture_default_str()
      ->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  return run(sessions, steps);
}

}  // namespace
}  // namespace herald::bench

int main(int argc, char** argv) { return herald::bench::run_main(argc, argv); }
