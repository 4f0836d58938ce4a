// Messages that wait on the disk for devices that were away: how fast they reach devices that
// connect, each in its order. The server is started after a kill, in a process of its own; devices
// acknowledge at once.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "app/file_limit.h"
#include "base/log.h"
#include "drain.h"
#include "filled_store.h"
#include "measure.h"
#include "model/device_signature.h"

namespace herald::bench {
namespace {

namespace fs = std::filesystem;

// What is measured when nothing else is asked for.
constexpr WaitingMessages many_for_one{.devices = 1, .each = 100'000};
constexpr WaitingMessages for_many{.devices = 10'000, .each = 1'000};

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
  Server(const fs::path& data, std::size_t devices) {
    int ends[2];
    if (::pipe(ends) != 0) give_up("no pipe");
    process_ = ::fork();
    if (process_ == 0) serve(data, devices, ends[1]);
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
  [[noreturn]] static void serve(const fs::path& data, std::size_t devices, int to_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto herald = must(app::Herald::open(data, unhurried_settings()));
    must(herald->start());
    std::FILE* out = ::fdopen(to_parent, "w");
    fmt::print(out, "{}\n", herald->mqtt().port);
    for (const auto& device : devices_of(*herald, devices)) {
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

// Whether all came, each device's in their order.
bool drain(const fs::path& data, const WaitingMessages& waiting) {
  Server server(data, waiting.devices);
  const auto figures =
      must(measure_drain(server.mqtt(), server.take_devices(), waiting.each, server.process()));
  fmt::print("{} messages waiting for each of {} devices:\n", waiting.each, waiting.devices);
  for (const auto& [name, value] : figures) fmt::print("  {:<26}{:>14.6g}\n", name, value);
  std::fflush(stdout);
  return std::ranges::none_of(figures, [](const auto& figure) {
    const auto& [name, value] = figure;
    return value != 0 && (name == "lost" || name == "duplicates" || name == "out_of_order");
  });
}

bool measure(const fs::path& data, const WaitingMessages& waiting) {
  phase([&] { make_product(data); });
  phase([&] { register_devices(data, waiting.devices); });
  phase([&] { keep_sessions(data); });
  phase([&] { leave_waiting(data, waiting); });
  const bool good = drain(data, waiting);
  fs::remove_all(data);
  return good;
}

int run_main(int argc, char** argv) {
  CLI::App app("Draining of device queues");
  fs::path data;
  WaitingMessages asked{.devices = 0, .each = 1'000};
  app.add_option("--data", data, "Directory to be made, and removed at the end")->required();
  auto* devices = app.add_option("--devices", asked.devices, "How many; default: 1, then 10,000");
  app.add_option("--waiting", asked.each, "Messages for each; default: 100,000, then 1,000")
      ->needs(devices);
  CLI11_PARSE(app, argc, argv);
  if (fs::exists(data)) give_up(data.string() + " is there already");
  log::set_level(log::Level::error);
  app::raise_file_limit();
  if (asked.devices > 0) return measure(data, asked) ? 0 : 1;
  const bool one = measure(data, many_for_one);
  const bool many = measure(data, for_many);
  return one && many ? 0 : 1;
}

}  // namespace
}  // namespace herald::bench

int main(int argc, char** argv) { return herald::bench::run_main(argc, argv); }
