#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/platform.h"
#include "net/console.h"
#include "net/device_edge.h"
#include "net/device_sockets.h"
#include "net/health.h"
#include "net/http_server.h"
#include "net/loops.h"

namespace herald::net {

struct ServerSettings {
  Address api{.host = "127.0.0.1", .port = 8080};
  Address mqtt{.host = "127.0.0.1", .port = 1883};
  std::optional<Address> mqtt2;  // A second port for devices.
  DeviceLimits devices;
  AddressLimitSettings addresses;
  HttpLimits http;
  IoUring io_uring = IoUring::where_allowed;  // For the sockets of devices.
  std::size_t unauthenticated_bytes_max = 256 * limits::MiB;
};

// The ports of the program: each shard listens on all of them.
class Server {
 public:
  // What a server shows on each of its ports; null: no TLS there.
  struct Tls {
    std::shared_ptr<const TlsContexts> api;
    std::shared_ptr<const TlsContexts> devices;
  };
  // The platform's homes are those of `loops`; the loops are not running yet.
  Server(Loops& loops, const Platform& platform, const HttpHandler& handler, const Health& health,
         const Console& console, const Tls& tls, const ServerSettings& settings);
  ~Server();

  // Errors: failed (a port is taken).
  Result<void> listen();
  // The ports, which differ from the settings where those said 0. After listen.
  std::uint16_t api_port() const { return api_port_; }
  std::uint16_t mqtt_port() const { return mqtt_port_; }
  std::uint16_t mqtt2_port() const { return mqtt2_port_; }

  // Any thread.
  std::int64_t device_connections() const;
  std::int64_t api_connections() const;
  std::int64_t connects(ConnectResult result) const;

  // While the loops run, any thread but a shard's: closes the ports; callers get the answers that
  // they wait for.
  void stop_listening();
  // Calls that are not answered yet. Any thread.
  std::int64_t busy() const;
  // The same: closes the ports and the devices' connections.
  void stop();

 private:
  Loops& loops_;
  ServerSettings settings_;
  std::vector<std::unique_ptr<DeviceEdge>> edges_;
  std::vector<std::unique_ptr<DeviceSockets>> devices_;
  std::vector<DeviceEdge*> edge_pointers_;
  std::vector<DeviceSockets*> device_pointers_;
  std::vector<std::unique_ptr<HttpServer>> http_;
  std::uint16_t api_port_ = 0;
  std::uint16_t mqtt_port_ = 0;
  std::uint16_t mqtt2_port_ = 0;
};

}  // namespace herald::net
