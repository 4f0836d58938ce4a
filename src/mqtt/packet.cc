#include "mqtt/packet.h"

#include <algorithm>
#include <cassert>

#include "mqtt/utf8.h"

namespace herald::mqtt {
namespace {

constexpr std::size_t remaining_length_max = 268'435'455;  // Section 2.2.3.
constexpr std::size_t length_bytes_max = 4;
constexpr std::size_t string_size_max = 65'535;

namespace flag {
// Of PUBLISH, section 3.3.1.
constexpr unsigned retain = 0x01, duplicate = 0x08;
// Of those packets whose fixed header says QoS 1 for historical reasons.
constexpr std::uint8_t qos_1 = 0x02;
// Of CONNECT, section 3.1.2.3.
constexpr unsigned reserved = 0x01, clean_session = 0x02, will = 0x04, will_retain = 0x20,
                   password = 0x40, username = 0x80, of_will = 0x38;
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

std::string_view protocol_name(Version version) {
  return version == Version::v3_1 ? "MQIsdp" : "MQTT";
}

// Takes values off the front of a body. The first problem sticks: from then on values are empty,
// and finish() tells what was wrong.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
  }
  std::uint16_t number() {
    const unsigned high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  std::string_view bytes() { return take(number()); }
  std::string_view text() {
    const std::string_view text = bytes();
    require(is_text(text), "a string is not well-formed UTF-8");
    return text;
  }
  PacketId packet_id() {
    const PacketId id = number();
    require(id != 0, "packet id 0");  // [MQTT-2.3.1-1]
    return id;
  }
  std::string_view rest() { return take(rest_.size()); }

  bool more() const { return problem_ == nullptr && !rest_.empty(); }
  void require(bool holds, const char* otherwise) {
    if (!holds && problem_ == nullptr) problem_ = otherwise;
  }

  // `value`, if all went well and nothing is left over.
  template <class T>
  Result<T> finish(T value) {
    require(rest_.empty(), "bytes are left over at the end");
    if (problem_ != nullptr) return fail(Code::malformed, problem_);
    return value;
  }

 private:
  std::string_view take(std::size_t count) {
    require(count <= rest_.size(), "the packet is cut short");
    if (problem_ != nullptr) return {};
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  const char* problem_ = nullptr;
};

void put_byte(std::string& out, std::size_t byte) { out.push_back(static_cast<char>(byte)); }

void put_number(std::string& out, std::size_t number) {
  put_byte(out, number >> 8 & 0xFF);
  put_byte(out, number & 0xFF);
}

void put_string(std::string& out, std::string_view text) {
  assert(text.size() <= string_size_max);
  put_number(out, text.size());
  out += text;
}

constexpr std::size_t string_size(std::string_view text) { return 2 + text.size(); }

std::uint8_t first_byte(PacketType type, unsigned flags) {
  return low_byte(static_cast<unsigned>(type) << 4 | flags);
}

// Section 2.2.3: seven bits per byte, the lowest first. Returns the end of what it wrote to `out`,
// at most length_bytes_max bytes.
char* put_remaining_length(char* out, std::size_t length) {
  assert(length <= remaining_length_max);
  for (; length > 0x7F; length >>= 7) *out++ = static_cast<char>(length | 0x80);
  *out++ = static_cast<char>(length);
  return out;
}

void put_header(std::string& out, PacketType type, std::uint8_t flags, std::size_t body_size) {
  put_byte(out, first_byte(type, flags));
  std::array<char, length_bytes_max> length;
  out.append(length.data(), put_remaining_length(length.data(), body_size));
}

void put_packet_id_alone(std::string& out, PacketType type, PacketId packet_id) {
  put_header(out, type, 0, 2);
  put_number(out, packet_id);
}

Result<PacketId> read_packet_id_alone(const Frame& frame) {
  Reader reader(frame.body);
  const PacketId packet_id = reader.packet_id();
  return reader.finish(packet_id);
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
  for (std::size_t i = 0; i < length_bytes_max; ++i) {
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

Result<Connect> read_connect(const Frame& frame) {
  Reader reader(frame.body);
  Connect packet;
  const std::string_view name = reader.text();
  packet.version = static_cast<Version>(reader.byte());
  const bool is_3_1 = packet.version == Version::v3_1;
  reader.require(name == protocol_name(packet.version), "protocol name and level do not agree");
  if (!is_3_1 && packet.version != Version::v3_1_1) {
    reader.rest();  // How an unknown version goes on is unknown, too.
    return reader.finish(packet);
  }

  const unsigned flags = reader.byte();
  reader.require((flags & flag::reserved) == 0, "reserved connect flag");  // [MQTT-3.1.2-3]
  packet.clean_session = (flags & flag::clean_session) != 0;
  packet.has_will = (flags & flag::will) != 0;
  if (packet.has_will) {
    packet.will_qos = qos_at(3, flags);
    packet.will_retain = (flags & flag::will_retain) != 0;
    reader.require(packet.will_qos <= 2, "will QoS 3");  // [MQTT-3.1.2-14]
  } else {
    // [MQTT-3.1.2-11]; MQTT 3.1 disregards these bits.
    reader.require(is_3_1 || (flags & flag::of_will) == 0, "will flags without a will");
  }
  const bool has_username = (flags & flag::username) != 0;
  const bool has_password = (flags & flag::password) != 0;
  reader.require(has_username || !has_password, "password without user name");  // [MQTT-3.1.2-22]

  packet.keep_alive = reader.number();
  packet.client_id = reader.text();
  if (packet.has_will) {
    packet.will_topic = reader.text();
    packet.will_payload = reader.bytes();
  }
  // In MQTT 3.1, section 3.1, the remaining length outranks these flags.
  const auto is_there = [&](bool flagged) { return flagged && (!is_3_1 || reader.more()); };
  if (is_there(has_username)) packet.username = reader.text();
  if (is_there(has_password)) packet.password = reader.bytes();
  return reader.finish(packet);
}

Result<Connack> read_connack(const Frame& frame) {
  Reader reader(frame.body);
  const std::uint8_t flags = reader.byte();
  const std::uint8_t code = reader.byte();
  reader.require(flags <= 1, "reserved CONNACK flags");
  reader.require(code <= static_cast<std::uint8_t>(ConnackCode::not_authorized),
                 "reserved CONNACK code");
  return reader.finish(
      Connack{.session_present = flags == 1, .code = static_cast<ConnackCode>(code)});
}

Result<Publish> read_publish(const Frame& frame) {
  Reader reader(frame.body);
  Publish packet;
  packet.duplicate = (frame.flags & flag::duplicate) != 0;
  packet.qos = qos_at(1, frame.flags);
  packet.retain = (frame.flags & flag::retain) != 0;
  packet.topic = reader.text();
  reader.require(!packet.topic.empty(), "empty topic name");  // [MQTT-4.7.3-1]
  reader.require(packet.topic.find_first_of("+#") == packet.topic.npos,
                 "wildcard in a topic name");  // [MQTT-3.3.2-2]
  if (packet.qos > 0) packet.packet_id = reader.packet_id();
  packet.payload = reader.rest();
  return reader.finish(packet);
}

Result<PacketId> read_puback(const Frame& frame) { return read_packet_id_alone(frame); }

Result<Subscribe> read_subscribe(const Frame& frame) {
  Reader reader(frame.body);
  Subscribe packet;
  packet.packet_id = reader.packet_id();
  reader.require(reader.more(), "no topic filter");  // [MQTT-3.8.3-3]
  while (reader.more()) {
    const std::string_view filter = reader.text();
    const std::uint8_t qos = reader.byte();
    reader.require(qos <= 2, "requested QoS above 2");  // [MQTT-3-8.3-4]
    packet.entries.push_back({.filter = filter, .qos = qos});
  }
  return reader.finish(std::move(packet));
}

Result<Suback> read_suback(const Frame& frame) {
  Reader reader(frame.body);
  Suback packet;
  packet.packet_id = reader.packet_id();
  packet.codes = reader.rest();
  reader.require(!packet.codes.empty(), "no return code");
  const bool known = std::ranges::all_of(packet.codes, [](char code) {
    return code == 0 || code == 1 || code == 2 || static_cast<std::uint8_t>(code) == suback_failure;
  });
  reader.require(known, "reserved return code");  // [MQTT-3.9.3-2]
  return reader.finish(packet);
}

Result<Unsubscribe> read_unsubscribe(const Frame& frame) {
  Reader reader(frame.body);
  Unsubscribe packet;
  packet.packet_id = reader.packet_id();
  reader.require(reader.more(), "no topic filter");  // [MQTT-3.10.3-2]
  while (reader.more()) packet.filters.push_back(reader.text());
  return reader.finish(std::move(packet));
}

Result<PacketId> read_unsuback(const Frame& frame) { return read_packet_id_alone(frame); }

void write_connect(const Connect& packet, std::string& out) {
  const std::string_view name = protocol_name(packet.version);
  unsigned flags = 0;
  std::size_t size = string_size(name) + 4 + string_size(packet.client_id);
  if (packet.clean_session) flags |= flag::clean_session;
  if (packet.has_will) {
    flags |= flag::will | static_cast<unsigned>(packet.will_qos) << 3;
    if (packet.will_retain) flags |= flag::will_retain;
    size += string_size(packet.will_topic) + string_size(packet.will_payload);
  }
  if (packet.username) {
    flags |= flag::username;
    size += string_size(*packet.username);
  }
  if (packet.password) {
    flags |= flag::password;
    size += string_size(*packet.password);
  }

  put_header(out, PacketType::connect, 0, size);
  put_string(out, name);
  put_byte(out, static_cast<std::uint8_t>(packet.version));
  put_byte(out, flags);
  put_number(out, packet.keep_alive);
  put_string(out, packet.client_id);
  if (packet.has_will) {
    put_string(out, packet.will_topic);
    put_string(out, packet.will_payload);
  }
  if (packet.username) put_string(out, *packet.username);
  if (packet.password) put_string(out, *packet.password);
}

void write_connack(const Connack& packet, std::string& out) {
  put_header(out, PacketType::connack, 0, 2);
  put_byte(out, packet.session_present ? 1 : 0);
  put_byte(out, static_cast<std::uint8_t>(packet.code));
}

void write_publish_head(const Publish& packet, std::size_t payload_size, std::string& out) {
  out += PublishHead(packet, payload_size).view();
}

void write_puback(PacketId packet_id, std::string& out) {
  put_packet_id_alone(out, PacketType::puback, packet_id);
}

void write_subscribe(const Subscribe& packet, std::string& out) {
  std::size_t size = 2;
  for (const auto& [filter, qos] : packet.entries) size += string_size(filter) + 1;
  put_header(out, PacketType::subscribe, flag::qos_1, size);
  put_number(out, packet.packet_id);
  for (const auto& [filter, qos] : packet.entries) {
    put_string(out, filter);
    put_byte(out, qos);
  }
}

void write_suback(PacketId packet_id, std::string_view codes, std::string& out) {
  put_header(out, PacketType::suback, 0, 2 + codes.size());
  put_number(out, packet_id);
  out += codes;
}

void write_unsubscribe(const Unsubscribe& packet, std::string& out) {
  std::size_t size = 2;
  for (const auto& filter : packet.filters) size += string_size(filter);
  put_header(out, PacketType::unsubscribe, flag::qos_1, size);
  put_number(out, packet.packet_id);
  for (const auto& filter : packet.filters) put_string(out, filter);
}

void write_unsuback(PacketId packet_id, std::string& out) {
  put_packet_id_alone(out, PacketType::unsuback, packet_id);
}

void write_pingreq(std::string& out) { put_header(out, PacketType::pingreq, 0, 0); }

void write_pingresp(std::string& out) { put_header(out, PacketType::pingresp, 0, 0); }

void write_disconnect(std::string& out) { put_header(out, PacketType::disconnect, 0, 0); }

PublishHead::PublishHead(const Publish& packet, std::size_t payload_size) {
  assert(packet.topic.size() <= string_size_max);
  const std::size_t variable_size = string_size(packet.topic) + (packet.qos > 0 ? 2 : 0);
  const std::size_t size_max = 1 + length_bytes_max + variable_size;
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
  out = put_remaining_length(out, variable_size + payload_size);
  out = put_number_at(out, packet.topic.size());
  out = std::ranges::copy(packet.topic, out).out;
  if (packet.qos > 0) out = put_number_at(out, packet.packet_id);
  size_ = static_cast<std::size_t>(out - begin);
}

std::string_view PublishHead::view() const {
  return {far_.empty() ? near_.data() : far_.data(), size_};
}

}  // namespace herald::mqtt
