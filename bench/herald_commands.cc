#include "herald_commands.h"

#include <memory>

#include "alink.h"
#include "drain.h"
#include "herald_access.h"
#include "offline.h"
#include "reports.h"
#include "unheard_calls.h"
#include "unread.h"

namespace herald::bench {
namespace {

CLI::App& add_command(CLI::App& app, Options& options, const std::string& name,
                      const std::string& summary) {
  CLI::App& command = *app.add_subcommand(name, summary);
  add_herald(command, options);
  return command;
}

void add_setup(CLI::App& app, Options& options) {
  struct Wanted {
    std::string key;
    bool things = false;
  };
  const auto wanted = std::make_shared<Wanted>();
  CLI::App& command = *app.add_subcommand("herald-setup", "Makes a product and its devices");
  command.add_option("--api", options.api, "HOST:PORT")->required();
  command.add_option("--access", options.access, "File to write")->required();
  command.add_option("--key", wanted->key, "What `herald init --json` printed")->required();
  command.add_option("--devices", options.work.devices);
  command.add_flag("--things", wanted->things, "The product has a thing model");
  run_with(command, options, [&options, wanted] {
    return set_up_herald(address(options.api), wanted->key, options.work.devices, wanted->things,
                         options.access)
        .map([] { return Figures(); });
  });
}

void add_reports(CLI::App& app, Options& options) {
  const auto work = std::make_shared<ReportWork>();
  CLI::App& command =
      add_command(app, options, "herald-reports", "Devices that report properties as replies come");
  add_measuring(command, options);
  command.add_option("--devices", work->devices, "How many devices report");
  command.add_option("--properties", work->properties, "Of a report")
      ->check(CLI::Range(std::size_t{1}, number_properties));
  command.add_option("--window", work->window, "Reports of a device that wait for replies")
      ->check(CLI::Range(1, 1'000));
  command.add_option("--qos", work->qos)->check(CLI::Range(0, 1));
  run_with(command, options, [&options, work] {
    return measure_reports(address(options.server), options.access, *work, options.duration(),
                           options.server_pid);
  });
}

// The devices that are away: --first and --devices.
void add_absent(CLI::App& command, Options& options) {
  command.add_option("--first", options.work.first_device, "Devices before those that are meant");
  command.add_option("--devices", options.work.devices, "How many are meant");
}

void add_keep(CLI::App& app, Options& options) {
  CLI::App& command = add_command(app, options, "herald-keep",
                                  "Devices subscribe in sessions that are kept, and go");
  add_absent(command, options);
  run_with(command, options, [&options] {
    return read_access(options.access).and_then([&](const Access& access) -> Result<Figures> {
      return keep_sessions(address(options.server), access, options.work).map([] {
        return Figures();
      });
    });
  });
}

std::shared_ptr<std::size_t> add_each(CLI::App& command) {
  auto each = std::make_shared<std::size_t>(100);
  command.add_option("--each", *each, "Messages for each device");
  return each;
}

void add_leave(CLI::App& app, Options& options) {
  CLI::App& command =
      add_command(app, options, "herald-leave", "Calls with QoS 1 to devices that are away");
  add_measuring(command, options);
  add_absent(command, options);
  const auto each = add_each(command);
  command.add_option("--batch", options.work.batch, "Devices that one call is for");
  command.add_option("--callers", options.work.callers, "Calls that are under way at once");
  command.add_option("--payload", options.work.payload_bytes, "Bytes")
      ->check(CLI::Range(16, 262144));
  run_with(command, options, [&options, each]() -> Result<Figures> {
    options.work.qos = 1;
    auto target =
        herald_target(address(options.api), address(options.server), options.access, options.work);
    if (!target) return tl::unexpected(std::move(target.error()));
    return measure_leaving(**target, options.work, *each, options.server_pid);
  });
}

void add_drain(CLI::App& app, Options& options) {
  CLI::App& command =
      add_command(app, options, "herald-drain", "Devices come back for what herald-leave has left");
  add_measuring(command, options);
  add_absent(command, options);
  const auto each = add_each(command);
  run_with(command, options, [&options, each] {
    return read_access(options.access).and_then([&](const Access& access) {
      return measure_drain(address(options.server), returning_devices(access, options.work), *each,
                           options.server_pid);
    });
  });
}

void add_unheard(CLI::App& app, Options& options) {
  const auto work = std::make_shared<UnheardWork>();
  CLI::App& command = add_command(app, options, "herald-unheard",
                                  "Calls with QoS 0 to devices that are not connected");
  add_measuring(command, options);
  command.add_option("--batch", work->batch, "Devices that one call is for");
  command.add_option("--callers", work->callers, "Calls that are under way at once");
  command.add_option("--payload", work->payload_bytes, "Bytes")->check(CLI::Range(1, 262144));
  command.add_option("--calls", work->calls, "So many; default: as many as fit into the time");
  command.add_flag_callback(
      "--v3", [work] { work->signature = Signature::v3; }, "Signed with ACS3-HMAC-SHA256");
  run_with(command, options, [&options, work] {
    return read_access(options.access).and_then([&](const Access& access) {
      return measure_unheard_calls(address(options.api), access, *work, options.duration(),
                                   options.server_pid);
    });
  });
}

void add_unread(CLI::App& app, Options& options) {
  const auto calls = std::make_shared<std::size_t>(32);
  CLI::App& command =
      add_command(app, options, "herald-unread", "Calls with QoS 0 to devices that read nothing");
  add_measuring(command, options);
  command.add_option("--batch", options.work.batch,
                     "Devices that a call is for, and all there are");
  command.add_option("--payload", options.work.payload_bytes, "Bytes")
      ->check(CLI::Range(1, 262144));
  command.add_option("--calls", *calls, "How many");
  run_with(command, options, [&options, calls]() -> Result<Figures> {
    options.work.devices = options.work.batch;
    auto target =
        herald_target(address(options.api), address(options.server), options.access, options.work);
    if (!target) return tl::unexpected(std::move(target.error()));
    return measure_unread(**target, options.work, *calls, options.server_pid);
  });
}

}  // namespace

void add_herald_commands(CLI::App& app, Options& options) {
  add_setup(app, options);
  add_reports(app, options);
  add_keep(app, options);
  add_leave(app, options);
  add_drain(app, options);
  add_unheard(app, options);
  add_unread(app, options);
}

}  // namespace herald::bench
