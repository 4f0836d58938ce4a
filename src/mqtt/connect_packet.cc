// CONNECT and CONNACK.
#include <algorithm>
#include <utility>

#include "mqtt/packet.h"
#include "mqtt/property_codec.h"

namespace herald::mqtt {
namespace {

// The connect flags, section 3.1.2.3.
namespace flag {
constexpr unsigned reserved = 0x01, clean_session = 0x02, will = 0x04, will_retain = 0x20,
                   password = 0x40, username = 0x80, of_will = 0x38;
}  // namespace flag

std::string_view protocol_name(Version version) {
  return version == Version::v3_1 ? "MQIsdp" : "MQTT";
}

void put_header(std::string& out, PacketType type, std::size_t body_size) {
  put_byte(out, static_cast<unsigned>(type) << 4);
  put_varint(out, body_size);
}

// Section 3.2.2.2 of MQTT 5.0.
bool is_connack_reason(std::uint8_t code) {
  constexpr std::string_view codes(
      "\x00\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8A\x8C\x90\x95\x97\x99\x9A\x9B\x9C\x9D"
      "\x9F",
      22);
  return codes.find(static_cast<char>(code)) != codes.npos;
}

}  // namespace

Result<Connect> read_connect(const Frame& frame) {
  Reader reader(frame.body);
  Connect packet;
  const std::string_view name = reader.text();
  packet.version = static_cast<Version>(reader.byte());
  const bool is_3_1 = packet.version == Version::v3_1;
  const bool is_5 = packet.version == Version::v5;
  reader.require(name == protocol_name(packet.version), "protocol name and level do not agree");
  if (!is_3_1 && !is_5 && packet.version != Version::v3_1_1) {
    reader.rest();  // How an unknown version goes on is unknown, too.
    return reader.finish(std::move(packet));
  }

  const unsigned flags = reader.byte();
  reader.require((flags & flag::reserved) == 0, "reserved connect flag");  // [MQTT-3.1.2-3]
  packet.clean_session = (flags & flag::clean_session) != 0;
  packet.has_will = (flags & flag::will) != 0;
  if (packet.has_will) {
    packet.will_qos = static_cast<std::uint8_t>(flags >> 3 & 3);
    packet.will_retain = (flags & flag::will_retain) != 0;
    reader.require(packet.will_qos <= 2, "will QoS 3");  // [MQTT-3.1.2-14]
  } else {
    // [MQTT-3.1.2-11]; MQTT 3.1 disregards these bits.
    reader.require(is_3_1 || (flags & flag::of_will) == 0, "will flags without a will");
  }
  const bool has_username = (flags & flag::username) != 0;
  const bool has_password = (flags & flag::password) != 0;
  // [MQTT-3.1.2-22]; MQTT 5.0 allows it.
  reader.require(has_username || !has_password || is_5, "password without user name");

  packet.keep_alive = reader.number();
  if (is_5) {
    packet.properties = read_properties(reader, PacketType::connect);
    reader.permit(packet.properties.authentication_method || !packet.properties.authentication_data,
                  "authentication data without a method");
  }
  packet.client_id = reader.text();
  if (packet.has_will) {
    if (is_5) packet.will_properties = read_will_properties(reader);
    packet.will_topic = reader.text();
    packet.will_payload = reader.bytes();
  }
  // In MQTT 3.1, section 3.1, the remaining length outranks these flags.
  const auto is_there = [&](bool flagged) { return flagged && (!is_3_1 || reader.more()); };
  if (is_there(has_username)) packet.username = reader.text();
  if (is_there(has_password)) packet.password = reader.bytes();
  return reader.finish(std::move(packet));
}

Result<Connack> read_connack(const Frame& frame, Version version) {
  Reader reader(frame.body);
  Connack packet;
  const std::uint8_t flags = reader.byte();
  const std::uint8_t code = reader.byte();
  reader.require(flags <= 1, "reserved CONNACK flags");
  packet.session_present = flags == 1;
  if (version == Version::v5) {
    reader.require(is_connack_reason(code), "reserved CONNACK code");
    packet.reason = static_cast<ReasonCode>(code);
    packet.properties = read_properties(reader, PacketType::connack);
  } else {
    reader.require(code <= static_cast<std::uint8_t>(ConnackCode::not_authorized),
                   "reserved CONNACK code");
    packet.code = static_cast<ConnackCode>(code);
  }
  return reader.finish(std::move(packet));
}

void write_connect(const Connect& packet, std::string& out) {
  const std::string_view name = protocol_name(packet.version);
  const bool is_5 = packet.version == Version::v5;
  unsigned flags = 0;
  std::size_t size = string_size(name) + 4 + string_size(packet.client_id);
  if (is_5) size += whole_size(packet.properties);
  if (packet.clean_session) flags |= flag::clean_session;
  if (packet.has_will) {
    flags |= flag::will | static_cast<unsigned>(packet.will_qos) << 3;
    if (packet.will_retain) flags |= flag::will_retain;
    size += string_size(packet.will_topic) + string_size(packet.will_payload);
    if (is_5) size += whole_size(packet.will_properties);
  }
  if (packet.username) {
    flags |= flag::username;
    size += string_size(*packet.username);
  }
  if (packet.password) {
    flags |= flag::password;
    size += string_size(*packet.password);
  }

  put_header(out, PacketType::connect, size);
  put_string(out, name);
  put_byte(out, static_cast<std::uint8_t>(packet.version));
  put_byte(out, flags);
  put_number(out, packet.keep_alive);
  if (is_5) put_properties(packet.properties, out);
  put_string(out, packet.client_id);
  if (packet.has_will) {
    if (is_5) put_properties(packet.will_properties, out);
    put_string(out, packet.will_topic);
    put_string(out, packet.will_payload);
  }
  if (packet.username) put_string(out, *packet.username);
  if (packet.password) put_string(out, *packet.password);
}

void write_connack(const Connack& packet, std::string& out, Version version) {
  const bool is_5 = version == Version::v5;
  put_header(out, PacketType::connack, is_5 ? 2 + whole_size(packet.properties) : 2);
  put_byte(out, packet.session_present ? 1 : 0);
  put_byte(out, is_5 ? static_cast<std::uint8_t>(packet.reason)
                     : static_cast<std::uint8_t>(packet.code));
  if (is_5) put_properties(packet.properties, out);
}

}  // namespace herald::mqtt
