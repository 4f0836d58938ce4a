#include "net/http_client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>

namespace herald::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr std::chrono::seconds call_timeout{10};
}

// Asynchronous inside, because blocking operations of Asio know no time limit.
struct HttpClient::State {
  Address address;
  asio::io_context context{1};
  std::unique_ptr<boost::beast::tcp_stream> stream;
  boost::beast::flat_buffer buffer;

  // Begins an operation and waits until it has ended.
  template <class Begin>
  error_code wait_for(Begin begin) {
    error_code result;
    begin([&result](error_code error, auto&&...) { result = error; });
    context.restart();
    context.run();
    return result;
  }

  error_code connect() {
    tcp::resolver resolver(context);
    error_code error;
    const auto found = resolver.resolve(address.host, std::to_string(address.port), error);
    if (error) return error;
    stream = std::make_unique<boost::beast::tcp_stream>(context);
    stream->expires_after(call_timeout);
    error = wait_for([&](auto done) { stream->async_connect(found, std::move(done)); });
    error_code ignored;
    if (!error) stream->socket().set_option(tcp::no_delay(true), ignored);
    buffer.clear();
    return error;
  }

  error_code exchange(const http::request<http::string_body>& request,
                      http::response<http::string_body>& response) {
    stream->expires_after(call_timeout);
    const error_code error =
        wait_for([&](auto done) { http::async_write(*stream, request, std::move(done)); });
    if (error) return error;
    return wait_for(
        [&](auto done) { http::async_read(*stream, buffer, response, std::move(done)); });
  }
};

HttpClient::HttpClient(Address address) : state_(std::make_unique<State>()) {
  state_->address = std::move(address);
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

Result<api::HttpResponse> HttpClient::send(std::string_view method, std::string_view target,
                                           std::string_view content_type, std::string body) {
  http::request<http::string_body> request(http::string_to_verb({method.data(), method.size()}),
                                           {target.data(), target.size()}, 11);
  request.set(http::field::host, state_->address.host + ":" + std::to_string(state_->address.port));
  if (!content_type.empty())
    request.set(http::field::content_type, {content_type.data(), content_type.size()});
  request.body() = std::move(body);
  request.prepare_payload();

  const bool was_connected = state_->stream != nullptr;
  error_code error = was_connected ? error_code() : state_->connect();
  http::response<http::string_body> response;
  if (!error) error = state_->exchange(request, response);
  if (error && error != boost::beast::error::timeout && was_connected) {
    response = {};
    error = state_->connect();
    if (!error) error = state_->exchange(request, response);
  }
  if (error) {
    state_->stream.reset();
    return fail(Code::failed, state_->address.host + ":" + std::to_string(state_->address.port) +
                                  ": " + error.message());
  }
  if (!response.keep_alive()) state_->stream.reset();
  api::HttpResponse answer{.status = static_cast<int>(response.result_int()),
                           .content_type = std::string(response[http::field::content_type]),
                           .body = std::move(response.body())};
  return answer;
}

}  // namespace herald::net
