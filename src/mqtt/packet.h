#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mqtt/properties.h"
#include "mqtt/reason_code.h"

// The packets of MQTT as values, and their bytes. Both directions, because servers and clients
// (simulated devices, benchmarks, tests) share them. Section numbers are those of MQTT 3.1.1.
namespace herald::mqtt {

enum class Version : std::uint8_t { v3_1 = 3, v3_1_1 = 4, v5 = 5 };

enum class PacketType : std::uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  pubrec = 5,
  pubrel = 6,
  pubcomp = 7,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
  auth = 15,
};

using PacketId = std::uint16_t;  // Never zero on the wire.

// One packet as it lies in a buffer: `body` is what follows the fixed header.
struct Frame {
  PacketType type;
  std::uint8_t flags;  // The low four bits of the first byte.
  std::string_view body;
  std::size_t size;  // All bytes of the packet, fixed header included.
};

// The first two to five bytes of a packet: all that is needed to know its size.
struct FixedHeader {
  PacketType type;
  std::uint8_t flags;
  std::size_t size;  // Of this header.
  std::size_t body_size;
  std::size_t packet_size() const { return size + body_size; }
};

// The header at the start of `bytes`; nothing when more bytes are needed. Errors: malformed (a
// reserved type, flags that `version` does not allow for the type, or a remaining length of more
// than four bytes).
Result<std::optional<FixedHeader>> read_fixed_header(std::string_view bytes,
                                                     Version version = Version::v3_1_1);

// `header` was read from the start of `bytes`, which hold the whole packet.
Frame frame_of(const FixedHeader& header, std::string_view bytes);

// The first packet in `bytes`; nothing when more bytes are needed. Errors: malformed, as above or
// for a packet of more than `packet_bytes_max`, which is known before its body arrives.
Result<std::optional<Frame>> next_frame(std::string_view bytes, std::size_t packet_bytes_max,
                                        Version version = Version::v3_1_1);

// Strings are views into the frame they were read from.
struct Connect {
  Version version = Version::v3_1_1;
  bool clean_session = true;
  std::uint16_t keep_alive = 0;  // Seconds.
  std::string_view client_id;
  std::optional<std::string_view> username;
  std::optional<std::string_view> password;
  bool has_will = false;
  std::string_view will_topic;
  std::string_view will_payload;
  std::uint8_t will_qos = 0;
  bool will_retain = false;
  Properties properties;
  Properties will_properties;
};

enum class ConnackCode : std::uint8_t {  // Section 3.2.2.3.
  accepted = 0,
  unacceptable_version = 1,
  identifier_rejected = 2,
  server_unavailable = 3,
  bad_username_or_password = 4,
  not_authorized = 5,
};

struct Publish {
  bool duplicate = false;
  std::uint8_t qos = 0;
  bool retain = false;
  std::string_view topic;
  PacketId packet_id = 0;  // Only with QoS 1 and 2.
  std::string_view payload;
  Properties properties;
};

struct SubscribeEntry {
  std::string_view filter;
  std::uint8_t qos = 0;
  // MQTT 5.0, section 3.8.3.1.
  bool no_local = false;
  bool retain_as_published = false;
  std::uint8_t retain_handling = 0;
};
struct Subscribe {
  PacketId packet_id = 0;
  std::vector<SubscribeEntry> entries;
  Properties properties;
};
struct Unsubscribe {
  PacketId packet_id = 0;
  std::vector<std::string_view> filters;
  Properties properties;
};
constexpr std::uint8_t suback_failure = 0x80;

struct Connack {
  bool session_present = false;
  ConnackCode code = ConnackCode::accepted;  // MQTT 3.x.
  ReasonCode reason = ReasonCode::success;   // MQTT 5.0.
  Properties properties;
};
struct Puback {
  PacketId packet_id = 0;
  ReasonCode reason = ReasonCode::success;
  Properties properties;
};
struct Suback {
  PacketId packet_id = 0;
  std::string_view codes;
  Properties properties;
};
struct Unsuback {
  PacketId packet_id = 0;
  std::string_view codes;  // MQTT 5.0; else empty.
  Properties properties;
};
struct Disconnect {
  ReasonCode reason = ReasonCode::success;
  Properties properties;
};

// Readers of a frame's body. Errors, with what is wrong: malformed, protocol_error. Sections are
// those of MQTT 3.1.1; `version` says how the rest of the conversation goes.
//
// A CONNECT of an unknown version is read as far as its version: `version` then holds that number
// and nothing else is set.
Result<Connect> read_connect(const Frame& frame);
Result<Connack> read_connack(const Frame& frame, Version version = Version::v3_1_1);
// A PUBLISH with an alias may have an empty topic: whoever keeps the aliases knows it.
Result<Publish> read_publish(const Frame& frame, Version version = Version::v3_1_1);
Result<Puback> read_puback(const Frame& frame, Version version = Version::v3_1_1);
Result<Subscribe> read_subscribe(const Frame& frame, Version version = Version::v3_1_1);
Result<Suback> read_suback(const Frame& frame, Version version = Version::v3_1_1);
Result<Unsubscribe> read_unsubscribe(const Frame& frame, Version version = Version::v3_1_1);
Result<Unsuback> read_unsuback(const Frame& frame, Version version = Version::v3_1_1);
Result<Disconnect> read_disconnect(const Frame& frame, Version version = Version::v3_1_1);

// Writers append to `out`.
void write_connect(const Connect& packet, std::string& out);
void write_connack(const Connack& packet, std::string& out, Version version = Version::v3_1_1);
// Everything before the payload, whose size is counted in: payloads are sent from where they lie.
void write_publish_head(const Publish& packet, std::size_t payload_size, std::string& out,
                        Version version = Version::v3_1_1);
void write_puback(const Puback& packet, std::string& out, Version version = Version::v3_1_1);
void write_subscribe(const Subscribe& packet, std::string& out, Version version = Version::v3_1_1);
void write_suback(const Suback& packet, std::string& out, Version version = Version::v3_1_1);
void write_unsubscribe(const Unsubscribe& packet, std::string& out,
                       Version version = Version::v3_1_1);
void write_unsuback(const Unsuback& packet, std::string& out, Version version = Version::v3_1_1);
void write_pingreq(std::string& out);
void write_pingresp(std::string& out);
void write_disconnect(const Disconnect& packet, std::string& out,
                      Version version = Version::v3_1_1);

// What write_publish_head writes, without touching the heap for topics of usual length: one is
// built for every message to every device.
class PublishHead {
 public:
  // `properties` may be null; only MQTT 5.0 has any.
  PublishHead(const Publish& packet, const Properties* properties, std::size_t payload_size,
              Version version);
  // Valid for as long as this object.
  std::string_view view() const;

 private:
  std::array<char, 384> near_;  // Holds the head when `far_` is empty.
  std::string far_;
  std::size_t size_;
};

}  // namespace herald::mqtt
