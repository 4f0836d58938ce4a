#pragma once

#include <optional>
#include <vector>

#include "client/device_fleet.h"
#include "target.h"

namespace herald::bench {

// The device side of the targets that speak MQTT.
class FleetTarget : public Target {
 public:
  FleetTarget(net::Address mqtt, std::vector<client::FleetDevice> devices, const Work& work);

  Result<void> connect_devices() override { return fleet_.connect(); }
  void record_in(Ledger& ledger) override;
  bool run_devices(std::chrono::milliseconds at_most, const std::function<bool()>& until) override {
    return fleet_.run(at_most, until);
  }
  std::size_t lost_connections() const override { return fleet_.lost(); }
  void disconnect() override { fleet_.disconnect(); }

 protected:
  client::DeviceFleet& fleet() { return fleet_; }

 private:
  client::DeviceFleet fleet_;
};

}  // namespace herald::bench
