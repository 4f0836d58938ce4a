#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/alink_exchange.h"
#include "core/homes.h"
#include "core/publisher.h"
#include "core/system_topics.h"
#include "core/topology.h"

namespace herald {

// What gateways ask the platform for and are told by it: docs/gateways.md. How their sub-devices
// come and go on their connections is net/'s. Any thread.
class Gateways {
 public:
  Gateways(RegistryStorage& storage, Registry& registry, Homes& homes, Publisher& publisher,
           const Clock& clock);

  Topology& topology() { return topology_; }
  const Topology& topology() const { return topology_; }

  // A product of which devices may have sub-devices.
  static bool is_gateway(const Product& product) { return product.node_type == 1; }

  // Who makes a change, and therefore need not be told of it.
  enum class By : std::uint8_t { application, gateway };
  // Devices get this gateway. They leave the one before, which is told, and its connection. Errors:
  // those of Topology::add.
  void bind(const Device& gateway, const std::vector<DeviceId>& devices, By by, Changes riders,
            Done<void> done);
  // Devices leave their gateways, and their connections. Those that are not there any more do not
  // matter.
  void unbind(const Topology::Relations& relations, By by, Changes riders, Done<void> done);

  using Devices = std::vector<std::shared_ptr<const Device>>;
  // Asks a gateway that is connected to add devices.
  void ask_to_add(const Device& gateway, const Devices& devices, Done<MessageId> done);
  // Tells the gateway, if the device has one, after it was disabled or enabled.
  void tell_disabled(const Device& device, bool disabled);
  // Tells those that are left of devices and gateways that were deleted, `relations` with them.
  void tell_deleted(const Topology::Relations& relations, const Devices& deleted);

  // What gateways publish: device-mqtt.md, section 13.
  void take_add(const SystemMessage& from, UplinkAnswered answered);
  void take_delete(const SystemMessage& from, UplinkAnswered answered);
  void take_get(const SystemMessage& from, UplinkAnswered answered);
  void take_register(const SystemMessage& from, UplinkAnswered answered);
  void take_found(const SystemMessage& from, UplinkAnswered answered);

 private:
  // How a topology changed, in the numbers of `topo/change`.
  enum class Change : std::uint8_t { created = 0, deleted = 1, enabled = 2, disabled = 8 };

  // The product of who asks, if that is a gateway; else it was refused.
  std::shared_ptr<const Product> product_of(const SystemMessage& from, AlinkExchange& exchange);
  void bind_proven(AlinkExchange exchange, const DeviceIdentity& gateway, const Devices& devices);
  void give_secrets(AlinkExchange exchange, Devices devices);
  void tell_change(DeviceId gateway, Change change, const Devices& devices);
  // Under a topic of the device: `thing/<what>`.
  void tell_of_device(DeviceId gateway, const Device& device, std::string_view what);
  void send(const Device& gateway, std::string_view topic, std::string payload,
            Done<MessageId> done);
  Devices devices_of(std::span<const DeviceId> ids) const;
  // Of 31 bits: C SDKs keep them in an `int`.
  std::uint32_t next_id() { return ++requests_ & 0x7fffffffU; }

  Registry& registry_;
  Homes& homes_;
  Publisher& publisher_;
  Topology topology_;
  std::atomic<std::uint32_t> requests_;
};

// What gateways publish to it.
void add_gateway_topics(SystemTopics& topics, Gateways& gateways);

}  // namespace herald
