#include "mqtt/packet.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/limits.h"
#include "mqtt/packet_text.h"

namespace herald::mqtt {
namespace {

Frame frame_in(std::string_view bytes, Version version = Version::v3_1_1) {
  return next_frame(bytes, limits::packet_bytes_max, version).value().value();
}

std::string problem_of_header(std::string_view hex, Version version = Version::v3_1_1) {
  const auto frame = next_frame(from_spaced_hex(hex), limits::packet_bytes_max, version);
  return frame ? "" : frame.error().detail;
}

// --- The fixed header.

TEST(FixedHeader, WaitsForEveryByteOfThePacket) {
  const std::string bytes = from_spaced_hex("30 05 0001 61 6869");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto frame = next_frame(bytes.substr(0, size), limits::packet_bytes_max);
    EXPECT_TRUE(frame && !*frame) << size;
  }
  EXPECT_EQ(frame_in(bytes).size, bytes.size());
}

TEST(FixedHeader, LeavesTheNextPacketAlone) {
  const std::string bytes = from_spaced_hex("C000 E000");
  EXPECT_EQ(frame_in(bytes).size, 2u);
  EXPECT_EQ(frame_in(bytes).type, PacketType::pingreq);
}

TEST(FixedHeader, ReadsEverySizeOfRemainingLength) {
  const std::pair<const char*, std::size_t> lengths[] = {{"30 00", 0},
                                                         {"30 7F", 127},
                                                         {"30 80 01", 128},
                                                         {"30 FF 7F", 16383},
                                                         {"30 80 80 01", 16384},
                                                         {"30 FF FF 7F", 2'097'151},
                                                         {"30 80 80 80 01", 2'097'152},
                                                         {"30 FF FF FF 7F", 268'435'455}};
  for (const auto& [hex, length] : lengths) {
    const auto header = read_fixed_header(from_spaced_hex(hex)).value();
    ASSERT_TRUE(header) << hex;
    EXPECT_EQ(header->body_size, length) << hex;
    EXPECT_EQ(header->size, from_spaced_hex(hex).size()) << hex;
  }
}

TEST(FixedHeader, RefusesAFifthByteOfLength) {
  EXPECT_EQ(problem_of_header("30 FF FF FF FF"), "remaining length of more than four bytes");
}

TEST(FixedHeader, RefusesReservedTypes) {
  EXPECT_EQ(problem_of_header("00 00"), "reserved packet type");
}

TEST(FixedHeader, KnowsTheSizeBeforeTheBodyArrives) {
  const std::string header = from_spaced_hex("30 80 01");
  EXPECT_TRUE(next_frame(header, 131).has_value());
  EXPECT_EQ(next_frame(header, 130).error().detail, "a packet larger than allowed");
}

TEST(FixedHeader, RefusesFlagsThatDoNotBelongToTheType) {
  for (const char* hex : {"11 00", "21 00", "42 00", "60 00", "80 00", "83 00", "91 00", "A0 00",
                          "B1 00", "C1 00", "D8 00", "E1 00", "F1 00"}) {
    EXPECT_EQ(problem_of_header(hex), "flags that the packet type does not allow") << hex;
  }
}

TEST(FixedHeader, RefusesPublishWithQos3) {
  EXPECT_EQ(problem_of_header("36 00"), "flags that the packet type does not allow");
}

TEST(FixedHeader, RefusesADuplicateOfQos0) {
  EXPECT_EQ(problem_of_header("38 00"), "flags that the packet type does not allow");
}

TEST(FixedHeader, AllowsARepeatedSubscribeOnlyInVersion31) {
  EXPECT_EQ(problem_of_header("8A 00", Version::v3_1), "");
  EXPECT_EQ(problem_of_header("8A 00", Version::v3_1_1),
            "flags that the packet type does not allow");
}

// --- What is written is read back.

TEST(Packet, ConnectGoesThereAndBack) {
  const Connect packets[] = {
      {.keep_alive = 60, .client_id = "device"},
      {.version = Version::v3_1, .clean_session = false, .keep_alive = 65535, .client_id = "d"},
      {.client_id = "", .username = "name", .password = std::string_view("\0\xFF", 2)},
      {.client_id = "d", .username = ""},
      {.client_id = "d",
       .has_will = true,
       .will_topic = "t",
       .will_payload = "gone",
       .will_qos = 2,
       .will_retain = true},
      {.client_id = "d", .username = "name", .has_will = true},
  };
  for (const Connect& packet : packets) {
    std::string bytes;
    write_connect(packet, bytes);
    EXPECT_EQ(to_text(read_connect(frame_in(bytes)).value()), to_text(packet));
  }
}

TEST(Packet, ConnackGoesThereAndBack) {
  for (const bool present : {false, true}) {
    for (const auto code : {ConnackCode::accepted, ConnackCode::not_authorized}) {
      std::string bytes;
      write_connack({.session_present = present, .code = code}, bytes);
      const auto packet = read_connack(frame_in(bytes)).value();
      EXPECT_EQ(packet.session_present, present);
      EXPECT_EQ(packet.code, code);
    }
  }
}

TEST(Packet, PublishGoesThereAndBack) {
  const std::string long_topic(65535, 't');
  const std::string long_payload(200'000, 'p');
  const Publish packets[] = {
      {.topic = "a", .payload = "hello"},
      {.retain = true, .topic = "a/b"},
      {.qos = 1, .topic = "a/b", .packet_id = 1, .payload = "hello"},
      {.duplicate = true, .qos = 2, .topic = "a/b", .packet_id = 65535, .payload = long_payload},
      {.qos = 1, .topic = long_topic, .packet_id = 0x1234, .payload = "x"},
  };
  for (const Publish& packet : packets) {
    std::string bytes;
    write_publish_head(packet, packet.payload.size(), bytes);
    bytes += packet.payload;
    EXPECT_EQ(to_text(read_publish(frame_in(bytes)).value()), to_text(packet));
  }
}

TEST(Packet, PublishHeadIsTheSameNearAndFar) {
  // Where the topic outgrows the room inside of the object.
  for (std::size_t size = 365; size <= 390; ++size) {
    const std::string topic(size, 't');
    const PublishHead head({.qos = 1, .topic = topic, .packet_id = 7}, nullptr, 0, Version::v3_1_1);
    EXPECT_EQ(read_publish(frame_in(head.view())).value().topic, topic);
    EXPECT_EQ(head.view().size(), size + 7) << size;
  }
}

TEST(Packet, SubscribeGoesThereAndBack) {
  const Subscribe packet{
      .packet_id = 10,
      .entries = {{.filter = "a/+"}, {.filter = "#", .qos = 1}, {.filter = "", .qos = 2}}};
  std::string bytes;
  write_subscribe(packet, bytes);
  EXPECT_EQ(to_text(read_subscribe(frame_in(bytes)).value()), to_text(packet));
}

TEST(Packet, SubackGoesThereAndBack) {
  std::string bytes;
  write_suback({.packet_id = 10, .codes = std::string_view("\x00\x01\x02\x80", 4)}, bytes);
  EXPECT_EQ(to_text(read_suback(frame_in(bytes)).value()), "SUBACK id 10, 00010280");
}

TEST(Packet, UnsubscribeGoesThereAndBack) {
  const Unsubscribe packet{.packet_id = 11, .filters = {"a/+", "b"}};
  std::string bytes;
  write_unsubscribe(packet, bytes);
  EXPECT_EQ(to_text(read_unsubscribe(frame_in(bytes)).value()), to_text(packet));
}

TEST(Packet, AcknowledgementsGoThereAndBack) {
  std::string puback, unsuback;
  write_puback({.packet_id = 0x0102}, puback);
  write_unsuback({.packet_id = 0xFFFF}, unsuback);
  EXPECT_EQ(read_puback(frame_in(puback)).value().packet_id, 0x0102);
  EXPECT_EQ(read_unsuback(frame_in(unsuback)).value().packet_id, 0xFFFF);
}

TEST(Packet, WritersAppend) {
  std::string bytes;
  write_pingreq(bytes);
  write_pingresp(bytes);
  write_disconnect({}, bytes);
  EXPECT_EQ(to_hex(bytes), "c000d000e000");
}

// --- The bytes of the standard, from the table.

// The packet in `bytes` as a line, or what is wrong with it; `rewritten` becomes what its writer
// makes of it.
std::string read_and_rewrite(std::string_view bytes, Version version, std::string& rewritten) {
  const auto problem = [](const Error& error) {
    return (error.code == Code::protocol_error ? "protocol error: " : "malformed: ") + error.detail;
  };
  const auto next = next_frame(bytes, limits::packet_bytes_max);
  if (!next) return problem(next.error());
  if (!*next) return "incomplete";
  const Frame& frame = **next;
  const auto line = [&](const auto& packet, auto write) -> std::string {
    if (!packet) return problem(packet.error());
    write(*packet, rewritten, version);
    return to_text(*packet);
  };
  switch (frame.type) {
    case PacketType::connect:
      return line(read_connect(frame),
                  [](const auto& it, std::string& out, Version) { write_connect(it, out); });
    case PacketType::connack:
      return line(read_connack(frame, version), write_connack);
    case PacketType::publish:
      return line(read_publish(frame, version), [](const auto& it, std::string& out, Version of) {
        write_publish_head(it, it.payload.size(), out, of);
        out += it.payload;
      });
    case PacketType::puback:
      return line(read_puback(frame, version), write_puback);
    case PacketType::subscribe:
      return line(read_subscribe(frame, version), write_subscribe);
    case PacketType::suback:
      return line(read_suback(frame, version), write_suback);
    case PacketType::unsubscribe:
      return line(read_unsubscribe(frame, version), write_unsubscribe);
    case PacketType::unsuback:
      return line(read_unsuback(frame, version), write_unsuback);
    case PacketType::pingreq:
      write_pingreq(rewritten);
      return "PINGREQ";
    case PacketType::pingresp:
      write_pingresp(rewritten);
      return "PINGRESP";
    case PacketType::disconnect:
      return line(read_disconnect(frame, version), write_disconnect);
    default:
      return "unread";
  }
}

struct Row {
  std::string name, bytes, meaning;
};

// Lines of `name | hex | meaning`; those that start with # are remarks. An asterisk after the name:
// the packet is valid, but its writer would put it differently.
std::vector<Row> wire_table(const std::string& file_name) {
  const auto trimmed = [](std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    const auto last = text.find_last_not_of(' ');
    return first == text.npos ? std::string() : std::string(text.substr(first, last - first + 1));
  };
  std::ifstream file(HERALD_SOURCE_DIR "/tests/wire/" + file_name);
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto first = line.find('|');
    const auto second = line.find('|', first + 1);
    rows.push_back({trimmed(line.substr(0, first)),
                    from_spaced_hex(line.substr(first + 1, second - first - 1)),
                    trimmed(line.substr(second + 1))});
  }
  return rows;
}

void check_table(const std::string& file_name, Version version) {
  const auto rows = wire_table(file_name);
  EXPECT_GT(rows.size(), 40u);
  for (const auto& [name, bytes, meaning] : rows) {
    std::string rewritten;
    EXPECT_EQ(read_and_rewrite(bytes, version, rewritten), meaning) << name;
    const bool written_like_this = !rewritten.empty() && !name.ends_with('*');
    if (written_like_this) {
      EXPECT_EQ(to_hex(rewritten), to_hex(bytes)) << name;
    }
  }
}

TEST(PacketTable, MeansWhatItSays) { check_table("mqtt_packets.txt", Version::v3_1_1); }

TEST(PacketTable, MeansWhatItSaysInVersion5) { check_table("mqtt5_packets.txt", Version::v5); }

}  // namespace
}  // namespace herald::mqtt
