#include "mqtt/packet.h"

#include <algorithm>
#include <cassert>

#include "mqtt/property_codec.h"

namespace herald::mqtt {
namespace {

namespace flag {
// Of PUBLISH, section 3.3.1.
constexpr unsigned retain = 0x01, duplicate = 0x08;
// Of those packets whose fixed header says QoS 1 for historical reasons.
constexpr std::uint8_t qos_1 = 0x02;
}  // namespace flag

constexpr std::uint8_t low_byte(std::size_t value) { return static_cast<std::uint8_t>(value); }

constexpr std::uint8_t qos_at(unsigned shift, unsigned flags) {
  return low_byte(flags >> shift & 3);
}

// [MQTT-2.2.2-2]. A repeated SUBSCRIBE, UNSUBSCRIBE or PUBREL of MQTT 3.1 is marked as a duplicate.
bool are_valid_flags(PacketType type, std::uint8_t flags, Version version) {
  switch (type) {
    case PacketType::publish: {
      const bool duplicate = (flags & flag::duplicate) != 0;
      const std::uint8_t qos = qos_at(1, flags);
      return qos <= 2 && (qos > 0 || !duplicate);
    }
    case PacketType::pubrel:
    case PacketType::subscribe:
    case PacketType::unsubscribe:
      return flags == flag::qos_1 ||
             (version == Version::v3_1 && flags == (flag::qos_1 | flag::duplicate));
    default:
      return flags == 0;
  }
}

std::uint8_t first_byte(PacketType type, unsigned flags) {
  return low_byte(static_cast<unsigned>(type) << 4 | flags);
}

void put_header(std::string& out, PacketType type, std::uint8_t flags, std::size_t body_size) {
  put_byte(out, first_byte(type, flags));
  put_varint(out, body_size);
}

constexpr bool has_properties(Version version) { return version == Version::v5; }

std::size_t size_of(const Properties& properties, Version version) {
  return has_properties(version) ? whole_size(properties) : 0;
}
void put(const Properties& properties, Version version, std::string& out) {
  if (has_properties(version)) put_properties(properties, out);
}
Properties properties_from(Reader& reader, PacketType type, Version version) {
  return has_properties(version) ? read_properties(reader, type) : Properties();
}

bool is_empty(const Properties& properties) { return properties_size(properties) == 0; }

// The codes that MQTT 5.0 gives the packet, in sections 3.4.2.1, 3.9.3, 3.11.3 and 3.14.2.1.
bool is_puback_code(std::uint8_t code) {
  constexpr std::string_view codes("\x00\x10\x80\x83\x87\x90\x91\x97\x99", 9);
  return codes.find(static_cast<char>(code)) != codes.npos;
}
bool is_suback_code(std::uint8_t code, Version version) {
  if (!has_properties(version)) return code <= 2 || code == suback_failure;  // [MQTT-3.9.3-2]
  constexpr std::string_view codes("\x00\x01\x02\x80\x83\x87\x8F\x91\x97\x9E\xA1\xA2", 12);
  return codes.find(static_cast<char>(code)) != codes.npos;
}
bool is_unsuback_code(std::uint8_t code) {
  constexpr std::string_view codes("\x00\x11\x80\x83\x87\x8F\x91", 7);
  return codes.find(static_cast<char>(code)) != codes.npos;
}
bool is_disconnect_code(std::uint8_t code) {
  constexpr std::string_view codes("\x00\x04\x80\x81\x82\x83\x87\x89\x8B\x8D\x8E\x8F\x90", 13);
  return codes.find(static_cast<char>(code)) != codes.npos || (code >= 0x93 && code <= 0xA2);
}

}  // namespace

Result<std::optional<FixedHeader>> read_fixed_header(std::string_view bytes, Version version) {
  if (bytes.empty()) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto type = static_cast<PacketType>(first >> 4);
  const auto flags = low_byte(first & 0x0Fu);
  if (type == PacketType{0}) return fail(Code::malformed, "reserved packet type");
  if (!are_valid_flags(type, flags, version)) {
    return fail(Code::malformed, "flags that the packet type does not allow");
  }
  std::size_t length = 0;
  for (std::size_t i = 0; i < varint_bytes_max; ++i) {
    if (1 + i == bytes.size()) return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(bytes[1 + i]);
    length |= std::size_t{byte & 0x7Fu} << (7 * i);
    if (byte <= 0x7F) {
      return FixedHeader{.type = type, .flags = flags, .size = 2 + i, .body_size = length};
    }
  }
  return fail(Code::malformed, "remaining length of more than four bytes");
}

Frame frame_of(const FixedHeader& header, std::string_view bytes) {
  return Frame{.type = header.type,
               .flags = header.flags,
               .body = bytes.substr(header.size, header.body_size),
               .size = header.packet_size()};
}

Result<std::optional<Frame>> next_frame(std::string_view bytes, std::size_t packet_bytes_max,
                                        Version version) {
  const auto read = read_fixed_header(bytes, version);
  if (!read) return fail(read.error().code, read.error().detail);
  const auto& header = *read;
  if (!header) return std::nullopt;
  if (header->packet_size() > packet_bytes_max) {
    return fail(Code::malformed, "a packet larger than allowed");
  }
  if (bytes.size() < header->packet_size()) return std::nullopt;
  return frame_of(*header, bytes);
}

Result<Publish> read_publish(const Frame& frame, Version version) {
  Reader reader(frame.body);
  Publish packet;
  packet.duplicate = (frame.flags & flag::duplicate) != 0;
  packet.qos = qos_at(1, frame.flags);
  packet.retain = (frame.flags & flag::retain) != 0;
  packet.topic = reader.text();
  reader.require(packet.topic.find_first_of("+#") == packet.topic.npos,
                 "wildcard in a topic name");  // [MQTT-3.3.2-2]
  if (packet.qos > 0) packet.packet_id = reader.packet_id();
  packet.properties = properties_from(reader, PacketType::publish, version);
  const bool aliased = packet.properties.topic_alias.has_value();
  // [MQTT-4.7.3-1]; in MQTT 5.0 a protocol error, section 3.3.2.1.
  if (packet.topic.empty() && !aliased) {
    has_properties(version) ? reader.permit(false, "empty topic name without an alias")
                            : reader.require(false, "empty topic name");
  }
  if (const auto& response = packet.properties.response_topic) {  // [MQTT-3.3.2-14]
    reader.permit(!response->empty() && response->find_first_of("+#") == response->npos,
                  "the response topic is no topic name");
  }
  packet.payload = reader.rest();
  return reader.finish(std::move(packet));
}

Result<Puback> read_puback(const Frame& frame, Version version) {
  Reader reader(frame.body);
  Puback packet{.packet_id = reader.packet_id()};
  // Section 3.4.2.1 of MQTT 5.0: what is not there is success without properties.
  if (has_properties(version) && reader.more()) {
    const std::uint8_t code = reader.byte();
    reader.permit(is_puback_code(code), "reserved reason code");
    packet.reason = static_cast<ReasonCode>(code);
    if (reader.more()) packet.properties = read_properties(reader, PacketType::puback);
  }
  return reader.finish(std::move(packet));
}

Result<Subscribe> read_subscribe(const Frame& frame, Version version) {
  Reader reader(frame.body);
  Subscribe packet;
  packet.packet_id = reader.packet_id();
  packet.properties = properties_from(reader, PacketType::subscribe, version);
  // [MQTT-3.8.3-3]; a protocol error in MQTT 5.0, [MQTT-3.8.3-2].
  if (reader.sound() && !reader.more()) {
    has_properties(version) ? reader.permit(false, "no topic filter")
                            : reader.require(false, "no topic filter");
  }
  while (reader.more()) {
    SubscribeEntry entry{.filter = reader.text()};
    const std::uint8_t options = reader.byte();
    entry.qos = options & 0x03u;
    if (has_properties(version)) {
      entry.no_local = (options & 0x04u) != 0;
      entry.retain_as_published = (options & 0x08u) != 0;
      entry.retain_handling = static_cast<std::uint8_t>(options >> 4 & 0x03u);
      reader.require((options & 0xC0u) == 0, "reserved subscription options");  // [MQTT-3.8.3-5]
      reader.permit(entry.qos <= 2, "requested QoS above 2");
      reader.permit(entry.retain_handling <= 2, "retain handling 3");
      reader.permit(!entry.no_local || !entry.filter.starts_with("$share/"),
                    "No Local on a shared subscription");  // [MQTT-3.8.3-4]
    } else {
      reader.require(options <= 2, "requested QoS above 2");  // [MQTT-3-8.3-4]
    }
    packet.entries.push_back(entry);
  }
  return reader.finish(std::move(packet));
}

Result<Suback> read_suback(const Frame& frame, Version version) {
  Reader reader(frame.body);
  Suback packet;
  packet.packet_id = reader.packet_id();
  packet.properties = properties_from(reader, PacketType::suback, version);
  packet.codes = reader.rest();
  reader.require(!packet.codes.empty(), "no return code");
  const bool known = std::ranges::all_of(packet.codes, [version](char code) {
    return is_suback_code(static_cast<std::uint8_t>(code), version);
  });
  reader.require(known, "reserved return code");
  return reader.finish(std::move(packet));
}

Result<Unsubscribe> read_unsubscribe(const Frame& frame, Version version) {
  Reader reader(frame.body);
  Unsubscribe packet;
  packet.packet_id = reader.packet_id();
  packet.properties = properties_from(reader, PacketType::unsubscribe, version);
  // [MQTT-3.10.3-2]; a protocol error in MQTT 5.0.
  if (reader.sound() && !reader.more()) {
    has_properties(version) ? reader.permit(false, "no topic filter")
                            : reader.require(false, "no topic filter");
  }
  while (reader.more()) packet.filters.push_back(reader.text());
  return reader.finish(std::move(packet));
}

Result<Unsuback> read_unsuback(const Frame& frame, Version version) {
  Reader reader(frame.body);
  Unsuback packet;
  packet.packet_id = reader.packet_id();
  if (has_properties(version)) {
    packet.properties = read_properties(reader, PacketType::unsuback);
    packet.codes = reader.rest();
    reader.require(std::ranges::all_of(
                       packet.codes,
                       [](char code) { return is_unsuback_code(static_cast<std::uint8_t>(code)); }),
                   "reserved reason code");
  }
  return reader.finish(std::move(packet));
}

Result<Disconnect> read_disconnect(const Frame& frame, Version version) {
  Reader reader(frame.body);
  Disconnect packet;
  // Section 3.14.2.1 of MQTT 5.0: what is not there is a normal end without properties.
  if (has_properties(version) && reader.more()) {
    const std::uint8_t code = reader.byte();
    reader.permit(is_disconnect_code(code), "reserved reason code");
    packet.reason = static_cast<ReasonCode>(code);
    if (reader.more()) packet.properties = read_properties(reader, PacketType::disconnect);
  }
  return reader.finish(std::move(packet));
}

void write_publish_head(const Publish& packet, std::size_t payload_size, std::string& out,
                        Version version) {
  out += PublishHead(packet, &packet.properties, payload_size, version).view();
}

void write_puback(const Puback& packet, std::string& out, Version version) {
  const bool plain = packet.reason == ReasonCode::success && is_empty(packet.properties);
  if (!has_properties(version) || plain) {
    put_header(out, PacketType::puback, 0, 2);
    return put_number(out, packet.packet_id);
  }
  put_header(out, PacketType::puback, 0, 3 + whole_size(packet.properties));
  put_number(out, packet.packet_id);
  put_byte(out, static_cast<std::uint8_t>(packet.reason));
  put_properties(packet.properties, out);
}

void write_subscribe(const Subscribe& packet, std::string& out, Version version) {
  std::size_t size = 2 + size_of(packet.properties, version);
  for (const SubscribeEntry& entry : packet.entries) size += string_size(entry.filter) + 1;
  put_header(out, PacketType::subscribe, flag::qos_1, size);
  put_number(out, packet.packet_id);
  put(packet.properties, version, out);
  for (const SubscribeEntry& entry : packet.entries) {
    put_string(out, entry.filter);
    put_byte(out, entry.qos | (entry.no_local ? 0x04u : 0u) |
                      (entry.retain_as_published ? 0x08u : 0u) |
                      static_cast<unsigned>(entry.retain_handling) << 4);
  }
}

void write_suback(const Suback& packet, std::string& out, Version version) {
  put_header(out, PacketType::suback, 0,
             2 + size_of(packet.properties, version) + packet.codes.size());
  put_number(out, packet.packet_id);
  put(packet.properties, version, out);
  out += packet.codes;
}

void write_unsubscribe(const Unsubscribe& packet, std::string& out, Version version) {
  std::size_t size = 2 + size_of(packet.properties, version);
  for (const auto& filter : packet.filters) size += string_size(filter);
  put_header(out, PacketType::unsubscribe, flag::qos_1, size);
  put_number(out, packet.packet_id);
  put(packet.properties, version, out);
  for (const auto& filter : packet.filters) put_string(out, filter);
}

void write_unsuback(const Unsuback& packet, std::string& out, Version version) {
  const std::string_view codes = has_properties(version) ? packet.codes : std::string_view();
  put_header(out, PacketType::unsuback, 0, 2 + size_of(packet.properties, version) + codes.size());
  put_number(out, packet.packet_id);
  put(packet.properties, version, out);
  out += codes;
}

void write_pingreq(std::string& out) { put_header(out, PacketType::pingreq, 0, 0); }

void write_pingresp(std::string& out) { put_header(out, PacketType::pingresp, 0, 0); }

void write_disconnect(const Disconnect& packet, std::string& out, Version version) {
  const bool plain = packet.reason == ReasonCode::success && is_empty(packet.properties);
  if (!has_properties(version) || plain) return put_header(out, PacketType::disconnect, 0, 0);
  put_header(out, PacketType::disconnect, 0, 1 + whole_size(packet.properties));
  put_byte(out, static_cast<std::uint8_t>(packet.reason));
  put_properties(packet.properties, out);
}

PublishHead::PublishHead(const Publish& packet, const Properties* properties,
                         std::size_t payload_size, Version version) {
  assert(packet.topic.size() <= string_size_max);
  // Without properties their length alone, a zero.
  const std::size_t properties_bytes = !has_properties(version) ? 0
                                       : properties == nullptr  ? 1
                                                                : whole_size(*properties);
  const std::size_t variable_size =
      string_size(packet.topic) + (packet.qos > 0 ? 2 : 0) + properties_bytes;
  const std::size_t size_max = 1 + varint_bytes_max + variable_size;
  if (size_max > near_.size()) far_.resize(size_max);
  char* const begin = far_.empty() ? near_.data() : far_.data();

  unsigned flags = static_cast<unsigned>(packet.qos) << 1;
  if (packet.duplicate) flags |= flag::duplicate;
  if (packet.retain) flags |= flag::retain;
  const auto put_number_at = [](char* out, std::size_t number) {
    *out++ = static_cast<char>(number >> 8);
    *out++ = static_cast<char>(number);
    return out;
  };
  char* out = begin;
  *out++ = static_cast<char>(first_byte(PacketType::publish, flags));
  out = put_varint(out, variable_size + payload_size);
  out = put_number_at(out, packet.topic.size());
  out = std::ranges::copy(packet.topic, out).out;
  if (packet.qos > 0) out = put_number_at(out, packet.packet_id);
  if (properties_bytes == 1) {
    *out++ = 0;
  } else if (properties_bytes > 1) {
    std::string bytes;
    put_properties(*properties, bytes);
    out = std::ranges::copy(bytes, out).out;
  }
  size_ = static_cast<std::size_t>(out - begin);
}

std::string_view PublishHead::view() const {
  return {far_.empty() ? near_.data() : far_.data(), size_};
}

}  // namespace herald::mqtt
