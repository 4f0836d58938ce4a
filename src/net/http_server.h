#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "api/http.h"
#include "net/http_budget.h"
#include "net/loops.h"
#include "net/sockets.h"
#include "net/tls.h"

namespace herald::net {

struct HttpLimits {
  std::chrono::seconds handshake_timeout{10};
  std::chrono::seconds request_timeout{30};  // From the first byte to the last.
  std::chrono::seconds idle_timeout{60};     // Between two requests.
  std::size_t connections_max = 10'000;      // For each shard.
};

// Answers one request. Called on the shard of the connection; `respond` may be called on any
// thread.
using HttpHandler = std::function<void(api::HttpRequest request, api::Respond respond)>;

// HTTP/1.1 and HTTPS on one port, told apart by the first byte. One per shard; requests of one
// connection are answered one after the other, also when they are pipelined.
class HttpServer {
 public:
  HttpServer(Loops& loops, ShardIndex shard, HttpHandler handler,
             std::shared_ptr<const TlsContexts> tls, std::shared_ptr<HttpBudget> budget,
             const HttpLimits& limits);
  ~HttpServer();

  void listen(Descriptor socket);
  // Open ones, and those of them whose request is being answered. Any thread.
  std::int64_t connections() const;
  std::int64_t busy() const;
  // On the shard's thread: takes no more connections; those that are open end with their request.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace herald::net
