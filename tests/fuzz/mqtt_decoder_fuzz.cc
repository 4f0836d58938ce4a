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
  if (packet->version != Version::v3_1) return;
  // Version 3.1 has more than one way to say the same.
  const auto next = next_frame(once, 2 * packet_bytes_max);
  const auto again = read_connect(next.value().value());
  check(again.has_value(), "what is written can be read");
  std::string twice;
  write_connect(*again, twice);
  check(once == twice, "what was written once is written the same again");
}

void round_trip(const Frame& frame) {
  std::string out;
  switch (frame.type) {
    case PacketType::connect:
      return round_trip_connect(frame);
    case PacketType::connack:
      if (const auto packet = read_connack(frame)) write_connack(*packet, out);
      break;
    case PacketType::publish:
      if (const auto packet = read_publish(frame)) {
        write_publish_head(*packet, packet->payload.size(), out);
        out += packet->payload;
      }
      break;
    case PacketType::puback:
      if (const auto id = read_puback(frame)) write_puback(*id, out);
      break;
    case PacketType::subscribe:
      if (const auto packet = read_subscribe(frame)) write_subscribe(*packet, out);
      break;
    case PacketType::suback:
      if (const auto packet = read_suback(frame)) {
        write_suback(packet->packet_id, packet->codes, out);
      }
      break;
    case PacketType::unsubscribe:
      if (const auto packet = read_unsubscribe(frame)) write_unsubscribe(*packet, out);
      break;
    case PacketType::unsuback:
      if (const auto id = read_unsuback(frame)) write_unsuback(*id, out);
      break;
    default:
      break;
  }
  if (!out.empty()) check_rewritten(frame, out);
}

// Every reader must bear every body.
void read_as_everything(const Frame& frame) {
  (void)read_connect(frame);
  (void)read_connack(frame);
  (void)read_publish(frame);
  (void)read_puback(frame);
  (void)read_subscribe(frame);
  (void)read_suback(frame);
  (void)read_unsubscribe(frame);
  (void)read_unsuback(frame);
}

void read_all(std::string_view bytes, Version version) {
  while (true) {
    const auto next = next_frame(bytes, packet_bytes_max, version);
    if (!next || !*next) return;
    const Frame& frame = **next;
    check(frame.size >= 2 && frame.size <= bytes.size(), "a frame lies within its bytes");
    read_as_everything(frame);
    round_trip(frame);
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
  return 0;
}
