#include "mqtt/session_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace herald::mqtt {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

static_assert(sizeof(Session) <= 160, "hundreds of thousands of them are idle");

// --- Getting in.

TEST_F(SessionTest, AsksWhetherADeviceMayComeIn) {
  receive(connect_packet({.keep_alive = 60, .client_id = "dev", .username = "u", .password = "p"}));
  EXPECT_THAT(effects.take(), ElementsAre("CONNECT level 4, clean, keep alive 60, client 'dev', "
                                          "user u, password 70"));
  EXPECT_FALSE(session.connected());
}

TEST_F(SessionTest, TellsTheDeviceThatItIsIn) {
  receive(connect_packet());
  effects.take();
  session.accept({.session_present = false}, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020000"));
  EXPECT_TRUE(session.connected());
}

TEST_F(SessionTest, TellsTheDeviceThatItsSessionWasKept) {
  receive(connect_packet({.clean_session = false, .keep_alive = 60, .client_id = "dev"}));
  effects.take();
  session.accept({.session_present = true}, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020100"));
}

TEST_F(SessionTest, HasNoFlagForAKeptSessionInVersion31) {
  receive(connect_packet({.version = Version::v3_1, .keep_alive = 60, .client_id = "dev"}));
  effects.take();
  session.accept({.session_present = true}, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020000"));
}

TEST_F(SessionTest, ClosesAfterARefusal) {
  receive(connect_packet());
  effects.take();
  session.refuse(ReasonCode::bad_user_name_or_password, "wrong signature", effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020004", "close refused: wrong signature"));
}

TEST_F(SessionTest, TakesAPacketIdAgainAfterItsAcknowledgement) {  // [MQTT-4.3.2-2]
  establish();
  const std::string message = publish_packet({.qos = 1, .topic = "a/b", .packet_id = 9});
  receive(message);
  session.puback(9, start, effects);
  receive(message);
  EXPECT_THAT(effects.take(), ElementsAre("PUBLISH QoS 1 id 9, a/b, no payload", "write 40020009",
                                          "PUBLISH QoS 1 id 9, a/b, no payload"));
}

TEST_F(SessionTest, TakesAWillWithoutComplaint) {
  establish({.keep_alive = 60, .client_id = "dev", .has_will = true, .will_topic = "gone"});
  EXPECT_TRUE(session.connected());
}

TEST_F(SessionTest, ReadsNothingUntilTheAnswer) {
  receive(connect_packet() + from_spaced_hex("C000"));
  EXPECT_EQ(effects.take().size(), 1u);
  EXPECT_FALSE(session.wants_bytes());
}

TEST_F(SessionTest, HandlesWhatCameBeforeTheAnswer) {
  receive(connect_packet() + from_spaced_hex("C000 C0"));
  effects.take();
  session.accept({.session_present = false}, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020000", "write d000"));
  receive_hex("00");
  EXPECT_THAT(effects.take(), ElementsAre("write d000"));
}

TEST_F(SessionTest, ForgetsWhatCameBeforeARefusal) {
  receive(connect_packet() + from_spaced_hex("C000"));
  session.refuse(ReasonCode::not_authorized, "", effects);
  effects.take();
  session.accept({.session_present = false}, start, effects);
  EXPECT_THAT(effects.take(), IsEmpty());
}

TEST_F(SessionTest, DoesNotKeepBytesWithoutEnd) {
  limits.packet_bytes_max = 100;
  receive(connect_packet());
  effects.take();
  const std::string piece(60, '\0');
  receive(piece);
  EXPECT_THAT(effects.take(), IsEmpty());
  receive(piece);
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: too many bytes before an answer"));
}

TEST_F(SessionTest, AnswersUnknownVersionsBeforeClosing) {
  receive(connect_packet({.version = Version{2}, .keep_alive = 60}));
  EXPECT_THAT(effects.take(), ElementsAre("write 20020001", "close unsupported: protocol level"));
}

TEST_F(SessionTest, AnswersNewerVersionsAsVersion5Does) {  // [MQTT-3.1.2-2]
  receive(connect_packet({.version = Version{0x84}, .keep_alive = 60}));
  EXPECT_THAT(effects.take(), ElementsAre("write 2003008400", "close unsupported: protocol level"));
}

TEST_F(SessionTest, ClosesWithoutAnswerWhenConnectIsMalformed) {
  receive_hex("10 00");
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: the packet is cut short"));
}

TEST_F(SessionTest, BeginsWithConnect) {
  receive_hex("C000");
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: the first packet is not CONNECT"));
}

TEST_F(SessionTest, JudgesTheFirstPacketBeforeItsBodyArrives) {
  receive_hex("30 7F");
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: the first packet is not CONNECT"));
}

TEST_F(SessionTest, ConnectsOnce) {
  establish();
  receive(connect_packet());
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: a second CONNECT"));
}

TEST_F(SessionTest, RefusesAKeepAliveBelowTheLeast) {
  receive(connect_packet({.keep_alive = 29, .client_id = "dev"}));
  EXPECT_THAT(effects.take(), ElementsAre("write 20020002", "close refused: keep alive too short"));
}

TEST_F(SessionTest, RefusesToKeepAliveForEver) {
  receive(connect_packet({.keep_alive = 0, .client_id = "dev"}));
  EXPECT_THAT(effects.take(), ElementsAre("write 20020002", "close refused: keep alive too short"));
}

TEST_F(SessionTest, AcceptsTheLeastKeepAlive) {
  establish({.keep_alive = 30, .client_id = "dev"});
  EXPECT_EQ(session.deadline(), start + 45s);
}

TEST_F(SessionTest, RefusesToKeepASessionWithoutClientId) {
  receive(connect_packet({.clean_session = false, .keep_alive = 60}));
  EXPECT_THAT(effects.take(),
              ElementsAre("write 20020002", "close refused: a kept session without client id"));
}

TEST_F(SessionTest, LeavesOtherEmptyClientIdsToTheOwner) {
  receive(connect_packet({.clean_session = true, .keep_alive = 60}));
  EXPECT_THAT(effects.take(), ElementsAre("CONNECT level 4, clean, keep alive 60, client ''"));
}

// --- Time.

TEST_F(SessionTest, ClosesWhenConnectDoesNotCome) {
  EXPECT_EQ(session.deadline(), start + 10s);
  session.tick(start + 9'999ms, effects);
  EXPECT_THAT(effects.take(), IsEmpty());
  session.tick(start + 10s, effects);
  EXPECT_THAT(effects.take(), ElementsAre("close connect timeout"));
}

TEST_F(SessionTest, ClosesAfterOneAndAHalfKeepAlives) {
  establish();
  session.tick(start + 90s - 1ms, effects);
  EXPECT_THAT(effects.take(), IsEmpty());
  session.tick(start + 90s, effects);
  EXPECT_THAT(effects.take(), ElementsAre("close keep-alive timeout"));
}

TEST_F(SessionTest, CountsTheKeepAliveFromItsAnswer) {
  receive(connect_packet());
  session.accept({.session_present = false}, start + 7s, effects);
  EXPECT_EQ(session.deadline(), start + 97s);
}

TEST_F(SessionTest, StartsTheKeepAliveAgainWithEveryPacket) {
  establish();
  receive(puback_packet(9), start + 80s);
  EXPECT_EQ(session.deadline(), start + 170s);
}

TEST_F(SessionTest, IsNotKeptAliveByHalfAPacket) {
  establish();
  receive(from_spaced_hex("30 05"), start + 80s);
  EXPECT_EQ(session.deadline(), start + 90s);
}

TEST_F(SessionTest, ShortensAKeepAliveAboveTheMost) {
  establish({.keep_alive = 65535, .client_id = "dev"});
  EXPECT_EQ(session.deadline(), start + 1800s);
}

// --- Packets.

TEST_F(SessionTest, AnswersPing) {
  establish();
  receive_hex("C000");
  EXPECT_THAT(effects.take(), ElementsAre("write d000"));
}

TEST_F(SessionTest, EndsWithDisconnect) {
  establish();
  receive_hex("E000 C000");
  EXPECT_THAT(effects.take(), ElementsAre("close disconnected"));
}

TEST_F(SessionTest, RefusesABodyWhereNoneBelongs) {
  establish();
  receive_hex("C001 00");
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: a body where none belongs"));
}

TEST_F(SessionTest, RefusesMalformedPackets) {
  establish();
  receive_hex("82 02 0001");
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: no topic filter"));
}

TEST_F(SessionTest, RefusesLargePacketsBeforeTheirBodyArrives) {
  limits.packet_bytes_max = 130;
  establish();
  receive_hex("30 80 01");
  EXPECT_THAT(effects.take(), ElementsAre("close packet too large: a packet larger than allowed"));
}

TEST_F(SessionTest, GivesStrangersLessRoom) {
  limits.connect_bytes_max = 20;
  receive_hex("10 13");
  EXPECT_THAT(effects.take(), ElementsAre("close packet too large: a packet larger than allowed"));
}

TEST_F(SessionTest, GivesStrangersEightKiB) {
  receive_hex("10 FD 3F");  // 8192 bytes with this header.
  EXPECT_THAT(effects.take(), IsEmpty());
  Session other(start, limits);
  other.receive(from_spaced_hex("10 FE 3F"), start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("close packet too large: a packet larger than allowed"));
}

TEST_F(SessionTest, DoesNotDoQos2) {
  establish();
  receive(publish_packet({.qos = 2, .topic = "a", .packet_id = 1}));
  EXPECT_THAT(effects.take(), ElementsAre("close unsupported: QoS 2"));
}

TEST_F(SessionTest, DoesNotKnowTheHandshakeOfQos2) {
  for (const char* hex : {"50 02 0001", "62 02 0001", "70 02 0001"}) {
    Session fresh(start, limits);
    fresh.receive(connect_packet(), start, effects);
    fresh.accept({.session_present = false}, start, effects);
    effects.take();
    fresh.receive(from_spaced_hex(hex), start, effects);
    EXPECT_THAT(effects.take(), ElementsAre("close unsupported: QoS 2")) << hex;
  }
}

TEST_F(SessionTest, RefusesPacketsOfServers) {
  for (const char* hex : {"20 02 0000", "90 03 0001 00", "B0 02 0001", "D0 00", "F0 00"}) {
    Session fresh(start, limits);
    fresh.receive(connect_packet(), start, effects);
    fresh.accept({.session_present = false}, start, effects);
    effects.take();
    fresh.receive(from_spaced_hex(hex), start, effects);
    EXPECT_THAT(effects.take(),
                ElementsAre("close protocol error: a packet that clients do not send"))
        << hex;
  }
}

// --- Subscriptions.

TEST_F(SessionTest, PassesSubscriptionsOn) {
  establish();
  receive_hex("82 0E 000A 0003 612F2B 01 0003 612F23 00");
  EXPECT_THAT(effects.take(), ElementsAre("SUBSCRIBE id 10, a/+ QoS 1, a/# QoS 0"));
  session.suback(10, std::string_view("\x01\x80", 2), effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 9004000a0180"));
}

TEST_F(SessionTest, LeavesInvalidFiltersToTheOwner) {
  establish();
  receive_hex("82 09 000A 0004 612B2F62 01");
  EXPECT_THAT(effects.take(), ElementsAre("SUBSCRIBE id 10, a+/b QoS 1"));
}

TEST_F(SessionTest, RefusesMoreFiltersThanAPacketMayHave) {
  limits.filters_per_subscribe = 1;
  establish();
  receive_hex("82 0A 000A 0001 61 01 0001 62 00");
  EXPECT_THAT(effects.take(), ElementsAre("write 9004000a8080"));
  EXPECT_TRUE(session.connected());
}

TEST_F(SessionTest, ReadsNothingWhileASubscriptionWaits) {
  establish();
  receive_hex("82 06 000A 0001 61 01 C000 82 06 000B 0001 62 01 C0");
  EXPECT_THAT(effects.take(), ElementsAre("SUBSCRIBE id 10, a QoS 1"));
  EXPECT_FALSE(session.wants_bytes());
  session.suback(10, "\1", effects);
  EXPECT_THAT(effects.take(),
              ElementsAre("write 9003000a01", "write d000", "SUBSCRIBE id 11, b QoS 1"));
  EXPECT_FALSE(session.wants_bytes());
  session.suback(11, "\1", effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 9003000b01"));
  EXPECT_TRUE(session.wants_bytes());
  receive_hex("00");
  EXPECT_THAT(effects.take(), ElementsAre("write d000"));
}

TEST_F(SessionTest, ReadsNothingWhileTheEndOfASubscriptionWaits) {
  establish();
  receive_hex("A2 05 000B 0001 61 C000");
  EXPECT_THAT(effects.take(), ElementsAre("UNSUBSCRIBE id 11, a"));
  EXPECT_FALSE(session.wants_bytes());
  session.unsuback(11, {}, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write b002000b", "write d000"));
  EXPECT_TRUE(session.wants_bytes());
}

TEST_F(SessionTest, DoesNotKeepBytesWithoutEndWhileASubscriptionWaits) {
  limits.packet_bytes_max = 100;
  establish();
  receive_hex("82 06 000A 0001 61 01");
  effects.take();
  const std::string piece(60, '\0');
  receive(piece);
  EXPECT_THAT(effects.take(), IsEmpty());
  receive(piece);
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: too many bytes before an answer"));
}

TEST_F(SessionTest, IgnoresAnswersThatNobodyWaitsFor) {
  establish();
  session.suback(10, "\1", effects);
  session.unsuback(10, {}, effects);
  EXPECT_THAT(effects.take(), IsEmpty());
}

TEST_F(SessionTest, CountsTheKeepAliveOfWhatASubscriptionHeldUpFromTheLastCall) {
  establish();
  receive(from_spaced_hex("82 06 000A 0001 61 01 C000"), start + 10s);
  session.tick(start + 100s, effects);
  session.suback(10, "\1", effects);
  EXPECT_TRUE(session.connected());
  EXPECT_EQ(session.deadline(), start + 190s);
}

TEST_F(SessionTest, EndsWhenMoreSubscriptionsEndThanAPacketMayName) {
  limits.filters_per_unsubscribe = 2;
  establish();
  receive_hex("A2 08 000B 0001 61 0001 62");
  EXPECT_THAT(effects.take(), ElementsAre("UNSUBSCRIBE id 11, a, b"));
  session.unsuback(11, {}, effects);
  effects.take();
  receive_hex("A2 0B 000C 0001 61 0001 62 0001 63");
  EXPECT_THAT(effects.take(), ElementsAre("close protocol error: too many filters"));
}

TEST_F(SessionTest, PassesTheEndOfSubscriptionsOn) {
  establish();
  receive_hex("A2 08 000B 0001 61 0001 62");
  EXPECT_THAT(effects.take(), ElementsAre("UNSUBSCRIBE id 11, a, b"));
  session.unsuback(11, {}, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write b002000b"));
}

TEST_F(SessionTest, TakesARepeatedSubscribeFromVersion31) {
  establish({.version = Version::v3_1, .keep_alive = 60, .client_id = "dev"});
  receive_hex("8A 06 000A 0001 61 01");
  EXPECT_THAT(effects.take(), ElementsAre("SUBSCRIBE id 10, a QoS 1"));
}

// --- The end.

TEST_F(SessionTest, SaysWhyItWasClosed) {
  establish();
  session.close(CloseReason::taken_over, effects);
  EXPECT_THAT(effects.take(), ElementsAre("close taken over"));
  EXPECT_TRUE(session.closed());
}

TEST_F(SessionTest, IsSilentAfterClose) {
  establish();
  session.close(CloseReason::server_shutdown, effects);
  effects.take();
  receive_hex("C000");
  session.accept({.session_present = false}, start, effects);
  session.refuse(ReasonCode::not_authorized, "", effects);
  session.suback(1, "\x01", effects);
  session.unsuback(1, {}, effects);
  session.puback(1, start, effects);
  deliver(delivery(7));
  session.tick(start + 10h, effects);
  session.close(CloseReason::taken_over, effects);
  EXPECT_THAT(effects.take(), IsEmpty());
  EXPECT_EQ(session.free_slots(), 0u);
  EXPECT_FALSE(session.wants_bytes());
}

}  // namespace
}  // namespace herald::mqtt
