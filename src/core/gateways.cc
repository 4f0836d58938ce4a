#include "core/gateways.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "thing/alink.h"

namespace herald {
namespace {

namespace json = boost::json;

json::array list_of(const Gateways::Devices& devices) {
  json::array list;
  for (const auto& device : devices) {
    list.push_back({{"productKey", device->product.view()}, {"deviceName", device->name.view()}});
  }
  return list;
}

}  // namespace

Gateways::Gateways(RegistryStorage& storage, Registry& registry, Homes& homes, Publisher& publisher,
                   const Clock& clock)
    : registry_(registry),
      homes_(homes),
      publisher_(publisher),
      topology_(storage, registry),
      requests_(static_cast<std::uint32_t>(millis(clock.now()))) {}

Gateways::Devices Gateways::devices_of(std::span<const DeviceId> ids) const {
  Devices devices;
  for (const DeviceId id : ids) {
    if (auto view = registry_.device(id)) devices.push_back(std::move(view->device));
  }
  return devices;
}

// Changes.

void Gateways::bind(const Device& gateway, const std::vector<DeviceId>& devices, By by,
                    Changes riders, Done<void> done) {
  topology_.add(gateway.id, devices, std::move(riders),
                [this, gateway = gateway.id, by,
                 done = std::move(done)](Result<Topology::Relations> before) mutable {
                  if (!before) return done(tl::unexpected(std::move(before.error())));
                  std::map<DeviceId, std::vector<DeviceId>> left;
                  std::vector<DeviceId> joined;
                  for (const SubDevice& each : *before) {
                    joined.push_back(each.device);
                    if (each.gateway == DeviceId{}) continue;
                    left[each.gateway].push_back(each.device);
                    homes_.leave_gateway(each.device);
                  }
                  for (const auto& [other, gone] : left) {
                    tell_change(other, Change::deleted, devices_of(gone));
                  }
                  if (by == By::application) {
                    tell_change(gateway, Change::created, devices_of(joined));
                  }
                  done({});
                });
}

void Gateways::unbind(const Topology::Relations& relations, By by, Changes riders,
                      Done<void> done) {
  topology_.remove(relations, std::move(riders),
                   [this, by, done = std::move(done)](Result<Topology::Relations> gone) mutable {
                     if (!gone) return done(tl::unexpected(std::move(gone.error())));
                     std::map<DeviceId, std::vector<DeviceId>> left;
                     for (const SubDevice& each : *gone) {
                       left[each.gateway].push_back(each.device);
                       homes_.leave_gateway(each.device);
                     }
                     if (by == By::application) {
                       for (const auto& [gateway, devices] : left) {
                         tell_change(gateway, Change::deleted, devices_of(devices));
                       }
                     }
                     done({});
                   });
}

// What gateways are told.

void Gateways::ask_to_add(const Device& gateway, const Devices& devices, Done<MessageId> done) {
  send(gateway,
       "/sys/" + gateway.product.text() + "/" + gateway.name.text() + "/thing/topo/add/notify",
       thing::print_request(next_id(), "thing.topo.add.notify", list_of(devices)), std::move(done));
}

void Gateways::tell_change(DeviceId gateway, Change change, const Devices& devices) {
  const auto view = registry_.device(gateway);
  if (!view || devices.empty()) return;
  const Device& device = *view->device;
  send(device, "/sys/" + device.product.text() + "/" + device.name.text() + "/thing/topo/change",
       thing::print_request(
           next_id(), "thing.topo.change",
           {{"status", static_cast<std::int32_t>(change)}, {"subList", list_of(devices)}}),
       [](const auto&) {});
}

// It need not have signed in to be spoken of: the message is the gateway's.
void Gateways::tell_of_device(DeviceId gateway, const Device& device, std::string_view what) {
  const auto view = registry_.device(gateway);
  if (!view) return;
  std::string topic = "/sys/" + device.product.text() + "/" + device.name.text() + "/thing/";
  send(*view->device, topic.append(what),
       thing::print_request(next_id(), std::string("thing.").append(what), json::object()),
       [](const auto&) {});
}

void Gateways::send(const Device& gateway, std::string_view topic, std::string payload,
                    Done<MessageId> done) {
  const auto product = registry_.product(gateway.product.view());
  if (!product) return done(fail(Code::product_not_found, gateway.product.text()));
  auto message = std::make_unique<Message>();
  message->account = product->account;
  message->product = product->key.text();
  message->topic = TopicTemplate::parse(topic);
  message->recipients = {gateway.id};
  message->payload = std::move(payload);
  publisher_.publish(std::move(message), limits::message_lifetime_max, {}, std::move(done));
}

void Gateways::tell_disabled(const Device& device, bool disabled) {
  const auto gateway = topology_.gateway_of(device.id);
  if (!gateway) return;
  tell_of_device(*gateway, device, disabled ? "disable" : "enable");
  tell_change(*gateway, disabled ? Change::disabled : Change::enabled,
              {std::make_shared<const Device>(device)});
}

void Gateways::tell_deleted(const Topology::Relations& relations, const Devices& deleted) {
  std::map<DeviceId, std::shared_ptr<const Device>> gone;
  for (const auto& device : deleted) gone.emplace(device->id, device);
  std::map<DeviceId, Devices> left;
  for (const SubDevice& each : relations) {
    const auto device = gone.find(each.device);
    if (device == gone.end()) {  // The gateway is.
      homes_.leave_gateway(each.device);
      continue;
    }
    tell_of_device(each.gateway, *device->second, "delete");
    left[each.gateway].push_back(device->second);
  }
  for (const auto& [gateway, devices] : left) tell_change(gateway, Change::deleted, devices);
}

}  // namespace herald
