#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/limits.h"

namespace herald::net {

// WebSocket (RFC 6455) on one connection, the server's side, as a function of bytes: no socket.
// What arrives is passed on as it comes, so nothing is held but the head of a request or of a
// frame.
class WebSocket {
 public:
  struct Limits {
    std::size_t head_bytes_max = 8 * limits::KiB;
    std::size_t frame_bytes_max = limits::packet_bytes_max;
  };
  explicit WebSocket(const Limits& limits) : limits_(limits) {}

  // Handles what arrived. Appends to `data` what binary messages hold, in order: an MQTT packet may
  // span several [MQTT-6.0.0-2]. Appends to `reply` what has to be sent back. False: the connection
  // has to be closed once `reply` was sent; later bytes are ignored.
  bool receive(std::string_view bytes, std::string& data, std::string& reply);
  // Whether the upgrade was granted and nobody has said good-bye.
  bool open() const { return state_ == State::open; }

  // The head of one binary frame of `size` bytes.
  static void put_frame_head(std::size_t size, std::string& out);
  static void put_close(std::uint16_t code, std::string& out);

 private:
  enum class State : std::uint8_t { requested, open, closed };

  bool answer_request(std::string& reply);
  bool begin_frame(std::string& reply);
  void take_payload(std::string_view& bytes, std::string& data);
  bool end_control_frame(std::string& reply);
  bool refuse(std::uint16_t code, std::string& reply);

  Limits limits_;
  State state_ = State::requested;
  std::string head_;  // Of the request, or of the frame, as far as it has arrived.
  // Of the frame whose payload arrives.
  std::uint64_t left_ = 0;
  std::array<char, 4> mask_{};
  std::uint8_t mask_at_ = 0;
  std::uint8_t opcode_ = 0;
  bool in_frame_ = false;
  bool in_message_ = false;  // Its last frame is still to come.
  bool final_ = false;
  std::string control_;  // The payload of a control frame.
};

}  // namespace herald::net
