#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/log.h"
#include "mqtt/packet.h"

// Packets as short lines, and packets from hex: for tests only.
namespace herald::mqtt {

// Those that are there, in the order of the standard.
inline std::string to_text(const Properties& of) {
  std::string text;
  const auto number = [&](std::string_view name, const auto& value) {
    if (value) text += fmt::format(", {} {}", name, *value);
  };
  const auto string = [&](std::string_view name, const auto& value) {
    if (value) text += fmt::format(", {} '{}'", name, log::printable(*value));
  };
  number("payload format", of.payload_format);
  number("message expiry", of.message_expiry);
  string("content type", of.content_type);
  string("response topic", of.response_topic);
  string("correlation data", of.correlation_data);
  for (const auto id : of.subscription_ids) text += fmt::format(", subscription {}", id);
  number("session expiry", of.session_expiry);
  string("assigned client id", of.assigned_client_id);
  number("server keep alive", of.server_keep_alive);
  string("authentication method", of.authentication_method);
  string("authentication data", of.authentication_data);
  number("request problem information", of.request_problem_information);
  number("will delay", of.will_delay);
  number("request response information", of.request_response_information);
  string("response information", of.response_information);
  string("server reference", of.server_reference);
  string("reason", of.reason_string);
  number("receive maximum", of.receive_maximum);
  number("topic alias maximum", of.topic_alias_maximum);
  number("alias", of.topic_alias);
  number("maximum QoS", of.maximum_qos);
  number("retain", of.retain_available);
  for (const auto& [name, value] : of.user) {
    text += fmt::format(", '{}' = '{}'", log::printable(name), log::printable(value));
  }
  number("maximum packet size", of.maximum_packet_size);
  number("wildcards", of.wildcard_subscription_available);
  number("subscription ids", of.subscription_ids_available);
  number("shared", of.shared_subscription_available);
  return text;
}

inline std::string to_text(ReasonCode reason) {
  return fmt::format("0x{:02X}", static_cast<int>(reason));
}

inline std::string to_text(const Connect& packet) {
  std::string text = fmt::format("CONNECT level {}", static_cast<int>(packet.version));
  if (packet.version < Version::v3_1 || packet.version > Version::v5) return text;
  text += fmt::format(", {}, keep alive {}, client '{}'", packet.clean_session ? "clean" : "kept",
                      packet.keep_alive, log::printable(packet.client_id));
  if (packet.has_will) {
    text += fmt::format(", will {} {} QoS {}{}", log::printable(packet.will_topic),
                        to_hex(packet.will_payload), packet.will_qos,
                        packet.will_retain ? " retain" : "");
  }
  text += to_text(packet.properties);
  if (const auto will = to_text(packet.will_properties); !will.empty()) text += ", its will" + will;
  if (packet.username) text += ", user " + log::printable(*packet.username);
  if (packet.password) text += ", password " + to_hex(*packet.password);
  return text;
}

inline std::string to_text(const Connack& packet) {
  return fmt::format("CONNACK {}{}{}",
                     packet.reason == ReasonCode::success
                         ? fmt::to_string(static_cast<int>(packet.code))
                         : to_text(packet.reason),
                     packet.session_present ? ", session present" : "", to_text(packet.properties));
}

inline std::string to_text(const Publish& packet) {
  std::string text = fmt::format("PUBLISH QoS {}", packet.qos);
  if (packet.qos > 0) text += fmt::format(" id {}", packet.packet_id);
  if (packet.duplicate) text += " duplicate";
  if (packet.retain) text += " retain";
  return text +
         fmt::format(", {}, {}", log::printable(packet.topic),
                     packet.payload.empty() ? "no payload" : to_hex(packet.payload)) +
         to_text(packet.properties);
}

inline std::string to_text(const Puback& packet) {
  std::string text = fmt::format("PUBACK id {}", packet.packet_id);
  if (packet.reason != ReasonCode::success) text += " " + to_text(packet.reason);
  return text + to_text(packet.properties);
}

inline std::string to_text(const Subscribe& packet) {
  std::string text = fmt::format("SUBSCRIBE id {}", packet.packet_id);
  for (const SubscribeEntry& entry : packet.entries) {
    text += fmt::format(", {} QoS {}", log::printable(entry.filter), entry.qos);
    if (entry.no_local) text += " no local";
    if (entry.retain_as_published) text += " retain as published";
    if (entry.retain_handling != 0)
      text += fmt::format(" retain handling {}", entry.retain_handling);
  }
  return text + to_text(packet.properties);
}

inline std::string to_text(const Suback& packet) {
  return fmt::format("SUBACK id {}, {}{}", packet.packet_id, to_hex(packet.codes),
                     to_text(packet.properties));
}

inline std::string to_text(const Unsubscribe& packet) {
  std::string text = fmt::format("UNSUBSCRIBE id {}", packet.packet_id);
  for (const auto& filter : packet.filters) text += ", " + log::printable(filter);
  return text + to_text(packet.properties);
}

inline std::string to_text(const Unsuback& packet) {
  return fmt::format("UNSUBACK id {}{}{}{}", packet.packet_id, packet.codes.empty() ? "" : ", ",
                     to_hex(packet.codes), to_text(packet.properties));
}

inline std::string to_text(const Disconnect& packet) {
  return fmt::format("DISCONNECT{}{}{}", packet.reason == ReasonCode::success ? "" : " ",
                     packet.reason == ReasonCode::success ? "" : to_text(packet.reason),
                     to_text(packet.properties));
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
