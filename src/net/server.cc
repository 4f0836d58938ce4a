#include "net/server.h"

#include <utility>

namespace herald::net {
namespace {

// The routes that are not the OpenAPI's.
HttpHandler with_routes(HttpHandler openapi) {
  return [openapi = std::move(openapi)](api::HttpRequest request, api::Respond respond) {
    if (request.target == "/readyz" && (request.method == "GET" || request.method == "HEAD")) {
      return respond({.status = 200, .content_type = "text/plain", .body = "ok\n"});
    }
    openapi(std::move(request), std::move(respond));
  };
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

Server::Server(Loops& loops, Homes& homes, Registry& registry, const Clock& clock,
               HttpHandler handler, std::shared_ptr<boost::asio::ssl::context> tls,
               const ServerSettings& settings)
    : loops_(loops), settings_(settings) {
  const auto budget = std::make_shared<HttpBudget>(settings.unauthenticated_bytes_max);
  const HttpHandler routed = with_routes(std::move(handler));
  for (ShardIndex i = 0; i < loops.count(); ++i) {
    devices_.push_back(std::make_unique<DeviceSockets>(i, loops.context(i), homes, registry, clock,
                                                       settings.devices));
    http_.push_back(std::make_unique<HttpServer>(loops, i, routed, tls, budget, settings.http));
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
  return {};
}

void Server::stop() {
  loops_.run_on_all([this](ShardIndex shard) {
    http_[shard]->stop();
    devices_[shard]->stop();
  });
}

}  // namespace herald::net
