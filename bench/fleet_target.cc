#include "fleet_target.h"

namespace herald::bench {

FleetTarget::FleetTarget(net::Address mqtt, std::vector<client::FleetDevice> devices,
                         const Work& work)
    : fleet_(std::move(mqtt), std::move(devices), {.subscribe_qos = work.qos, .tls = work.tls}) {}

void FleetTarget::record_in(Ledger& ledger) {
  // Not the fleet's own time: that is when its turn began, and arrivals within it are later.
  fleet_.on_message([&ledger](std::size_t device, const mqtt::Publish& message, client::Instant) {
    ledger.received(device, message.payload);
  });
}

}  // namespace herald::bench
