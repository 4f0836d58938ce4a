#include "net/gateway_connections.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/gateways.h"
#include "core/sub_device_proof.h"

namespace herald::net {
namespace {

namespace code = gateway_code;

std::string path_of(const DeviceIdentity& device) {
  return device.product.text() + "/" + device.name.text();
}

}  // namespace

// A request until all of its devices are in.
struct GatewayConnections::Entering {
  ConnectionRef connection;
  GatewayRequest request;
  std::vector<std::pair<DeviceId, Login>> devices;
  std::size_t left = 0;
  GatewayFault fault;
};

GatewayConnections::GatewayConnections(ShardIndex shard, Shards& shards, const Platform& platform)
    : shard_(shard), shards_(shards), platform_(platform), mail_(platform.homes.mail(shard)) {}

// Who is there.

GatewayConnections::Gateway* GatewayConnections::gateway_at(const ConnectionRef& connection) {
  const auto at = gateways_.find(connection.slot);
  const bool same = at != gateways_.end() && at->second.generation == connection.generation;
  return same ? &at->second : nullptr;
}

GatewayConnections::Gateway& GatewayConnections::make_gateway(const ConnectionRef& connection,
                                                              const DeviceIdentity& device) {
  if (Gateway* known = gateway_at(connection)) return *known;
  const auto at = gateways_.insert_or_assign(connection.slot, Gateway(device)).first;
  at->second.generation = connection.generation;
  return at->second;
}

const GatewayConnections::SubDevice* GatewayConnections::find(const ConnectionRef& connection,
                                                              DeviceId device) {
  const Gateway* gateway = gateway_at(connection);
  if (gateway == nullptr) return nullptr;
  const auto at = gateway->devices.find(device);
  return at == gateway->devices.end() ? nullptr : &at->second;
}

const GatewayConnections::SubDevice* GatewayConnections::find(const ConnectionRef& connection,
                                                              std::string_view path) {
  const Gateway* gateway = gateway_at(connection);
  if (gateway == nullptr) return nullptr;
  const auto named = gateway->by_path.find(std::string(path));
  if (named == gateway->by_path.end()) return nullptr;
  const SubDevice& sub = gateway->devices.at(named->second);
  return sub.has_entered() ? &sub : nullptr;
}

std::optional<DeviceId> GatewayConnections::device_of(const ConnectionRef& connection,
                                                      Login login) {
  const Gateway* gateway = gateway_at(connection);
  if (gateway == nullptr) return std::nullopt;
  const auto at = gateway->by_login.find(login);
  return at == gateway->by_login.end() ? std::nullopt : std::optional(at->second);
}

// What gateways ask for.

bool GatewayConnections::take(const ConnectionRef& connection, const DeviceIdentity& gateway,
                              std::string_view topic, std::string_view payload) {
  if (!topic.starts_with("/ext/session/")) return false;
  auto request = read_gateway_request(gateway, topic, payload);
  if (!request) return false;
  const auto product = platform_.registry.product(gateway.product.view());
  if (!product || !platform_.rates.admit_up(gateway.id, product->account, Qos::at_most_once)) {
    return true;  // As with all that is published too often, there is no answer.
  }
  if (!request->fault.is_success()) {
    reply(connection, *request, request->fault);
  } else if (request->signs_in()) {
    log_in(connection, std::move(*request));
  } else {
    log_out(connection, *request);
  }
  return true;
}

void GatewayConnections::reply(const ConnectionRef& connection, const GatewayRequest& request,
                               const GatewayFault& outcome) {
  if (const auto payload = request.reply(outcome)) {
    push(connection, request.reply_topic(), *payload);
  }
}

void GatewayConnections::log_out(const ConnectionRef& connection, const GatewayRequest& request) {
  std::vector<DeviceId> devices;
  for (const SubDeviceClaim& claim : request.devices) {
    const SubDevice* sub = find(connection, claim.product_key + "/" + claim.device_name);
    if (sub == nullptr) {
      return reply(connection, request, {code::no_session, "the device is not signed in"});
    }
    devices.push_back(sub->device.id);
  }
  for (const DeviceId device : devices) leave(connection, device);
  reply(connection, request, {});
}

void GatewayConnections::log_in(const ConnectionRef& connection, GatewayRequest request) {
  const DeviceIdentity gateway = request.gateway;
  std::vector<SubDeviceClaim> devices = request.devices;
  check_sub_logins(platform_, gateway, std::move(devices),
                   [this, connection, request = std::move(request)](SubLogins checked) mutable {
                     if (shards_.is_here(shard_))
                       return enter(connection, std::move(request), checked);
                     shards_.post(shard_, [this, connection, request = std::move(request),
                                           checked = std::move(checked)]() mutable {
                       enter(connection, std::move(request), checked);
                     });
                   });
}

void GatewayConnections::enter(const ConnectionRef& connection, GatewayRequest request,
                               const SubLogins& checked) {
  const mqtt::Session* session = connections_->session(connection);
  if (session == nullptr) return;
  if (!checked.fault.is_success()) {
    log::debug("sub-devices of {}: {}", request.gateway.name.view(), checked.fault.message);
    return reply(connection, request, checked.fault);
  }
  const auto entering = std::make_shared<Entering>(Entering{
      .connection = connection, .request = std::move(request), .devices = {}, .fault = {}});
  Gateway& gateway = make_gateway(connection, entering->request.gateway);
  std::vector<SubLogin> coming;
  for (const SubLogin& login : checked.logins) {
    const DeviceId id = login.device->id;
    if (gateway.devices.contains(id)) continue;  // One that is here stays as it is.
    const Login number = next_login(gateway);
    gateway.devices.emplace(
        id, SubDevice{.device = *login.device, .login = number, .entering = entering});
    gateway.by_path.insert_or_assign(path_of(*login.device), id);
    gateway.by_login.emplace(number, id);
    entering->devices.emplace_back(id, number);
    coming.push_back(login);
  }
  // What waits for a device follows its answer, which may come at once.
  entering->left = coming.size();
  if (coming.empty()) return reply(connection, entering->request, {});
  const std::uint32_t slots = std::min(window, static_cast<std::uint32_t>(session->window()));
  for (std::size_t i = 0; i < coming.size(); ++i) {
    ask_home(entering, coming[i], entering->devices[i].second, slots);
  }
}

void GatewayConnections::ask_home(const SharedEntering& entering, const SubLogin& login,
                                  Login number, std::uint32_t slots) {
  const ConnectionRef connection = entering->connection;
  const DeviceId id = login.device->id;
  const auto view = platform_.registry.device(entering->request.gateway.id);
  ConnectRequest wanted{.device = login.device,
                        .connection = connection,
                        .clean_start = login.clean_session,
                        .session_expiry = login.clean_session ? 0 : never_expires,
                        .window = slots,
                        .address = view ? view->device->address : std::string(),
                        .by_gateway = true};
  ConnectAnswered answered = [this, entering, id, number](const ConnectAnswer& answer) {
    entered(entering, id, number, answer);
  };
  mail_.run_at(platform_.homes.shard_of(id),
               [&homes = platform_.homes, id, wanted = std::move(wanted),
                answered = std::move(answered)]() mutable {
                 homes.home_of_device(id).connect(std::move(wanted), std::move(answered));
               });
}

void GatewayConnections::entered(const SharedEntering& entering, DeviceId device, Login login,
                                 const ConnectAnswer& answer) {
  const ConnectionRef connection = entering->connection;
  Gateway* gateway = gateway_at(connection);
  if (gateway == nullptr) return;
  const auto at = gateway->devices.find(device);
  // One that was cut off meanwhile was settled then.
  if (at == gateway->devices.end() || at->second.login != login) return;
  at->second.entering.reset();
  if (!answer.accepted) {  // Its home knows nothing of it.
    forget(*gateway, device);
    return settle(entering, refusal_of(device, answer));
  }
  // It may have left while it came: its home did not know yet whom to cut off.
  const bool is_its = platform_.gateways.topology().has(gateway->gateway.id, device);
  settle(entering, is_its ? GatewayFault() : fault_of(device, CutReason::left_gateway));
}

// All or none: with one that is refused, all that this request brought in go.
void GatewayConnections::settle(const SharedEntering& entering, const GatewayFault& outcome) {
  const ConnectionRef connection = entering->connection;
  if (!outcome.is_success()) entering->fault = outcome;
  if (--entering->left > 0) return;
  if (entering->fault.is_success()) return reply(connection, entering->request, {});
  for (const auto& [id, number] : entering->devices) {
    const SubDevice* sub = find(connection, id);
    if (sub != nullptr && sub->login == number) leave(connection, id);
  }
  reply(connection, entering->request, entering->fault);
}

GatewayFault GatewayConnections::refusal_of(DeviceId device, const ConnectAnswer& answer) const {
  const auto view = platform_.registry.device(device);
  return {!view                    ? code::deleted
          : view->device->disabled ? code::disabled
                                   : code::logged_in_twice,
          std::string(answer.why)};
}

void GatewayConnections::forget(Gateway& gateway, DeviceId device) {
  const auto at = gateway.devices.find(device);
  gateway.by_path.erase(path_of(at->second.device));
  gateway.by_login.erase(at->second.login);
  gateway.devices.erase(at);
}

// What was sent with an earlier use of the number may still be acknowledged; after 65,535 others
// nobody waits for that.
GatewayConnections::Login GatewayConnections::next_login(Gateway& gateway) {
  do {
    ++gateway.last_login;
  } while (gateway.last_login == 0 || gateway.by_login.contains(gateway.last_login));
  return gateway.last_login;
}

// Deliveries that wait.

bool GatewayConnections::hold(const ConnectionRef& connection, Held held) {
  Gateway* gateway = gateway_at(connection);
  if (gateway == nullptr) return false;
  gateway->held.push_back(std::move(held));
  ++held_;
  return true;
}

bool GatewayConnections::holds(const ConnectionRef& connection) {
  if (!holds_any()) return false;
  const Gateway* gateway = gateway_at(connection);
  return gateway != nullptr && !gateway->held.empty();
}

std::optional<GatewayConnections::Held> GatewayConnections::next_held(
    const ConnectionRef& connection) {
  Gateway* gateway = gateway_at(connection);
  if (gateway == nullptr || gateway->held.empty()) return std::nullopt;
  Held held = std::move(gateway->held.front());
  gateway->held.pop_front();
  --held_;
  return held;
}

std::vector<SentUnacknowledged> GatewayConnections::unacknowledged(const mqtt::Session& session,
                                                                   Login login) {
  std::vector<SentUnacknowledged> sent;
  for (const mqtt::Unacknowledged& each : session.unacknowledged()) {
    if (login_of(each.key) != login) continue;
    sent.push_back({MessageId{each.key.message}, recipient_of(each.key), each.packet_id});
  }
  return sent;
}

// Ends.

void GatewayConnections::leave(const ConnectionRef& connection, DeviceId device) {
  Gateway* gateway = gateway_at(connection);
  const mqtt::Session* session = connections_->session(connection);
  if (gateway == nullptr || session == nullptr) return;
  const auto at = gateway->devices.find(device);
  if (at == gateway->devices.end()) return;
  const SubDevice sub = at->second;
  forget(*gateway, device);
  // What waits here goes back to its home with the end.
  held_ -= std::erase_if(gateway->held, [device](const Held& held) {
    return held.message->recipients[held.target.recipient] == device;
  });
  tell_gone(connection, sub, *session);
}

void GatewayConnections::tell_gone(const ConnectionRef& connection, const SubDevice& sub,
                                   const mqtt::Session& session) {
  ConnectionEnd end{.unacknowledged = unacknowledged(session, sub.login)};
  mail_.run_at(platform_.homes.shard_of(sub.device.id),
               [&homes = platform_.homes, device = sub.device.id, connection,
                end = std::move(end)]() mutable {
                 homes.home_of_device(device).gone(device, connection, std::move(end));
               });
}

void GatewayConnections::cut(const ConnectionRef& connection, DeviceId device, CutReason reason) {
  const SubDevice* sub = find(connection, device);
  if (sub == nullptr || connections_->session(connection) == nullptr) return;
  const DeviceIdentity gateway = gateway_at(connection)->gateway;
  if (reason == CutReason::left_gateway && platform_.gateways.topology().has(gateway.id, device)) {
    return;  // It left another gateway, or has come back, and signed in since.
  }
  if (reason == CutReason::storage_failed) {
    // The gateway may wait for an answer that will not come.
    return connections_->close(connection, mqtt::CloseReason::storage_failed);
  }
  const std::string path = path_of(sub->device);
  const SharedEntering entering = sub->entering;
  leave(connection, device);
  const GatewayFault fault = fault_of(device, reason);
  // The answer of its home would find it no more, and may never come.
  if (entering) return settle(entering, fault);
  push_error(connection, gateway, fault, path);
}

GatewayFault GatewayConnections::fault_of(DeviceId device, CutReason reason) const {
  if (reason == CutReason::left_gateway) {
    return {code::not_in_topology, "the device is not the gateway's"};
  }
  if (reason == CutReason::taken_over) {
    return {code::logged_in_twice, "the device signed in elsewhere"};
  }
  if (platform_.registry.device(device)) return {code::disabled, "the device is disabled"};
  return {code::deleted, "the device is deleted"};
}

void GatewayConnections::ended(const ConnectionRef& connection, const mqtt::Session& session) {
  const auto at = gateways_.find(connection.slot);
  if (at == gateways_.end() || at->second.generation != connection.generation) return;
  const Gateway gateway = std::move(at->second);
  gateways_.erase(at);
  held_ -= gateway.held.size();
  for (const auto& [device, sub] : gateway.devices) tell_gone(connection, sub, session);
}

// What gateways are told.

void GatewayConnections::refuse(const ConnectionRef& connection, const DeviceIdentity& gateway,
                                std::string_view path) {
  const auto product = platform_.registry.product(gateway.product.view());
  if (!product || !Gateways::is_gateway(*product)) return;
  // What is refused counts like what is taken: as many errors as a gateway may publish messages.
  if (!platform_.rates.admit_up(gateway.id, product->account, Qos::at_most_once)) return;
  const auto slash = path.find('/');
  const auto device =
      find_sub_device(platform_.registry, *product, path.substr(0, slash), path.substr(slash + 1));
  const bool is_its = device && platform_.gateways.topology().has(gateway.id, device->id);
  const GatewayFault fault =
      is_its ? GatewayFault{code::no_session, "the device is not signed in"}
             : GatewayFault{code::not_in_topology, "the device is not the gateway's"};
  push_error(connection, gateway, fault, path);
}

void GatewayConnections::push_error(const ConnectionRef& connection, const DeviceIdentity& gateway,
                                    const GatewayFault& fault, std::string_view path) {
  push(connection, "/ext/error/" + path_of(gateway), gateway_error(++errors_, fault, path));
}

void GatewayConnections::push(const ConnectionRef& connection, std::string_view topic,
                              const std::string& payload) {
  connections_->deliver(connection, {.topic = topic, .payload = SharedBytes::copy_of(payload)});
}

}  // namespace herald::net
