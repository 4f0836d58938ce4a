#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/device_identity.h"
#include "core/gateway_codes.h"
#include "model/sub_device_claim.h"
#include "thing/alink.h"

namespace herald {

// What a gateway asks for under `/ext/session/${gateway}/combine/…`, to have sub-devices sign in or
// out on its connection: device-mqtt.md, section 13.
struct GatewayRequest {
  DeviceIdentity gateway;
  std::string topic;
  std::string action;  // `login`, `logout`, `batch_login` or `batch_logout`.
  thing::AlinkRequest alink;
  std::vector<SubDeviceClaim> devices;
  GatewayFault fault;  // Of the request itself.

  bool signs_in() const { return action.ends_with("login"); }
  bool is_batch() const { return action.starts_with("batch_"); }
  std::string reply_topic() const { return topic + "_reply"; }
  // Nothing: the gateway wants none.
  std::optional<std::string> reply(const GatewayFault& outcome) const;
};

// Nothing: the topic is another one.
std::optional<GatewayRequest> read_gateway_request(const DeviceIdentity& gateway,
                                                   std::string_view topic,
                                                   std::string_view payload);

// What is said under `/ext/error/${gateway}` of a device, `${productKey}/${deviceName}`.
std::string gateway_error(std::uint32_t id, const GatewayFault& fault, std::string_view device);

}  // namespace herald
