// The load generator: devices in the main thread, each caller in a thread of its own. `bench/run`
// starts it against one server after the other.
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>

#include "connections.h"
#include "deliveries.h"
#include "herald_commands.h"
#include "load_command.h"
#include "target.h"

namespace herald::bench {
namespace {

enum class Subject : std::uint8_t { deliveries, idle, connects };

Result<Figures> measure(const Options& options, Subject subject, const MakeTarget& make) {
  switch (subject) {
    case Subject::idle:
      return measure_idle(make, options.work, options.server_pid);
    case Subject::connects:
      return measure_connects(make, options.work, options.duration(), options.server_pid);
    case Subject::deliveries:
      break;
  }
  auto target = make(options.work);
  if (!target) return tl::unexpected(std::move(target.error()));
  auto figures = measure_deliveries(**target, options.work,
                                    {.duration = options.duration(), .calls_per_s = options.rate},
                                    options.server_pid);
  (*target)->disconnect();
  return figures;
}

// Commands that every server has.
CLI::App& add_target(CLI::App& app, Options& options, const std::string& name,
                     const std::string& summary, const MakeTarget& make) {
  CLI::App& command = *app.add_subcommand(name, summary);
  const auto subject = std::make_shared<Subject>(Subject::deliveries);
  Work& work = options.work;
  add_measuring(command, options);
  command.add_option("--devices", work.devices, "How many devices are connected");
  command.add_option("--batch", work.batch, "Devices that one call is for");
  command.add_option("--payload", work.payload_bytes, "Bytes")->check(CLI::Range(16, 262144));
  command.add_option("--qos", work.qos)->check(CLI::Range(0, 1));
  command.add_option("--callers", work.callers, "Calls that are under way at once");
  command.add_option("--rate", options.rate, "Calls a second; default: as fast as they arrive");
  command.add_flag_callback(
      "--idle", [subject] { *subject = Subject::idle; }, "Measure only the memory of idle devices");
  command.add_flag_callback(
      "--connects", [subject] { *subject = Subject::connects; },
      "Measure connecting, subscribing and disconnecting");
  run_with(command, options,
           [&options, subject, make] { return measure(options, *subject, make); });
  return command;
}

int run_main(int argc, char** argv) {
  CLI::App app("Load for Herald, mosquitto and bare_send");
  app.require_subcommand(1);
  Options options;

  CLI::App& herald =
      add_target(app, options, "herald", "BatchPub over HTTP", [&options](const Work& work) {
        return herald_target(address(options.api), address(options.server), options.access, work);
      });
  add_herald(herald, options);
  herald.add_flag("--tls", options.work.tls, "Devices connect over TLS");
  herald.add_flag("--alink", options.work.alink, "BatchPub of what SetDevicesProperty would send");
  herald.add_flag_callback(
      "--set-properties",
      [&options] {
        options.work.operation = Operation::set_properties;
        options.work.alink = true;
      },
      "SetDevicesProperty instead of BatchPub");

  CLI::App& mosquitto = add_target(
      app, options, "mosquitto", "Pipelined PUBLISH packets",
      [&options](const Work& work) { return mosquitto_target(address(options.server), work); });
  mosquitto.add_option("--mqtt", options.server, "HOST:PORT")->required();

  CLI::App& bare = add_target(
      app, options, "bare", "bare_send, which speaks no protocol",
      [&options](const Work& work) { return bare_target(address(options.server), work); });
  bare.add_option("--server", options.server, "HOST:PORT")->required();

  add_herald_commands(app, options);
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
