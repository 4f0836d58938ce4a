#include "core/gateway_requests.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "core/sub_device_proof.h"
#include "thing/json_text.h"

namespace herald {
namespace {

namespace json = boost::json;

constexpr std::size_t devices_max = 50;  // Of one batch: device-mqtt.md, section 10.

bool skip(std::string_view& text, std::string_view part) {
  if (!text.starts_with(part)) return false;
  text.remove_prefix(part.size());
  return true;
}

// The devices that the parameters name; none: they cannot be read.
std::vector<SubDeviceClaim> devices_of(const GatewayRequest& request) {
  const json::value* params = &request.alink.params;
  std::vector<SubDeviceClaim> devices;
  const auto read = [&devices](const json::value& each) {
    auto claim = sub_device_claim_from(each);
    if (claim) devices.push_back(std::move(*claim));
    return claim.has_value();
  };
  if (!request.is_batch()) {
    read(*params);
    return devices;
  }
  if (const auto* object = params->if_object()) params = object->if_contains("deviceList");
  const json::array* list = params == nullptr ? nullptr : params->if_array();
  const bool is_sound =
      list != nullptr && list->size() <= devices_max && std::ranges::all_of(*list, read);
  return is_sound ? devices : std::vector<SubDeviceClaim>();
}

json::object names_of(const SubDeviceClaim& device) {
  return {{"productKey", device.product_key}, {"deviceName", device.device_name}};
}

}  // namespace

std::optional<GatewayRequest> read_gateway_request(const DeviceIdentity& gateway,
                                                   std::string_view topic,
                                                   std::string_view payload) {
  std::string_view action = topic;
  const bool fits = skip(action, "/ext/session/") && skip(action, gateway.product.view()) &&
                    skip(action, "/") && skip(action, gateway.name.view()) &&
                    skip(action, "/combine/");
  const bool is_known = action == "login" || action == "logout" || action == "batch_login" ||
                        action == "batch_logout";
  if (!fits || !is_known) return std::nullopt;
  GatewayRequest request{.gateway = gateway,
                         .topic = std::string(topic),
                         .action = std::string(action),
                         .alink = thing::parse_request(payload),
                         .devices = {},
                         .fault = {}};
  request.fault = request.alink.fault;
  request.devices = devices_of(request);
  if (request.fault.is_success() && request.devices.empty()) {
    request.fault = {thing::alink_code::malformed, "params names a device, or up to 50 in a batch"};
  }
  return request;
}

std::optional<std::string> GatewayRequest::reply(const GatewayFault& outcome) const {
  if (!alink.wants_reply) return std::nullopt;
  json::value data = json::object();
  if (outcome.is_success() && is_batch()) {
    json::array list;
    for (const SubDeviceClaim& device : devices) list.push_back(names_of(device));
    data = std::move(list);
  } else if (outcome.is_success()) {
    data = names_of(devices.front());
  }
  return thing::print_reply(alink, "combine." + action, outcome, data);
}

std::string gateway_error(std::uint32_t id, const GatewayFault& fault, std::string_view device) {
  const auto slash = device.find('/');
  const json::object names{{"productKey", device.substr(0, slash)},
                           {"deviceName", device.substr(slash + 1)}};
  return thing::print_json({{"id", std::to_string(id)},
                            {"code", fault.code},
                            {"message", fault.message},
                            {"data", names}});
}

}  // namespace herald
