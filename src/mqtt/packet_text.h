#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/log.h"
#include "mqtt/packet.h"

// Packets as short lines, and packets from hex: for tests only.
namespace herald::mqtt {

inline std::string to_text(const Connect& packet) {
  std::string text = fmt::format("CONNECT level {}", static_cast<int>(packet.version));
  if (packet.version != Version::v3_1 && packet.version != Version::v3_1_1) return text;
  text += fmt::format(", {}, keep alive {}, client '{}'", packet.clean_session ? "clean" : "kept",
                      packet.keep_alive, log::printable(packet.client_id));
  if (packet.has_will) {
    text += fmt::format(", will {} {} QoS {}{}", log::printable(packet.will_topic),
                        to_hex(packet.will_payload), packet.will_qos,
                        packet.will_retain ? " retain" : "");
  }
  if (packet.username) text += ", user " + log::printable(*packet.username);
  if (packet.password) text += ", password " + to_hex(*packet.password);
  return text;
}

inline std::string to_text(const Connack& packet) {
  return fmt::format("CONNACK {}{}", static_cast<int>(packet.code),
                     packet.session_present ? ", session present" : "");
}

inline std::string to_text(const Publish& packet) {
  std::string text = fmt::format("PUBLISH QoS {}", packet.qos);
  if (packet.qos > 0) text += fmt::format(" id {}", packet.packet_id);
  if (packet.duplicate) text += " duplicate";
  if (packet.retain) text += " retain";
  return text + fmt::format(", {}, {}", log::printable(packet.topic),
                            packet.payload.empty() ? "no payload" : to_hex(packet.payload));
}

inline std::string to_text(const Subscribe& packet) {
  std::string text = fmt::format("SUBSCRIBE id {}", packet.packet_id);
  for (const auto& [filter, qos] : packet.entries) {
    text += fmt::format(", {} QoS {}", log::printable(filter), qos);
  }
  return text;
}

inline std::string to_text(const Suback& packet) {
  return fmt::format("SUBACK id {}, {}", packet.packet_id, to_hex(packet.codes));
}

inline std::string to_text(const Unsubscribe& packet) {
  std::string text = fmt::format("UNSUBSCRIBE id {}", packet.packet_id);
  for (const auto& filter : packet.filters) text += ", " + log::printable(filter);
  return text;
}

// Spaces between the digits are for the reader.
inline std::string from_spaced_hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits += c;
  }
  return from_hex(digits).value();
}

}  // namespace herald::mqtt
