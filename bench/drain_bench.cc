// Messages that wait on the disk for devices that were away: how fast they reach devices that
// connect, each in its order. The server is started after a kill, in a process of its own; devices
// acknowledge at once.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "app/file_limit.h"
#include "base/log.h"
#include "client/device_fleet.h"
#include "filled_store.h"
#include "measure.h"
#include "model/device_signature.h"

namespace herald::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct Options {
  fs::path data;
  WaitingMessages waiting{.devices = 1, .each = 100'000};
};

std::vector<client::FleetDevice> devices_of(app::Herald& herald, std::size_t count) {
  const ProductKey product = product_of(herald);
  const auto ids = herald.registry().devices().newest(product, 0, count);
  std::promise<std::vector<std::string>> secrets;
  herald.registry().device_secrets(ids, [&](Result<std::vector<std::string>> read) {
    secrets.set_value(must(std::move(read)));
  });
  const auto read = secrets.get_future().get();
  std::vector<client::FleetDevice> devices;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto view = herald.registry().device(ids[i]);
    auto credentials =
        credentials_of(product.view(), view->device->name.view(), read[i], /*over_tls=*/false);
    devices.push_back({.client_id = std::move(credentials.client_id),
                       .username = std::move(credentials.username),
                       .password = std::move(credentials.password),
                       .filters = {}});
  }
  return devices;
}

// A process that serves until it is killed.
class Server {
 public:
  explicit Server(const Options& options) {
    int ends[2];
    if (::pipe(ends) != 0) give_up("no pipe");
    process_ = ::fork();
    if (process_ == 0) serve(options, ends[1]);
    ::close(ends[1]);
    read_from(ends[0]);
  }
  ~Server() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  pid_t process() const { return process_; }
  const net::Address& mqtt() const { return mqtt_; }
  std::vector<client::FleetDevice> take_devices() { return std::move(devices_); }

 private:
  // Tells its port, and then a line for each device.
  [[noreturn]] static void serve(const Options& options, int to_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto herald = must(app::Herald::open(options.data, unhurried_settings()));
    must(herald->start());
    std::FILE* out = ::fdopen(to_parent, "w");
    fmt::print(out, "{}\n", herald->mqtt().port);
    for (const auto& device : devices_of(*herald, options.waiting.devices)) {
      fmt::print(out, "{} {} {}\n", device.client_id, device.username, device.password);
    }
    std::fclose(out);
    while (true) ::pause();
  }
  void read_from(int child) {
    std::ifstream in(fmt::format("/dev/fd/{}", child));
    in >> mqtt_.port;
    client::FleetDevice device;
    while (in >> device.client_id >> device.username >> device.password) devices_.push_back(device);
    ::close(child);
    if (devices_.empty()) give_up("the server did not start");
  }

  pid_t process_ = 0;
  net::Address mqtt_;
  std::vector<client::FleetDevice> devices_;
};

int run(const Options& options) {
  if (fs::exists(options.data)) give_up(options.data.string() + " is there already");
  log::set_level(log::Level::error);
  phase([&] { make_product(options.data); });
  phase([&] { register_devices(options.data, options.waiting.devices); });
  phase([&] { keep_sessions(options.data); });
  phase([&] { leave_waiting(options.data, options.waiting); });
  Server server(options);

  const std::size_t expected = options.waiting.devices * options.waiting.each;
  std::size_t arrived = 0;
  std::size_t out_of_order = 0;
  std::vector<std::uint64_t> next(options.waiting.devices);
  client::DeviceFleet fleet(server.mqtt(), server.take_devices(), {.clean_session = false});
  fleet.on_message([&](std::size_t device, const mqtt::Publish& message, client::Instant) {
    std::uint64_t number = 0;
    std::memcpy(&number, message.payload.data(), sizeof number);
    if (number < next[device]) ++out_of_order;
    next[device] = number + 1;
    ++arrived;
  });
  const auto cpu_before = must(cpu_time(server.process()));
  const auto start = Clock::now();
  must(fleet.connect());
  const bool all = fleet.run(10min, [&] { return arrived >= expected; });
  const std::chrono::duration<double> taken = Clock::now() - start;
  const auto cpu = must(cpu_time(server.process())) - cpu_before;

  const auto count = static_cast<double>(arrived);
  fmt::print("{} devices, {} waiting for each: {} arrived, {} out of order\n",
             options.waiting.devices, options.waiting.each, arrived, out_of_order);
  fmt::print("{:<58}{:>12.0f}\n", "deliveries a second, from the first connect",
             count / taken.count());
  fmt::print("{:<58}{:>12.2f}\n", "server CPU-µs for each",
             std::chrono::duration<double, std::micro>(cpu).count() / count);
  fs::remove_all(options.data);
  return all && out_of_order == 0 ? 0 : 1;
}

int run_main(int argc, char** argv) {
  CLI::App app("Draining of device queues");
  Options options;
  app.add_option("--data", options.data, "Directory to be made, and removed at the end")
      ->required();
  app.add_option("--devices", options.waiting.devices, "How many")->capture_default_str();
  app.add_option("--waiting", options.waiting.each, "Messages that wait for each")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  app::raise_file_limit();
  return run(options);
}

}  // namespace
}  // namespace herald::bench

int main(int argc, char** argv) { return herald::bench::run_main(argc, argv); }
