#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <utility>

#include "core/gateway_codes.h"
#include "core/gateways.h"
#include "core/sub_device_proof.h"
#include "thing/alink.h"

// The part of Gateways that answers what gateways publish.
namespace herald {
namespace {

namespace json = boost::json;
namespace code = gateway_code;

constexpr std::size_t devices_max = 30;  // Of one request: device-mqtt.md, section 10.

// What a list of devices says; nothing: it is none, or too long.
std::optional<std::vector<SubDeviceClaim>> claims_from(const json::value& params) {
  const auto* list = params.if_array();
  if (list == nullptr || list->empty() || list->size() > devices_max) return std::nullopt;
  std::vector<SubDeviceClaim> claims;
  for (const json::value& each : *list) {
    auto claim = sub_device_claim_from(each);
    if (!claim) return std::nullopt;
    claims.push_back(std::move(*claim));
  }
  return claims;
}

thing::AlinkFault malformed() {
  return {thing::alink_code::malformed,
          "params is a list of up to 30 devices, each with productKey and deviceName"};
}

thing::AlinkFault fault_of(ProofVerdict verdict) {
  switch (verdict) {
    case ProofVerdict::accepted:
      return {};
    case ProofVerdict::device_unknown:
      return {code::device_unknown, "device not found"};
    case ProofVerdict::method_unknown:
      return {thing::alink_code::malformed, "the signmethod is unknown"};
    case ProofVerdict::sign_wrong:
      return {code::sign_wrong_in_topology, "the sign is wrong"};
    case ProofVerdict::unavailable:
      return {code::system, "the sign cannot be checked now"};
  }
  return {code::system, "the sign cannot be checked now"};
}

bool may_register(const Device& device) { return !device.activated || device.reset; }

}  // namespace

std::shared_ptr<const Product> Gateways::product_of(const SystemMessage& from,
                                                    AlinkExchange& exchange) {
  if (const auto& fault = exchange.request().fault; !fault.is_success()) {
    exchange.refuse(fault);
    return nullptr;
  }
  auto product = registry_.product(from.device.product.view());
  if (product && is_gateway(*product)) return product;
  exchange.refuse({thing::alink_code::malformed, "the device is no gateway"});
  return nullptr;
}

void Gateways::take_add(const SystemMessage& from, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  const auto product = product_of(from, exchange);
  if (!product) return;
  auto claims = claims_from(exchange.request().params);
  if (!claims) return exchange.refuse(malformed());
  for (const SubDeviceClaim& claim : *claims) {
    if (claim.product_key == from.device.product.view() &&
        claim.device_name == from.device.name.view()) {
      return exchange.refuse({code::itself, "a gateway is no sub-device of its own"});
    }
  }
  prove(registry_, *product, std::move(*claims),
        [this, gateway = from.device, exchange = std::move(exchange)](const Proof& proof) mutable {
          if (proof.verdict != ProofVerdict::accepted) {
            return exchange.refuse(fault_of(proof.verdict));
          }
          bind_proven(std::move(exchange), gateway, proof.devices);
        });
}

void Gateways::bind_proven(AlinkExchange exchange, const DeviceIdentity& gateway,
                           const Devices& devices) {
  const auto view = registry_.device(gateway.id);
  if (!view) return exchange.refuse({code::device_unknown, "device not found"});
  std::vector<DeviceId> ids;
  for (const auto& device : devices) {
    if (device->disabled) return exchange.refuse({code::device_disabled, "a device is disabled"});
    if (std::ranges::find(ids, device->id) == ids.end()) ids.push_back(device->id);
  }
  bind(*view->device, ids, By::gateway, {},
       [exchange = std::move(exchange)](const Result<void>& bound) mutable {
         if (!bound && bound.error().code == Code::topology_full) {
           return exchange.refuse({code::too_many, "the gateway has too many sub-devices"});
         }
         exchange.end(bound);
       });
}

void Gateways::take_delete(const SystemMessage& from, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  const auto product = product_of(from, exchange);
  if (!product) return;
  const auto claims = claims_from(exchange.request().params);
  if (!claims) return exchange.refuse(malformed());
  Topology::Relations relations;
  for (const SubDeviceClaim& claim : *claims) {
    const auto device = find_sub_device(registry_, *product, claim.product_key, claim.device_name);
    if (!device) return exchange.refuse({code::device_unknown, "device not found"});
    if (!topology_.has(from.device.id, device->id)) {
      return exchange.refuse({code::not_in_topology, "the device is not the gateway's"});
    }
    relations.push_back({device->id, from.device.id});
  }
  unbind(
      relations, By::gateway, {},
      [exchange = std::move(exchange)](const Result<void>& gone) mutable { exchange.end(gone); });
}

void Gateways::take_get(const SystemMessage& from, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  if (!product_of(from, exchange)) return;
  json::array list;
  for (const auto& device : devices_of(topology_.sub_devices_of(from.device.id))) {
    list.push_back({{"productKey", device->product.view()}, {"deviceName", device->name.view()}});
  }
  exchange.succeed(list);
}

// The devices are there already; their gateway learns their secrets.
void Gateways::take_register(const SystemMessage& from, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  const auto product = product_of(from, exchange);
  if (!product) return;
  const auto claims = claims_from(exchange.request().params);
  if (!claims) return exchange.refuse(malformed());
  Devices devices;
  for (const SubDeviceClaim& claim : *claims) {
    const auto theirs = registry_.product(claim.product_key);
    if (!theirs || theirs->account != product->account || theirs->instance != product->instance) {
      return exchange.refuse({code::product_unknown, "product not found"});
    }
    if (!theirs->dynamic_registration) {
      return exchange.refuse({code::registration_off, "dynamic registration is off"});
    }
    auto device = find_sub_device(registry_, *product, claim.product_key, claim.device_name);
    if (!device) return exchange.refuse({code::device_unknown, "device not found"});
    const auto gateway = topology_.gateway_of(device->id);
    if (gateway && *gateway != from.device.id) {
      return exchange.refuse({code::bound_elsewhere, "the device is another gateway's"});
    }
    if (!gateway && !may_register(*device)) {
      return exchange.refuse({code::already_active, "the device is active already"});
    }
    devices.push_back(std::move(device));
  }
  give_secrets(std::move(exchange), std::move(devices));
}

void Gateways::give_secrets(AlinkExchange exchange, Devices devices) {
  std::vector<DeviceId> ids;
  for (const auto& device : devices) ids.push_back(device->id);
  registry_.device_secrets(std::move(ids),
                           [exchange = std::move(exchange), devices = std::move(devices)](
                               const Result<std::vector<std::string>>& secrets) mutable {
                             if (!secrets)
                               return exchange.refuse({code::system, "secrets cannot be read now"});
                             json::array list;
                             for (std::size_t i = 0; i < devices.size(); ++i) {
                               list.push_back({{"iotId", devices[i]->iot_id},
                                               {"productKey", devices[i]->product.view()},
                                               {"deviceName", devices[i]->name.view()},
                                               {"deviceSecret", (*secrets)[i]}});
                             }
                             exchange.succeed(list);
                           });
}

// Nobody waits for the list: there is no server-side subscription yet.
void Gateways::take_found(const SystemMessage& from, UplinkAnswered answered) {
  AlinkExchange exchange(from, publisher_, std::move(answered));
  if (!product_of(from, exchange)) return;
  if (!claims_from(exchange.request().params)) return exchange.refuse(malformed());
  exchange.succeed();
}

void add_gateway_topics(SystemTopics& topics, Gateways& gateways) {
  const auto add = [&](std::string_view pattern,
                       void (Gateways::*take)(const SystemMessage&, UplinkAnswered)) {
    topics.add(pattern, [&gateways, take](const SystemMessage& from, UplinkAnswered answered) {
      (gateways.*take)(from, std::move(answered));
    });
  };
  add("/sys/{pk}/{dn}/thing/topo/add", &Gateways::take_add);
  add("/sys/{pk}/{dn}/thing/topo/delete", &Gateways::take_delete);
  add("/sys/{pk}/{dn}/thing/topo/get", &Gateways::take_get);
  add("/sys/{pk}/{dn}/thing/sub/register", &Gateways::take_register);
  add("/sys/{pk}/{dn}/thing/list/found", &Gateways::take_found);
}

}  // namespace herald
