#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/health.h"
#include "net/http_server.h"
#include "net/loops.h"

namespace herald::net {

struct AdminSettings {
  std::optional<Address> address = Address{.host = "127.0.0.1", .port = 9180};
  bool chosen = false;  // By the operator.
  std::string token;    // That whoever reads /metrics has to send; empty: none.
};

// The port for those who run the program: /metrics for Prometheus, /healthz and /readyz. A thread
// of its own serves it, so reading the metrics takes no time of a shard, and it answers when a
// shard does not.
class AdminServer {
 public:
  // `metrics` is called on the server's thread and answers the text that /metrics shows.
  AdminServer(const Health& health, std::function<std::string()> metrics,
              std::shared_ptr<const TlsContexts> tls, const AdminSettings& settings);
  ~AdminServer();  // Stops.

  // Begins to serve, unless it is off, or nobody chose the address and it is taken: that is logged.
  // Errors: failed (the port is taken); malformed (others than this machine reach the address, and
  // there is no token).
  Result<void> start();
  // None: it is not served.
  std::optional<Address> address() const;

  // Answers nobody any more. Not on its thread.
  void stop() { loop_.stop(); }

 private:
  void answer(const api::HttpRequest& request, api::Respond respond);

  const Health& health_;
  std::function<std::string()> metrics_;
  AdminSettings settings_;
  std::optional<Address> address_;
  Loops loop_{1};
  HttpServer http_;
};

}  // namespace herald::net
