#include "mqtt/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "mqtt/recorded_effects.h"

namespace herald::mqtt {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const Time start = time_of(1'700'000'000'000);

std::string connect_packet(const Connect& packet = {.keep_alive = 60, .client_id = "dev"}) {
  std::string bytes;
  write_connect(packet, bytes);
  return bytes;
}

std::string publish_packet(const Publish& packet) {
  std::string bytes;
  write_publish_head(packet, packet.payload.size(), bytes);
  bytes += packet.payload;
  return bytes;
}

std::string puback_packet(PacketId packet_id) {
  std::string bytes;
  write_puback(packet_id, bytes);
  return bytes;
}

Delivery delivery(std::uint64_t message, std::uint8_t qos = 1, PacketId packet_id = 0) {
  return {.key = {.message = message, .recipient = 3},
          .topic = "a/b",
          .qos = qos,
          .packet_id = packet_id,
          .payload = SharedBytes::copy_of("hi")};
}

// A session at the moment `start`, and what it asked for.
class SessionTest : public testing::Test {
 protected:
  void receive(std::string_view bytes, Time now = start) { session.receive(bytes, now, effects); }
  void receive_hex(std::string_view hex) { receive(from_spaced_hex(hex)); }
  // Past the handshake, whose effects are forgotten.
  void establish(const Connect& request = {.keep_alive = 60, .client_id = "dev"}) {
    receive(connect_packet(request));
    session.accept(false, start, effects);
    ASSERT_TRUE(session.connected());
    effects.take();
  }
  void deliver(const Delivery& what) { session.deliver(what, effects); }

