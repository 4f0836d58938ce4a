#include <fmt/core.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>

#include "app/commands.h"
#include "app/file_limit.h"
#include "app/terminal.h"
#include "base/log.h"
#include "client/device_fleet.h"
#include "model/device_signature.h"

namespace herald::app {
namespace {

struct Options {
  std::string mqtt = "127.0.0.1:1883";
  std::string product_key;
  std::string device_name;
  std::string device_secret;
  std::string csv;
  std::vector<std::string> topics{"get"};
  bool clean_session = false;
  bool tls = false;
};

volatile std::sig_atomic_t interrupted = 0;

client::FleetDevice device_of(const Options& options, const std::string& product_key,
                              const std::string& name, const std::string& secret) {
  const DeviceCredentials credentials = credentials_of(product_key, name, secret, options.tls);
  client::FleetDevice device{.client_id = credentials.client_id,
                             .username = credentials.username,
                             .password = credentials.password,
                             .filters = {}};
  for (const std::string& topic : options.topics) {
    device.filters.push_back("/" + product_key + "/" + name + "/user/" + topic);
  }
  return device;
}

std::vector<client::FleetDevice> devices_of(const Options& options) {
  if (options.csv.empty()) {
    if (options.product_key.empty() || options.device_name.empty() ||
        options.device_secret.empty()) {
      give_up("--product-key, --device-name and --device-secret are needed, or --csv");
    }
    return {device_of(options, options.product_key, options.device_name, options.device_secret)};
  }
  std::vector<client::FleetDevice> devices;
  std::ifstream file(options.csv);
  for (std::string line; std::getline(file, line);) {
    std::stringstream fields(line);
    std::string product_key;
    std::string name;
    std::string secret;
    std::getline(fields, product_key, ',');
    std::getline(fields, name, ',');
    std::getline(fields, secret, ',');
    if (secret.empty() || product_key == "ProductKey") continue;
    devices.push_back(device_of(options, product_key, name, secret));
  }
  if (devices.empty()) give_up(options.csv + " has no line ProductKey,DeviceName,DeviceSecret");
  return devices;
}

void run(const Options& options) {
  raise_file_limit();
  auto broker = net::parse_address(options.mqtt);
  if (!broker) give_up(broker.error().detail);
  client::DeviceFleet fleet(std::move(*broker), devices_of(options),
                            {.clean_session = options.clean_session, .tls = options.tls});
  std::size_t received = 0;
  fleet.on_message([&](std::size_t, const mqtt::Publish& message, client::Instant) {
    ++received;
    if (fleet.size() > 1) return;
    fmt::print("{} {} QoS {}{}: {}\n", green("●"), message.topic, message.qos,
               message.duplicate ? " (again)" : "", log::printable(message.payload, 400));
    std::fflush(stdout);
  });
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  {
    Progress progress("connecting", fleet.size());
    if (auto connected = fleet.connect([&](std::size_t ready) { progress.to(ready); });
        !connected) {
      give_up(connected.error().detail);
    }
  }
  fmt::print("{} connected and subscribed; Ctrl-C ends\n", fleet.size());
  std::fflush(stdout);
  std::size_t told = 0;
  while (interrupted == 0 && fleet.lost() < fleet.size()) {
    fleet.run(std::chrono::seconds(1), [] { return interrupted != 0; });
    if (fleet.size() > 1 && received != told) {
      fmt::print("{} messages received, {} connections lost\n", received, fleet.lost());
      std::fflush(stdout);
      told = received;
    }
  }
  fleet.disconnect();
  if (interrupted == 0) give_up("the connection was lost");
}

}  // namespace

void add_device_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("device", "Be a device, or a thousand: connect and show what arrives");
  command->add_option("--mqtt", options->mqtt, "HOST:PORT for devices")->capture_default_str();
  command->add_option("--product-key", options->product_key, "ProductKey");
  command->add_option("--device-name", options->device_name, "DeviceName");
  command->add_option("--device-secret", options->device_secret, "DeviceSecret");
  command
      ->add_option("--csv", options->csv,
                   "Many devices: lines of ProductKey,DeviceName,DeviceSecret")
      ->check(CLI::ExistingFile);
  command
      ->add_option("--topic", options->topics, "Suffix to subscribe to, behind /user/; repeatable")
      ->capture_default_str();
  command->add_flag("--clean", options->clean_session, "Ask for a clean session");
  command->add_flag("--tls", options->tls, "Over TLS; the server's certificate is not checked");
  command->callback([options] { run(*options); });
}

}  // namespace herald::app
