// Any bytes, as packets: nothing crashes, and what can be read is written back as it was.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.h"
#include "mqtt/packet.h"

namespace herald::mqtt {
namespace {

using fuzz::check;

constexpr std::size_t packet_bytes_max = 4096;

void check_rewritten(const Frame& frame, std::string_view rewritten) {
  const auto again = next_frame(rewritten, 2 * packet_bytes_max);
  check(again && *again, "what is written can be read");
  check((*again)->size == rewritten.size(), "what is written is one packet");
  check((*again)->type == frame.type, "a packet keeps its type");
  check((*again)->body == frame.body, "a packet is written as it was read");
}

void round_trip_connect(const Frame& frame) {
  const auto packet = read_connect(frame);
  if (!packet) return;
  std::string once;
  write_connect(*packet, once);
  if (packet->version == Version::v3_1_1) return check_rewritten(frame, once);
  if (packet->version != Version::v3_1 && packet->version != Version::v5) return;
  // These versions have more than one way to say the same.
  const auto next = next_frame(once, 2 * packet_bytes_max);
  const auto again = read_connect(next.value().value());
  check(again.has_value(), "what is written can be read");
  std::string twice;
  write_connect(*again, twice);
  check(once == twice, "what was written once is written the same again");
}

// What a packet says stays the same when it is written. MQTT 5.0 leaves the order of properties
// open and lets defaults be left out, so there the second writing is compared with the first.
template <class Packet>
void round_trip(const Frame& frame, Version version, Result<Packet> (*read)(const Frame&, Version),
                void (*write)(const Packet&, std::string&, Version)) {
  const auto packet = read(frame, version);
  if (!packet) return;
  std::string once;
  write(*packet, once, version);
  if (version != Version::v5) return check_rewritten(frame, once);
  const auto next = next_frame(once, 2 * packet_bytes_max, version);
  check(next && *next && (*next)->size == once.size(), "what is written is one packet");
  const auto again = read(**next, version);
  check(again.has_value(), "what is written can be read");
  std::string twice;
  write(*again, twice, version);
  check(once == twice, "what was written once is written the same again");
}

void write_publish(const Publish& packet, std::string& out, Version version) {
  write_publish_head(packet, packet.payload.size(), out, version);
  out += packet.payload;
}

void round_trip(const Frame& frame, Version version) {
  switch (frame.type) {
    case PacketType::connect:
      return round_trip_connect(frame);
    case PacketType::connack:
      return round_trip(frame, version, read_connack, write_connack);
    case PacketType::publish:
      return round_trip(frame, version, read_publish, write_publish);
    case PacketType::puback:
      return round_trip(frame, version, read_puback, write_puback);
    case PacketType::subscribe:
      return round_trip(frame, version, read_subscribe, write_subscribe);
    case PacketType::suback:
      return round_trip(frame, version, read_suback, write_suback);
    case PacketType::unsubscribe:
      return round_trip(frame, version, read_unsubscribe, write_unsubscribe);
    case PacketType::unsuback:
      return round_trip(frame, version, read_unsuback, write_unsuback);
    case PacketType::disconnect:
      return round_trip(frame, version, read_disconnect, write_disconnect);
    default:
      return;
  }
}

// Every reader must bear every body.
void read_as_everything(const Frame& frame, Version version) {
  (void)read_connect(frame);
  (void)read_connack(frame, version);
  (void)read_publish(frame, version);
  (void)read_puback(frame, version);
  (void)read_subscribe(frame, version);
  (void)read_suback(frame, version);
  (void)read_unsubscribe(frame, version);
  (void)read_unsuback(frame, version);
  (void)read_disconnect(frame, version);
}

void read_all(std::string_view bytes, Version version) {
  while (true) {
    const auto next = next_frame(bytes, packet_bytes_max, version);
    if (!next || !*next) return;
    const Frame& frame = **next;
    check(frame.size >= 2 && frame.size <= bytes.size(), "a frame lies within its bytes");
    read_as_everything(frame, version);
    round_trip(frame, version);
    bytes.remove_prefix(frame.size);
  }
}

}  // namespace
}  // namespace herald::mqtt

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using herald::mqtt::Version;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  herald::mqtt::read_all(bytes, Version::v3_1_1);
  herald::mqtt::read_all(bytes, Version::v3_1);
  herald::mqtt::read_all(bytes, Version::v5);
  return 0;
}
