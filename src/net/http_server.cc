#include "net/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <ctime>

#include "api/answer.h"
#include "base/counters.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"

namespace herald::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Network errors are values: no exception crosses the data path.
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_bytes = 64 * limits::KiB;
constexpr std::size_t first_read_bytes = 4 * limits::KiB;
// Only the request line may be long: parameters travel in it.
constexpr std::size_t field_bytes_max = 64 * limits::KiB;
constexpr std::ptrdiff_t fields_max = 100;
// What a body may take on the wire beside its own bytes, when it comes in chunks.
constexpr std::size_t chunk_bytes_max = 1 * limits::MiB;
constexpr std::chrono::milliseconds accept_pause{100};
constexpr char tls_handshake = 0x16;  // The first byte of every TLS connection.

std::string http_date() {
  static thread_local std::time_t written_at = 0;
  static thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != written_at) {
    written_at = now;
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 40> room{};
    text.assign(room.data(),
                std::strftime(room.data(), room.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc));
  }
  return text;
}

std::string bytes_of(const api::HttpResponse& response, bool keep_alive, bool with_body) {
  std::string bytes;
  bytes.reserve(512 + response.body.size());
  bytes += "HTTP/1.1 ";
  bytes += std::to_string(response.status);
  bytes += ' ';
  bytes += http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  bytes += "\r\nDate: ";
  bytes += http_date();
  const auto add = [&bytes](std::string_view name, std::string_view value) {
    bytes += "\r\n";
    bytes += name;
    bytes += ": ";
    bytes += value;
  };
  if (!response.content_type.empty()) add("Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) add(name, value);
  add("Connection", keep_alive ? "keep-alive" : "close");
  add("Content-Length", std::to_string(response.body.size()));
  bytes += "\r\n\r\n";
  if (with_body) bytes += response.body;
  return bytes;
}

api::HttpRequest request_of(http::request<http::string_body>& message, const std::string& peer,
                            bool secure) {
  api::HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.body = std::move(message.body());
  request.peer = peer;
  request.secure = secure;
  return request;
}

// In the gateway's own words, which SDKs can read.
api::HttpResponse refusal(Code code, int status, std::string why) {
  api::HttpResponse response = api::failure(
      {.request_id = random_uuid(), .format = api::Format::json}, Error{code, std::move(why)});
  response.status = status;
  return response;
}

// What a request that cannot even be handed on is told; nothing when nobody is there to hear it.
std::optional<api::HttpResponse> refusal_of(const error_code& error) {
  if (error == asio::error::no_buffer_space) {
    return refusal(Code::service_unavailable, 503, "too many large requests at once");
  }
  const bool is_http = error.category() == make_error_code(http::error::bad_method).category();
  if (!is_http || error == http::error::end_of_stream || error == http::error::partial_message) {
    return std::nullopt;
  }
  if (error == http::error::header_limit) {
    return refusal(Code::request_too_large, 431, "the request head is too large");
  }
  if (error == http::error::body_limit) {
    return refusal(Code::request_too_large, 413, "the request body is too large");
  }
  return refusal(Code::request_malformed, 400, "not an HTTP/1.1 request");
}

std::string_view text_of(const beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

// Finds the end of a request's head as it arrives, looking at each byte once, and holds it to its
// bounds.
class Head {
 public:
  bool is_whole() const { return size_ > 0; }
  std::size_t size() const { return size_; }

  // `bytes` is all of the head that has come. Errors: header_limit.
  error_code look(std::string_view bytes) {
    if (is_whole()) return {};
    while (true) {
      const auto end = bytes.find("\r\n", looked_at_);
      if (end == bytes.npos) break;
      if (lines_ > 0 && end == looked_at_) {
        size_ = end + 2;
        return {};
      }
      if (lines_++ == 0) line_bytes_ = end;
      looked_at_ = end + 2;
      if (lines_ > fields_max + 1) return http::error::header_limit;
    }
    const bool fits = bytes.size() < limits::request_head_bytes_max &&
                      (lines_ == 0 || bytes.size() - line_bytes_ <= field_bytes_max + read_bytes);
    return fits ? error_code() : http::error::header_limit;
  }

 private:
  std::size_t looked_at_ = 0;  // Where the line begins that has no end yet.
  std::size_t line_bytes_ = 0;
  std::ptrdiff_t lines_ = 0;
  std::size_t size_ = 0;
};

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  Loops& loops;
  ShardIndex shard;
  asio::io_context& loop;
  HttpHandler handler;
  std::shared_ptr<const TlsContexts> tls;
  std::shared_ptr<HttpBudget> budget;  // Conversations that a stop leaves behind still give back.
  HttpLimits limits;
  std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
  Tally connections;
  Tally busy;
  bool stopped = false;

  State(Loops& loops_, ShardIndex shard_, HttpHandler handler_,
        std::shared_ptr<const TlsContexts> tls_, std::shared_ptr<HttpBudget> budget_,
        const HttpLimits& limits_)
      : loops(loops_),
        shard(shard_),
        loop(loops_.context(shard_)),
        handler(std::move(handler_)),
        tls(std::move(tls_)),
        budget(std::move(budget_)),
        limits(limits_) {}

  awaitable<void> accept(tcp::acceptor& acceptor);
  awaitable<void> converse(tcp::socket socket);
  template <class Stream>
  awaitable<void> serve(Stream& stream, beast::flat_buffer& buffer, const std::string& peer);
  template <class Stream>
  awaitable<error_code> read(Stream& stream, beast::flat_buffer& buffer,
                             http::request_parser<http::string_body>& parser,
                             HttpBudget::Share& share);
  awaitable<api::HttpResponse> answer(api::HttpRequest request);
};

awaitable<void> HttpServer::State::accept(tcp::acceptor& acceptor) {
  const auto self = shared_from_this();
  while (!stopped) {
    auto [error, socket] = co_await acceptor.async_accept(as_result);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      static log::Limited full;
      full.warning("cannot accept a caller: {}", error.message());
      // Those who wait would be reported again at once, and there is no place for them yet.
      asio::steady_timer pause(loop, accept_pause);
      co_await pause.async_wait(as_result);
      continue;
    }
    // One too many is closed again at once.
    if (connections.value() >= static_cast<std::int64_t>(limits.connections_max)) continue;
    connections.add();
    auto conversation = converse(std::move(socket));
    asio::co_spawn(loop, std::move(conversation), [self](const std::exception_ptr& failure) {
      self->connections.add(-1);
      try {
        if (failure) std::rethrow_exception(failure);
      } catch (const std::exception& thrown) {
        log::error("a caller's connection failed: {}", thrown.what());
      }
    });
  }
}

