#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mqtt/session_test.h"

// The classes of bugs for which brokers have had security advisories, each shown not to be here.
namespace herald::mqtt {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class AttackTest : public SessionTest {
 protected:
  void establish_5(Properties properties = {}) {
    establish({.version = Version::v5,
               .keep_alive = 60,
               .client_id = "dev",
               .properties = std::move(properties)});
  }
};

TEST_F(AttackTest, FiveByteRemainingLengthEndsTheConversation) {
  establish();
  receive_hex("30 FF FF FF FF 01");
  EXPECT_THAT(effects.take(),
              ElementsAre("close protocol error: remaining length of more than four bytes"));
}

TEST_F(AttackTest, FiveBytePropertyLengthEndsTheConversation) {
  establish_5({.request_problem_information = 0});
  receive_hex("30 09 0001 61 FFFFFFFF01 00");
  EXPECT_THAT(effects.take(),
              ElementsAre("write e0028100",
                          "close protocol error: a variable integer of more than four bytes"));
}

TEST_F(AttackTest, PropertyLengthBeyondThePacketEndsTheConversation) {
  establish_5({.request_problem_information = 0});
  receive_hex("30 05 0001 61 7F 01");
  EXPECT_THAT(effects.take(),
              ElementsAre("write e0028100", "close protocol error: the packet is cut short"));
}

TEST_F(AttackTest, StringLengthBeyondThePacketEndsTheConversation) {
  establish();
  receive_hex("30 04 FFFF 61 62");
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: the packet is cut short"));
}

TEST_F(AttackTest, ZeroLengthTopicsEndTheConversation) {
  establish();
  receive_hex("30 02 0000");
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: empty topic name"));
}

TEST_F(AttackTest, AStatedLengthTakesNoMemoryBeforeItsBytesCome) {
  establish();
  receive_hex("30 80 80 20");  // 512 KiB are announced.
  EXPECT_LE(session.held_bytes(), 4u);
}

TEST_F(AttackTest, AStrangerHoldsNoMoreThanASmallConnect) {
  receive_hex("10 80 80 01");
  EXPECT_THAT(effects.take(), ElementsAre("close packet too large: a packet larger than allowed"));
}

TEST_F(AttackTest, ThousandsOfUserPropertiesAreReadInPlace) {
  establish_5();
  Publish packet{.topic = "a"};
  packet.properties.user.assign(10'000, {"k", "v"});
  std::string bytes;
  write_publish_head(packet, 0, bytes, Version::v5);
  receive(bytes);
  EXPECT_TRUE(session.connected());
  EXPECT_EQ(session.held_bytes(), 0u);
}

TEST_F(AttackTest, LongTopicsCannotBeKeptAsAliases) {
  establish_5({.request_problem_information = 0});
  const std::string topic(60'000, 't');
  std::string bytes;
  write_publish_head({.topic = topic, .properties = {.topic_alias = 1}}, 0, bytes, Version::v5);
  receive(bytes);
  EXPECT_THAT(effects.take(),
              ElementsAre("write e0029000", "close protocol error: a topic too long"));
}

TEST_F(AttackTest, AClientDoesNotChooseHowLongItsSilenceIsBorne) {
  establish({.keep_alive = 65'535, .client_id = "dev"});
  EXPECT_EQ(session.deadline(), start + 1'800s);
}

TEST_F(AttackTest, AConnectionWithoutConnectDoesNotStay) {
  receive_hex("10");
  session.tick(start + 10s, effects);
  EXPECT_THAT(effects.take(), ElementsAre("close connect timeout"));
}

TEST_F(AttackTest, SubscribesWhileOneIsUnansweredAreNotRead) {
  establish();
  std::string bytes;
  for (PacketId id = 1; id <= 100; ++id) {
    write_subscribe({.packet_id = id, .entries = {{.filter = "a"}}}, bytes);
  }
  receive(bytes);
  EXPECT_THAT(effects.take(), SizeIs(1));
  EXPECT_FALSE(session.wants_bytes());
}

TEST_F(AttackTest, LateAnswersAfterATakeoverAreOfNoEffect) {
  establish();
  receive_hex("82 06 0001 0001 61 01");
  session.close(CloseReason::taken_over, effects);
  effects.take();
  session.suback(1, "\1", effects);
  session.unsuback(1, {}, effects);
  session.puback(1, start, effects);
  session.deliver(delivery(1, 0), effects);
  EXPECT_THAT(effects.take(), IsEmpty());
}

TEST_F(AttackTest, SettingsOfZeroCountAsOne) {
  limits.window = 0;
  limits.unacknowledged_inbound_max = 0;
  limits.topic_alias_max = 0;
  establish_5({.topic_alias_maximum = 5});
  EXPECT_EQ(session.free_slots(), 1u);
  std::string bytes;
  write_publish_head({.qos = 1, .topic = "a", .packet_id = 1}, 0, bytes, Version::v5);
  receive(bytes);
  EXPECT_TRUE(session.connected());
}

TEST_F(AttackTest, AReceiveMaximumOfZeroIsRefused) {
  receive_hex("1013 0004 4D515454 05 02 003C 03 21 0000 0003 646576");
  EXPECT_THAT(effects.take(),
              ElementsAre("close protocol error: a property is 0 that must not be"));
}

}  // namespace
}  // namespace herald::mqtt
