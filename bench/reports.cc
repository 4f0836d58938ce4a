#include "reports.h"

#include <unistd.h>

#include <deque>
#include <utility>
#include <vector>

#include "alink.h"
#include "client/device_fleet.h"
#include "herald_access.h"

namespace herald::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto warm_up = 1s;
constexpr auto replies_within = 10s;
// What the server still writes belongs to the reports: QoS 0 is on the disk a second later.
constexpr auto settling_time = 1500ms;

class Reporters {
 public:
  Reporters(const net::Address& mqtt, const Access& access, const ReportWork& work)
      : work_(work), fleet_(mqtt, fleet_devices(access, 0, work.devices, false, {}), {}) {
    for (std::size_t i = 0; i < work.devices; ++i) {
      devices_.push_back({.topic = "/sys/" + access.product + "/" + access.devices[i].name +
                                   "/thing/event/property/post"});
    }
    fleet_.on_message([this](std::size_t device, const mqtt::Publish& message, client::Instant) {
      replied(devices_[device], device, message.payload);
    });
  }

  Result<void> connect() { return fleet_.connect(); }
  void disconnect() { fleet_.disconnect(); }

  // Begins and ends with no report on its way.
  Result<Figures> run(std::chrono::seconds duration, pid_t server) {
    taken_ = refused_ = 0;
    latency_ = {};
    const auto cpu_before = cpu_time(server);
    const auto own_before = cpu_time(::getpid());
    const Instant begin = Clock::now();
    end_ = begin + duration;
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      for (std::size_t n = 0; n < work_.window; ++n) report(devices_[i], i);
    }
    fleet_.run(duration + replies_within, [this] { return waiting_ == 0; });
    const std::chrono::duration<double> elapsed = last_reply_ - begin;
    if (waiting_ > 0) return fail(Code::failed, std::to_string(waiting_) + " reports had no reply");
    if (fleet_.lost() > 0) return fail(Code::failed, "devices lost their connection");
    if (refused_ > 0) return fail(Code::failed, first_refusal_);
    fleet_.run(settling_time, [] { return false; });
    const auto cpu_after = cpu_time(server);
    const auto own_after = cpu_time(::getpid());
    if (!cpu_before || !cpu_after) return fail(Code::failed, "the server has ended");

    const auto reports = static_cast<double>(taken_);
    const auto each_us = [&](std::chrono::nanoseconds time) {
      return static_cast<double>(time.count()) / 1e3 / reports;
    };
    const double per_second = reports / elapsed.count();
    return Figures{{"reports_per_s", per_second},
                   {"properties_per_s", per_second * static_cast<double>(work_.properties)},
                   {"server_cpu_us_per_report", each_us(*cpu_after - *cpu_before)},
                   {"load_cpu_us_per_report", each_us(*own_after - *own_before)},
                   {"reply_p50_us", latency_.quantile_us(0.5)},
                   {"reply_p99_us", latency_.quantile_us(0.99)},
                   {"reports", reports}};
  }

 private:
  struct Device {
    std::string topic;
    std::uint32_t reports = 0;
    std::deque<Instant> sent;  // Of those that wait for their replies.
  };

  void report(Device& device, std::size_t index) {
    const std::uint32_t number = ++device.reports;
    const std::string payload = property_report(number, work_.properties, number);
    // Never as many at once as there are packet ids.
    const auto packet_id = static_cast<mqtt::PacketId>(1 + number % 60'000);
    device.sent.push_back(Clock::now());
    ++waiting_;
    fleet_.publish(index, {.qos = work_.qos,
                           .topic = device.topic,
                           .packet_id = work_.qos == 0 ? mqtt::PacketId{0} : packet_id,
                           .payload = payload});
  }

  void replied(Device& device, std::size_t index, std::string_view reply) {
    if (device.sent.empty()) return;
    last_reply_ = Clock::now();
    latency_.add(last_reply_ - device.sent.front());
    device.sent.pop_front();
    --waiting_;
    if (is_success(reply)) {
      ++taken_;
    } else if (refused_++ == 0) {
      first_refusal_ = reply;
    }
    if (last_reply_ < end_) report(device, index);
  }

  ReportWork work_;
  client::DeviceFleet fleet_;
  std::vector<Device> devices_;
  Instant end_;
  Instant last_reply_;
  std::size_t waiting_ = 0;
  std::size_t taken_ = 0;
  std::size_t refused_ = 0;
  std::string first_refusal_;
  Histogram latency_;
};

}  // namespace

Result<Figures> measure_reports(const net::Address& mqtt, const std::string& access,
                                const ReportWork& work, std::chrono::seconds duration,
                                pid_t server) {
  auto known = read_access(access);
  if (!known) return tl::unexpected(std::move(known.error()));
  if (known->devices.size() < work.devices) {
    return fail(Code::failed, access + " has too few devices");
  }
  Reporters reporters(mqtt, *known, work);
  if (auto ready = reporters.connect(); !ready) return tl::unexpected(std::move(ready.error()));
  if (auto warm = reporters.run(warm_up, server); !warm) return warm;
  auto figures = reporters.run(duration, server);
  reporters.disconnect();
  return figures;
}

}  // namespace herald::bench