awaitable<void> HttpServer::State::converse(tcp::socket socket) {
  const auto self = shared_from_this();
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto endpoint = socket.remote_endpoint(ignored);
  std::string peer = ignored ? std::string() : endpoint.address().to_string();
  beast::tcp_stream stream(std::move(socket));
  // The first byte tells TLS from HTTP.
  beast::flat_buffer buffer;
  stream.expires_after(limits.handshake_timeout);
  const auto [error, count] =
      co_await stream.async_read_some(buffer.prepare(first_read_bytes), as_result);
  if (error || count == 0) co_return;
  buffer.commit(count);
  if (*static_cast<const char*>(buffer.data().data()) != tls_handshake) {
    co_return co_await serve(stream, buffer, peer);
  }
  if (!tls) co_return;
  const TlsContexts::Context context = tls->current();  // For as long as the connection lives.
  beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), *context);
  const auto [refused, taken] =
      co_await secure.async_handshake(asio::ssl::stream_base::server, buffer.data(), as_result);
  if (refused) {
    log::debug("caller {}: TLS handshake failed: {}", peer, refused.message());
    co_return;
  }
  buffer.consume(buffer.size());
  co_await serve(secure, buffer, peer);
  beast::get_lowest_layer(secure).expires_after(limits.handshake_timeout);
  co_await secure.async_shutdown(as_result);
}

template <class Stream>
awaitable<void> HttpServer::State::serve(Stream& stream, beast::flat_buffer& buffer,
                                         const std::string& peer) {
  constexpr bool secure = !std::is_same_v<Stream, beast::tcp_stream>;
  while (!stopped) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(limits::request_head_bytes_max));
    parser.body_limit(limits::request_body_bytes_max);
    parser.eager(true);
    HttpBudget::Share share(*budget);
    const error_code error = co_await read(stream, buffer, parser, share);
    if (const auto refused = refusal_of(error)) {
      static log::Limited noted;
      noted.info("caller {}: request refused: {}", peer, error.message());
      const std::string bytes = bytes_of(*refused, false, true);
      co_await asio::async_write(stream, asio::buffer(bytes), as_result);
      co_return;
    }
    if (error) co_return;
    auto message = parser.release();
    const bool keep_alive = message.keep_alive() && !stopped;
    const bool with_body = message.method() != http::verb::head;
    api::HttpRequest request = request_of(message, peer, secure);
    busy.add();
    const api::HttpResponse response = co_await answer(std::move(request));
    const std::string bytes = bytes_of(response, keep_alive, with_body);
    beast::get_lowest_layer(stream).expires_after(limits.request_timeout);
    const auto [failed, sent] = co_await asio::async_write(stream, asio::buffer(bytes), as_result);
    busy.add(-1);
    if (failed || !keep_alive) co_return;
    // A burst's worth of memory is not kept by a connection that idles.
    if (buffer.size() == 0 && buffer.capacity() > read_bytes) buffer = beast::flat_buffer();
  }
}