  SessionLimits limits;
  Session session{start, limits};
  Recorded effects;
};

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
  session.accept(false, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020000"));
  EXPECT_TRUE(session.connected());
}

TEST_F(SessionTest, TellsTheDeviceThatItsSessionWasKept) {
  receive(connect_packet({.clean_session = false, .keep_alive = 60, .client_id = "dev"}));
  effects.take();
  session.accept(true, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020100"));
}

TEST_F(SessionTest, HasNoFlagForAKeptSessionInVersion31) {
  receive(connect_packet({.version = Version::v3_1, .keep_alive = 60, .client_id = "dev"}));
  effects.take();
  session.accept(true, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020000"));
}

TEST_F(SessionTest, ClosesAfterARefusal) {
  receive(connect_packet());
  effects.take();
  session.refuse(ConnackCode::bad_username_or_password, "wrong signature", effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020004", "close refused: wrong signature"));
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
  session.accept(false, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 20020000", "write d000"));
  receive_hex("00");
  EXPECT_THAT(effects.take(), ElementsAre("write d000"));
}

TEST_F(SessionTest, ForgetsWhatCameBeforeARefusal) {
  receive(connect_packet() + from_spaced_hex("C000"));
  session.refuse(ConnackCode::not_authorized, "", effects);
  effects.take();
  session.accept(false, start, effects);
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

TEST_F(SessionTest, DoesNotSpeakVersion5Yet) {
  receive(connect_packet({.version = Version::v5, .keep_alive = 60}));
  EXPECT_THAT(effects.take(), ElementsAre("write 20020001", "close unsupported: protocol level"));
}

TEST_F(SessionTest, AnswersUnknownVersionsBeforeClosing) {
  receive(connect_packet({.version = Version{0x84}, .keep_alive = 60}));
  EXPECT_THAT(effects.take(), ElementsAre("write 20020001", "close unsupported: protocol level"));
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
  session.accept(false, start + 7s, effects);
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

TEST_F(SessionTest, DoesNotDoQos2) {
  establish();
  receive(publish_packet({.qos = 2, .topic = "a", .packet_id = 1}));
  EXPECT_THAT(effects.take(), ElementsAre("close unsupported: QoS 2"));
}

TEST_F(SessionTest, DoesNotKnowTheHandshakeOfQos2) {
  for (const char* hex : {"50 02 0001", "62 02 0001", "70 02 0001"}) {
    Session fresh(start, limits);
    fresh.receive(connect_packet(), start, effects);
    fresh.accept(false, start, effects);
    effects.take();
    fresh.receive(from_spaced_hex(hex), start, effects);
    EXPECT_THAT(effects.take(), ElementsAre("close unsupported: QoS 2")) << hex;
  }
}

TEST_F(SessionTest, RefusesPacketsOfServers) {
  for (const char* hex : {"20 02 0000", "90 03 0001 00", "B0 02 0001", "D0 00", "F0 00"}) {
    Session fresh(start, limits);
    fresh.receive(connect_packet(), start, effects);
    fresh.accept(false, start, effects);
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

TEST_F(SessionTest, HandlesOtherPacketsWhileASubscriptionWaits) {
  establish();
  receive_hex("82 06 000A 0001 61 01 C000");
  EXPECT_THAT(effects.take(), ElementsAre("SUBSCRIBE id 10, a QoS 1", "write d000"));
}

TEST_F(SessionTest, PassesTheEndOfSubscriptionsOn) {
  establish();
  receive_hex("A2 08 000B 0001 61 0001 62");
  EXPECT_THAT(effects.take(), ElementsAre("UNSUBSCRIBE id 11, a, b"));
  session.unsuback(11, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write b002000b"));
}

TEST_F(SessionTest, TakesARepeatedSubscribeFromVersion31) {
  establish({.version = Version::v3_1, .keep_alive = 60, .client_id = "dev"});
  receive_hex("8A 06 000A 0001 61 01");
  EXPECT_THAT(effects.take(), ElementsAre("SUBSCRIBE id 10, a QoS 1"));
}

// --- Uplink.

TEST_F(SessionTest, PassesMessagesOn) {
  establish();
  receive(publish_packet({.topic = "a/b", .payload = "hi"}));
  EXPECT_THAT(effects.take(), ElementsAre("PUBLISH QoS 0, a/b, 6869"));
}

TEST_F(SessionTest, AcknowledgesAMessageWhenItsOwnerDoes) {
  establish();
  receive(publish_packet({.qos = 1, .topic = "a/b", .packet_id = 10, .payload = "hi"}));
  EXPECT_THAT(effects.take(), ElementsAre("PUBLISH QoS 1 id 10, a/b, 6869"));
  session.puback(10, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 4002000a"));
}

class FullInbound : public SessionTest {
 protected:
  // Three messages arrive where two may wait.
  void SetUp() override {
    limits.unacknowledged_inbound_max = 2;
    establish();
    std::string bytes;
    for (PacketId id = 1; id <= 3; ++id) {
      bytes += publish_packet({.qos = 1, .topic = "a", .packet_id = id});
    }
    receive(bytes);
  }
};

TEST_F(FullInbound, StopsReading) {
  EXPECT_THAT(effects.take(), ElementsAre("PUBLISH QoS 1 id 1, a, no payload",
                                          "PUBLISH QoS 1 id 2, a, no payload"));
  EXPECT_FALSE(session.wants_bytes());
}

TEST_F(FullInbound, GoesOnWithWhatItKept) {
  effects.take();
  session.puback(1, start, effects);
  EXPECT_THAT(effects.take(), ElementsAre("write 40020001", "PUBLISH QoS 1 id 3, a, no payload"));
  EXPECT_FALSE(session.wants_bytes());
  session.puback(2, start, effects);
  EXPECT_TRUE(session.wants_bytes());
}

TEST_F(FullInbound, DoesNotBlameTheDeviceForTheSilence) {
  effects.take();
  session.tick(start + 90s, effects);
  EXPECT_THAT(effects.take(), IsEmpty());
  EXPECT_EQ(session.deadline(), start + 180s);
}

TEST_F(FullInbound, ListensForAWholeKeepAliveAfterwards) {
  session.puback(1, start + 80s, effects);
  EXPECT_EQ(session.deadline(), start + 170s);
}

// --- Downlink.

TEST_F(SessionTest, DeliversQos0AndForgetsIt) {
  establish();
  deliver(delivery(7, 0));
  EXPECT_THAT(effects.take(), ElementsAre("write 30070003612f626869"));
  EXPECT_THAT(session.unacknowledged(), IsEmpty());
}

TEST_F(SessionTest, DeliversThePayloadFromWhereItLies) {
  establish();
  struct : Recorded {
    void write(std::string_view, const SharedBytes& body) override { at = body.view().data(); }
    const char* at = nullptr;
  } watched;
  const Delivery message = delivery(7);
  session.deliver(message, watched);
  EXPECT_EQ(watched.at, message.payload.view().data());
}

TEST_F(SessionTest, NumbersWhatItDelivers) {
  establish();
  deliver(delivery(7));
  deliver(delivery(8));
  EXPECT_THAT(effects.take(),
              ElementsAre("write 32090003612f6200016869", "write 32090003612f6200026869"));
}

TEST_F(SessionTest, DeliversAgainUnderTheOldNumber) {
  establish();
  deliver(delivery(7, 1, 0x1234));
  EXPECT_THAT(effects.take(), ElementsAre("write 3a090003612f6212346869"));
}

TEST_F(SessionTest, MarksAPossibleDuplicate) {
  establish();
  Delivery again = delivery(7);
  again.duplicate = true;
  deliver(again);
  EXPECT_THAT(effects.take(), ElementsAre("write 3a090003612f6200016869"));
}

TEST_F(SessionTest, NeverMarksQos0AsADuplicate) {  // [MQTT-3.3.1-2]
  establish();
  Delivery again = delivery(7, 0);
  again.duplicate = true;
  deliver(again);
  EXPECT_THAT(effects.take(), ElementsAre("write 30070003612f626869"));
}

TEST_F(SessionTest, ReportsAFreeSlot) {
  limits.window = 1;
  establish();
  EXPECT_EQ(session.free_slots(), 1u);
  deliver(delivery(7));
  EXPECT_EQ(session.free_slots(), 0u);
  effects.take();
  receive(puback_packet(1));
  EXPECT_THAT(effects.take(), ElementsAre("acknowledged 7.3"));
  EXPECT_EQ(session.free_slots(), 1u);
}

TEST_F(SessionTest, ReportsAnAcknowledgementOnce) {
  establish();
  deliver(delivery(7));
  effects.take();
  receive(puback_packet(1) + puback_packet(1));
  EXPECT_THAT(effects.take(), ElementsAre("acknowledged 7.3"));
}

TEST_F(SessionTest, IgnoresAnUnknownAcknowledgement) {
  establish();
  receive(puback_packet(5));
  EXPECT_THAT(effects.take(), IsEmpty());
  EXPECT_TRUE(session.connected());
}

TEST_F(SessionTest, TakesAcknowledgementsInAnyOrder) {
  establish();
  for (const std::uint64_t message : {7, 8, 9}) deliver(delivery(message));
  effects.take();
  receive(puback_packet(2) + puback_packet(3) + puback_packet(1));
  EXPECT_THAT(effects.take(),
              ElementsAre("acknowledged 8.3", "acknowledged 9.3", "acknowledged 7.3"));
}

TEST_F(SessionTest, ListsWhatIsInFlightInTheOrderOfSending) {
  establish();
  for (const std::uint64_t message : {7, 8, 9}) deliver(delivery(message));
  receive(puback_packet(2));
  session.close(CloseReason::connection_lost, effects);
  const auto left = session.unacknowledged();
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].key, (DeliveryKey{.message = 7, .recipient = 3}));
  EXPECT_EQ(left[0].packet_id, 1);
  EXPECT_EQ(left[1].key, (DeliveryKey{.message = 9, .recipient = 3}));
  EXPECT_EQ(left[1].packet_id, 3);
}

TEST_F(SessionTest, SkipsNumbersThatAreInFlight) {
  establish();
  deliver(delivery(7, 1, 1));
  deliver(delivery(8));
  EXPECT_EQ(session.unacknowledged()[1].packet_id, 2);
}

TEST_F(SessionTest, GivesANewNumberWhenTheOldOneIsTaken) {
  establish();
  deliver(delivery(7));
  deliver(delivery(8, 1, 1));
  EXPECT_EQ(session.unacknowledged()[1].packet_id, 2);
}

TEST_F(SessionTest, SkipsZeroAndTheTakenWhenNumbersBeginAgain) {
  establish();
  deliver(delivery(7));
  for (int i = 0; i < 65'534; ++i) {
    deliver(delivery(8));
    receive(puback_packet(session.unacknowledged()[1].packet_id));
  }
  deliver(delivery(9));
  EXPECT_EQ(session.unacknowledged()[1].packet_id, 2);
}

TEST_F(SessionTest, DeliversNothingBeforeTheDeviceIsIn) {
  receive(connect_packet());
  effects.take();
  EXPECT_EQ(session.free_slots(), 0u);
  deliver(delivery(7, 0));
  EXPECT_THAT(effects.take(), IsEmpty());
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
  session.accept(false, start, effects);
  session.refuse(ConnackCode::not_authorized, "", effects);
  session.suback(1, "\x01", effects);
  session.unsuback(1, effects);
  session.puback(1, start, effects);
  deliver(delivery(7));
  session.tick(start + 10h, effects);
  session.close(CloseReason::taken_over, effects);
  EXPECT_THAT(effects.take(), IsEmpty());
  EXPECT_EQ(session.free_slots(), 0u);
  EXPECT_FALSE(session.wants_bytes());
}

// --- An owner that answers from within the effects.

class Prompt : public Recorded {
 public:
  explicit Prompt(Session& session) : session_(session) {}

  void connect(const Connect& request) override {
    Recorded::connect(request);
    session_.accept(true, start, *this);
    session_.deliver(delivery(1), *this);
  }
  void subscribe(const Subscribe& request) override {
    Recorded::subscribe(request);
    session_.suback(request.packet_id, std::string(request.entries.size(), '\1'), *this);
    session_.deliver(delivery(2, 0), *this);
  }
  void unsubscribe(const Unsubscribe& request) override {
    Recorded::unsubscribe(request);
    session_.unsuback(request.packet_id, *this);
  }
  void publish(const Publish& message) override {
    if (message.qos == 1) session_.puback(message.packet_id, start, *this);
    if (message.topic == "close") session_.close(CloseReason::device_gone, *this);
    Recorded::publish(message);  // Last, so that its views are read after all that happened.
  }
  void acknowledged(DeliveryKey key) override {
    Recorded::acknowledged(key);
    if (key.message < 3) session_.deliver(delivery(key.message + 1), *this);
  }

 private:
  Session& session_;
};

std::string conversation() {
  return connect_packet() + from_spaced_hex("82 08 000A 0003 612F2B 01") + puback_packet(1) +
         publish_packet({.qos = 1, .topic = "a/b", .packet_id = 5, .payload = "hello"}) +
         publish_packet({.topic = "a/b", .payload = std::string(200, 'x')}) + puback_packet(2) +
         from_spaced_hex("C000 A2 07 000B 0003 612F2B") +
         publish_packet({.qos = 1, .topic = "close", .packet_id = 6}) + from_spaced_hex("C000");
}

Recorded::Story story_of(const std::vector<std::string_view>& pieces) {
  const SessionLimits limits{.unacknowledged_inbound_max = 1};
  Session session(start, limits);
  Prompt effects(session);
  for (const auto& piece : pieces) session.receive(piece, start, effects);
  return effects.take();
}

TEST(PromptOwner, MayAnswerFromWithinEveryEffect) {
  EXPECT_THAT(
      story_of({conversation()}),
      ElementsAre("CONNECT level 4, clean, keep alive 60, client 'dev'", "write 20020100",
                  "write 32090003612f6200016869", "SUBSCRIBE id 10, a/+ QoS 1", "write 9003000a01",
                  "write 30070003612f626869", "acknowledged 1.3", "write 32090003612f6200026869",
                  "write 40020005", "PUBLISH QoS 1 id 5, a/b, 68656c6c6f",
                  "PUBLISH QoS 0, a/b, " + to_hex(std::string(200, 'x')), "acknowledged 2.3",
                  "write 32090003612f6200036869", "write d000", "UNSUBSCRIBE id 11, a/+",
                  "write b002000b", "write 40020006", "close device gone",
                  "PUBLISH QoS 1 id 6, close, no payload"));
}

TEST(AnySplit, OfAConversationInTwoGivesTheSameEffects) {
  const std::string bytes = conversation();
  const std::string_view whole = bytes;
  const auto expected = story_of({bytes});
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    EXPECT_EQ(story_of({whole.substr(0, at), whole.substr(at)}), expected) << at;
  }
}

TEST(AnySplit, OfAConversationInThreeGivesTheSameEffects) {
  const std::string bytes = conversation();
  const std::string_view whole = bytes;
  const auto expected = story_of({bytes});
  for (std::size_t first = 0; first <= bytes.size(); first += 3) {
    for (std::size_t second = first; second <= bytes.size(); second += 3) {
      EXPECT_EQ(story_of({whole.substr(0, first), whole.substr(first, second - first),
                          whole.substr(second)}),
                expected)
          << first << ", " << second;
    }
  }
}

TEST(AnySplit, InSingleBytesGivesTheSameEffects) {
  const std::string bytes = conversation();
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    pieces.push_back(std::string_view(bytes).substr(at, 1));
  }
  EXPECT_EQ(story_of(pieces), story_of({bytes}));
}

}  // namespace
}  // namespace herald::mqtt
