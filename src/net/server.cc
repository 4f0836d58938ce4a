#include "net/server.h"

#include <utility>

#include "api/registration_form.h"

namespace herald::net {
namespace {

// The routes that are not the OpenAPI's.
HttpHandler with_routes(const HttpHandler& openapi, const Registration& registration,
                        const Health& health, const Console& console,
                        const std::uint16_t& mqtt_port, Loops& loops, ShardIndex shard) {
  return [openapi, &registration, &health, &console, &mqtt_port, &loops, shard](
             api::HttpRequest request, api::Respond respond) {
    if (Health::is_probe(request)) {
      return health.answer(request, loops, shard, std::move(respond));
    }
    if (request.target == "/auth/register/device" && request.method == "POST") {
      return api::answer_registration(request, registration, std::move(respond));
    }
    if (auto page = console.answer(request, mqtt_port)) return respond(*std::move(page));
    openapi(std::move(request), std::move(respond));
  };
}

// CONNECTs of dynamic registration name any keep-alive: device-mqtt.md, section 4.
bool registers(const mqtt::Connect& request) {
  return Registration::is_asked_for(request.client_id);
}

// One socket for each shard on the same port.
Result<std::vector<Descriptor>> listen_for_all(Address address, ShardIndex shards,
                                               std::uint16_t& port) {
  std::vector<Descriptor> sockets;
  if (auto free = check_free(address); !free) return tl::unexpected(std::move(free.error()));
  for (ShardIndex i = 0; i < shards; ++i) {
    auto socket = listen_on(address);
    if (!socket) return tl::unexpected(std::move(socket.error()));
    address.port = port = port_of(*socket);
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

}  // namespace

Server::Server(Loops& loops, const Platform& platform, const HttpHandler& handler,
               const Health& health, const Console& console, const Tls& tls,
               const ServerSettings& settings)
    : loops_(loops), settings_(settings) {
  const auto addresses = std::make_shared<AddressLimits>(platform.clock, settings.addresses);
  const auto budget = std::make_shared<HttpBudget>(settings.unauthenticated_bytes_max);
  settings_.devices.session.any_keep_alive = registers;
  for (ShardIndex i = 0; i < loops.count(); ++i) {
    edges_.push_back(std::make_unique<DeviceEdge>(i, loops, platform));
    devices_.push_back(std::make_unique<DeviceSockets>(
        i, loops.context(i), *edges_[i], platform.clock, tls.devices, addresses,
        make_socket_io(settings_.io_uring), settings_.devices));
    edges_[i]->use(*devices_[i]);
    http_.push_back(std::make_unique<HttpServer>(
        loops, i,
        with_routes(handler, platform.registration, health, console, mqtt_port_, loops, i), tls.api,
        budget, settings.http));
    edge_pointers_.push_back(edges_[i].get());
    device_pointers_.push_back(devices_[i].get());
  }
  for (ShardIndex i = 0; i < loops.count(); ++i) {
    edges_[i]->introduce(edge_pointers_);
    devices_[i]->introduce(device_pointers_);
  }
}

Server::~Server() = default;

Result<void> Server::listen() {
  auto api = listen_for_all(settings_.api, loops_.count(), api_port_);
  if (!api) return tl::unexpected(std::move(api.error()));
  auto mqtt = listen_for_all(settings_.mqtt, loops_.count(), mqtt_port_);
  if (!mqtt) return tl::unexpected(std::move(mqtt.error()));
  for (ShardIndex i = 0; i < loops_.count(); ++i) {
    http_[i]->listen(std::move((*api)[i]));
    devices_[i]->listen(std::move((*mqtt)[i]));
  }
  if (!settings_.mqtt2) return {};
  auto second = listen_for_all(*settings_.mqtt2, loops_.count(), mqtt2_port_);
  if (!second) return tl::unexpected(std::move(second.error()));
  for (ShardIndex i = 0; i < loops_.count(); ++i) devices_[i]->listen(std::move((*second)[i]));
  return {};
}

std::int64_t Server::device_connections() const {
  std::int64_t sum = 0;
  for (const auto& sockets : devices_) sum += sockets->connections();
  return sum;
}

std::int64_t Server::api_connections() const {
  std::int64_t sum = 0;
  for (const auto& http : http_) sum += http->connections();
  return sum;
}

std::int64_t Server::connects(ConnectResult result) const {
  std::int64_t sum = 0;
  for (const auto& edge : edges_) sum += edge->connects().of(result);
  if (result != ConnectResult::turned_away) return sum;
  for (const auto& sockets : devices_) sum += sockets->turned_away();
  return sum;
}

void Server::stop_listening() {
  loops_.run_on_all([this](ShardIndex shard) {
    http_[shard]->stop();
    devices_[shard]->stop_listening();
  });
}

std::int64_t Server::busy() const {
  std::int64_t sum = 0;
  for (const auto& http : http_) sum += http->busy();
  return sum;
}

void Server::stop() {
  loops_.run_on_all([this](ShardIndex shard) {
    http_[shard]->stop();
    devices_[shard]->stop();
  });
}

}  // namespace herald::net
