#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "mqtt/recorded_effects.h"
#include "mqtt/session.h"

// What the tests of the session share.
namespace herald::mqtt {

inline const Time start = time_of(1'700'000'000'000);

inline std::string connect_packet(const Connect& packet = {.keep_alive = 60, .client_id = "dev"}) {
  std::string bytes;
  write_connect(packet, bytes);
  return bytes;
}

inline std::string publish_packet(const Publish& packet) {
  std::string bytes;
  write_publish_head(packet, packet.payload.size(), bytes);
  bytes += packet.payload;
  return bytes;
}

inline std::string puback_packet(PacketId packet_id) {
  std::string bytes;
  write_puback({.packet_id = packet_id}, bytes);
  return bytes;
}

inline Delivery delivery(std::uint64_t message, std::uint8_t qos = 1, PacketId packet_id = 0) {
  return {.key = {.message = message, .recipient = 3},
          .topic = "a/b",
          .qos = qos,
          .packet_id = packet_id,
          .payload = SharedBytes::copy_of("hi")};
}

// A session at the moment `start`, and what it asked for.
class SessionTest : public testing::Test {
 protected:
  void receive(std::string_view bytes, Time now = start) { session.receive(bytes, now, effects); }
  void receive_hex(std::string_view hex) { receive(from_spaced_hex(hex)); }
  // Past the handshake, whose effects are forgotten.
  void establish(const Connect& request = {.keep_alive = 60, .client_id = "dev"}) {
    receive(connect_packet(request));
    session.accept({}, start, effects);
    ASSERT_TRUE(session.connected());
    effects.take();
  }
  void deliver(const Delivery& what) { session.deliver(what, effects); }

  SessionLimits limits;
  Session session{start, limits};
  Recorded effects;
};

}  // namespace herald::mqtt
