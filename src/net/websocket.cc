#include "net/websocket.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "base/crypto.h"

namespace herald::net {
namespace {

namespace http = boost::beast::http;

// RFC 6455, sections 5.2 and 7.4.
constexpr std::uint8_t continuation = 0x0, text = 0x1, binary = 0x2, close_frame = 0x8, ping = 0x9,
                       pong = 0xA;
constexpr std::uint16_t protocol_error = 1002, unsupported_data = 1003, too_big = 1009;
constexpr std::size_t control_bytes_max = 125;
constexpr unsigned final_bit = 0x80, mask_bit = 0x80, reserved_bits = 0x70;

bool is_control(std::uint8_t opcode) { return (opcode & 0x8u) != 0; }

void put_head(std::uint8_t opcode, std::size_t size, std::string& out) {
  const auto put = [&](std::size_t byte) { out.push_back(static_cast<char>(byte)); };
  put(final_bit | opcode);
  if (size <= control_bytes_max) return put(size);
  const int bytes = size <= 0xFFFF ? 2 : 8;
  put(bytes == 2 ? 126 : 127);
  for (int i = bytes - 1; i >= 0; --i) put(size >> (8 * i) & 0xFF);
}

std::string accept_key(std::string_view key) {
  return to_base64(hash(Digest::sha1, std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

// [MQTT-6.0.0-3], [MQTT-6.0.0-4]: the first of those offered that are MQTT; empty: none is.
std::string_view subprotocol(std::string_view offered) {
  for (const std::string_view each : http::token_list(offered)) {
    if (each == "mqtt") return "mqtt";
    if (each == "mqttv3.1") return "mqttv3.1";
  }
  return {};
}

}  // namespace

bool WebSocket::receive(std::string_view bytes, std::string& data, std::string& reply) {
  while (!bytes.empty() && state_ != State::closed) {
    if (state_ == State::requested) {
      // As far as the empty line that ends the head.
      const std::size_t before = head_.size();
      head_ +=
          bytes.substr(0, limits_.head_bytes_max + 1 - std::min(before, limits_.head_bytes_max));
      const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
      if (end == head_.npos) {
        if (head_.size() <= limits_.head_bytes_max) return true;
        reply += "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n";
        state_ = State::closed;
        break;
      }
      bytes.remove_prefix(end + 4 - before);
      head_.resize(end + 4);
      if (!answer_request(reply)) break;
    } else if (!in_frame_) {
      head_.push_back(bytes.front());
      bytes.remove_prefix(1);
      if (!begin_frame(reply)) break;
    } else {
      take_payload(bytes, data);
    }
    if (in_frame_ && left_ == 0) {
      in_frame_ = false;
      if (is_control(opcode_) && !end_control_frame(reply)) break;
    }
  }
  return state_ != State::closed;
}

bool WebSocket::answer_request(std::string& reply) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits_.head_bytes_max));
  boost::system::error_code error;
  parser.put(boost::asio::buffer(head_), error);
  const auto& request = parser.get();
  const std::string_view key = request["Sec-WebSocket-Key"];
  const std::string_view protocol = subprotocol(request["Sec-WebSocket-Protocol"]);
  const auto raw_key = from_base64(key);
  const bool is_upgrade = !error && parser.is_header_done() &&
                          request.method() == http::verb::get && request.version() == 11 &&
                          http::token_list(request["Upgrade"]).exists("websocket") &&
                          http::token_list(request["Connection"]).exists("upgrade");
  const bool is_known_version = request["Sec-WebSocket-Version"] == "13";
  const bool is_sound = is_upgrade && raw_key && raw_key->size() == 16 && !protocol.empty();
  if (!is_upgrade || !is_known_version || !is_sound) {
    reply += is_upgrade && !is_known_version
                 ? "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n"
                 : "HTTP/1.1 400 Bad Request\r\n";
    reply += "Content-Length: 0\r\nConnection: close\r\n\r\n";
    state_ = State::closed;
    return false;
  }
  reply += "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  reply += "Sec-WebSocket-Accept: " + accept_key(key) + "\r\n";
  reply += "Sec-WebSocket-Protocol: " + std::string(protocol) + "\r\n\r\n";
  state_ = State::open;
  head_ = std::string();
  return true;
}

// `head_` has grown by a byte; once the head is whole, its frame begins. False: it may not.
bool WebSocket::begin_frame(std::string& reply) {
  const auto at = [this](std::size_t i) { return static_cast<std::uint8_t>(head_[i]); };
  const std::uint8_t opcode = at(0) & 0x0Fu;
  if (head_.size() == 1) {
    if ((at(0) & reserved_bits) != 0) return refuse(protocol_error, reply);
    const bool is_final = (at(0) & final_bit) != 0;
    if (opcode == text) return refuse(unsupported_data, reply);  // [MQTT-6.0.0-1]
    const bool fits = is_control(opcode)
                          ? is_final && (opcode == close_frame || opcode == ping || opcode == pong)
                          : opcode == (in_message_ ? continuation : binary);
    return fits || refuse(protocol_error, reply);
  }
  if ((at(1) & mask_bit) == 0) return refuse(protocol_error, reply);
  const std::size_t short_length = at(1) & 0x7Fu;
  if (is_control(opcode) && short_length > control_bytes_max) return refuse(protocol_error, reply);
  const std::size_t length_bytes = short_length < 126 ? 0 : short_length == 126 ? 2 : 8;
  if (head_.size() < 2 + length_bytes + mask_.size()) return true;

  std::uint64_t length = length_bytes == 0 ? short_length : 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | at(2 + i);
  const bool is_minimal = length_bytes == 0 || (length_bytes == 2 ? length > 125 : length > 0xFFFF);
  if (!is_minimal || length >> 63 != 0) return refuse(protocol_error, reply);
  if (length > limits_.frame_bytes_max) return refuse(too_big, reply);
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(2 + length_bytes), mask_.size(),
              mask_.begin());
  opcode_ = opcode;
  final_ = (at(0) & final_bit) != 0;
  if (!is_control(opcode)) in_message_ = !final_;
  left_ = length;
  mask_at_ = 0;
  in_frame_ = true;
  head_.clear();
  return true;
}

void WebSocket::take_payload(std::string_view& bytes, std::string& data) {
  std::string& to = is_control(opcode_) ? control_ : data;
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  to.reserve(to.size() + count);
  for (const char c : bytes.substr(0, count)) {
    to.push_back(static_cast<char>(c ^ mask_[mask_at_]));
    mask_at_ = static_cast<std::uint8_t>((mask_at_ + 1u) % mask_.size());
  }
  bytes.remove_prefix(count);
  left_ -= count;
}

bool WebSocket::end_control_frame(std::string& reply) {
  const std::string payload = std::exchange(control_, std::string());
  if (opcode_ == pong) return true;
  put_head(opcode_ == ping ? pong : close_frame, payload.size(), reply);
  reply += payload;
  if (opcode_ == ping) return true;
  state_ = State::closed;
  return false;
}

bool WebSocket::refuse(std::uint16_t code, std::string& reply) {
  put_close(code, reply);
  state_ = State::closed;
  return false;
}

void WebSocket::put_frame_head(std::size_t size, std::string& out) { put_head(binary, size, out); }

void WebSocket::put_close(std::uint16_t code, std::string& out) {
  put_head(close_frame, 2, out);
  out.push_back(static_cast<char>(code >> 8));
  out.push_back(static_cast<char>(code & 0xFF));
}

}  // namespace herald::net
