#include "net/admin_server.h"

#include <utility>

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"

namespace herald::net {
namespace {

constexpr HttpLimits http_limits{.connections_max = 64};
constexpr std::size_t request_bytes_max = 4 * limits::MiB;  // Of all callers together.

api::HttpResponse plain(int status, std::string text) {
  return {.status = status, .content_type = "text/plain", .body = std::move(text)};
}

bool has_token(const api::HttpRequest& request, std::string_view token) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view said = request.header("authorization");
  return equal_ignoring_case(said.substr(0, scheme.size()), scheme) &&
         equal_in_constant_time(said.substr(scheme.size()), token);
}

}  // namespace

AdminServer::AdminServer(const Health& health, std::function<std::string()> metrics,
                         std::shared_ptr<const TlsContexts> tls, const AdminSettings& settings)
    : health_(health),
      metrics_(std::move(metrics)),
      settings_(settings),
      http_(
          loop_, 0,
          [this](const api::HttpRequest& request, api::Respond respond) {
            answer(request, std::move(respond));
          },
          std::move(tls), std::make_shared<HttpBudget>(request_bytes_max), http_limits) {}

AdminServer::~AdminServer() { stop(); }

Result<void> AdminServer::start() {
  if (!settings_.address) return {};
  auto socket =
      check_free(*settings_.address).and_then([this] { return listen_on(*settings_.address); });
  if (!socket && !settings_.chosen) {
    log::warning("metrics are not served: {}; the setting `admin` moves them, or is `off`",
                 socket.error().detail);
    return {};
  }
  if (!socket) return fail(socket.error().code, "setting `admin`: " + socket.error().detail);
  if (settings_.token.empty() && !is_loopback(*socket)) {
    return fail(Code::malformed, "setting `admin`: others than this machine reach " +
                                     settings_.address->host + ", so it needs an `admin_token`");
  }
  address_ = Address{settings_.address->host, port_of(*socket)};
  http_.listen(std::move(*socket));
  loop_.start();
  log::info("serving metrics on {}:{}", address_->host, address_->port);
  return {};
}

std::optional<Address> AdminServer::address() const { return address_; }

// Probes tell nothing, and those who send them rarely can send more than a path.
void AdminServer::answer(const api::HttpRequest& request, api::Respond respond) {
  if (Health::is_probe(request)) return health_.answer(request, loop_, 0, std::move(respond));
  if (request.target != "/metrics") return respond(plain(404, "not found\n"));
  if (request.method != "GET" && request.method != "HEAD") {
    return respond(plain(405, "only GET and HEAD\n"));
  }
  if (!settings_.token.empty() && !has_token(request, settings_.token)) {
    auto refused = plain(401, "the bearer token is missing or wrong\n");
    refused.headers.emplace_back("WWW-Authenticate", "Bearer");
    return respond(std::move(refused));
  }
  respond({.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_()});
}

}  // namespace herald::net