// Reads one request. Its bytes are charged to the budget before they are read, so no_buffer_space
// means that strangers hold too much already.
template <class Stream>
awaitable<error_code> HttpServer::State::read(Stream& stream, beast::flat_buffer& buffer,
                                              http::request_parser<http::string_body>& parser,
                                              HttpBudget::Share& share) {
  Head head;
  std::size_t read = buffer.size();
  bool continued = false;
  beast::get_lowest_layer(stream).expires_after(read > 0 ? limits.request_timeout
                                                         : limits.idle_timeout);
  while (true) {
    // The parser sees the head when it is whole: it would take endless fields one by one.
    if (auto error = head.look(text_of(buffer))) co_return error;
    if (head.is_whole()) {
      error_code error;
      buffer.consume(parser.put(buffer.data(), error));
      if (error && error != http::error::need_more) co_return error;
      if (parser.is_done()) co_return error_code();
      if (!std::exchange(continued, true) && parser.get()[http::field::expect] == "100-continue") {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto [failed, sent] =
            co_await asio::async_write(stream, asio::buffer(go_on), as_result);
        if (failed) co_return failed;
      }
      if (read > head.size() + limits::request_body_bytes_max + chunk_bytes_max) {
        co_return http::error::body_limit;
      }
    }
    // A connection that says nothing is charged for nothing.
    const std::size_t room = read == 0 ? first_read_bytes : read_bytes;
    if (read > 0 && !share.grow_to(read + room)) co_return asio::error::no_buffer_space;
    const auto [failed, count] = co_await stream.async_read_some(buffer.prepare(room), as_result);
    if (failed) co_return failed;
    buffer.commit(count);
    if (read == 0) beast::get_lowest_layer(stream).expires_after(limits.request_timeout);
    read += count;
  }
}

// Hands the request on and comes back to this connection's thread with the answer.
awaitable<api::HttpResponse> HttpServer::State::answer(api::HttpRequest request) {
  auto hand_on = [this](auto completion, api::HttpRequest asked) {
    auto responder = [this,
                      completion = std::move(completion)](api::HttpResponse response) mutable {
      loops.post(shard,
                 [completion = std::move(completion), response = std::move(response)]() mutable {
                   std::move(completion)(std::move(response));
                 });
    };
    handler(std::move(asked), std::move(responder));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(api::HttpResponse)>(
      hand_on, asio::use_awaitable, std::move(request));
}

HttpServer::HttpServer(Loops& loops, ShardIndex shard, HttpHandler handler,
                       std::shared_ptr<const TlsContexts> tls, std::shared_ptr<HttpBudget> budget,
                       const HttpLimits& limits)
    : state_(std::make_shared<State>(loops, shard, std::move(handler), std::move(tls),
                                     std::move(budget), limits)) {}

HttpServer::~HttpServer() = default;

void HttpServer::listen(Descriptor socket) {
  const bool v6 = [&] {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size);
    return storage.ss_family == AF_INET6;
  }();
  auto acceptor = std::make_unique<tcp::acceptor>(state_->loop);
  acceptor->assign(v6 ? tcp::v6() : tcp::v4(), socket.release());
  auto accepting = state_->accept(*acceptor);
  state_->acceptors.push_back(std::move(acceptor));
  asio::co_spawn(state_->loop, std::move(accepting), asio::detached);
}

std::int64_t HttpServer::connections() const { return state_->connections.value(); }

std::int64_t HttpServer::busy() const { return state_->busy.value(); }

void HttpServer::stop() {
  state_->stopped = true;
  for (auto& acceptor : state_->acceptors) {
    error_code ignored;
    acceptor->close(ignored);
  }
}

}  // namespace herald::net
