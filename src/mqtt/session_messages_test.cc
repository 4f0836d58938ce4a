#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "mqtt/session_test.h"

namespace herald::mqtt {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

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
  for (const std::uint64_t message : {7u, 8u, 9u}) deliver(delivery(message));
  effects.take();
  receive(puback_packet(2) + puback_packet(3) + puback_packet(1));
  EXPECT_THAT(effects.take(),
              ElementsAre("acknowledged 8.3", "acknowledged 9.3", "acknowledged 7.3"));
}

TEST_F(SessionTest, ListsWhatIsInFlightInTheOrderOfSending) {
  establish();
  for (const std::uint64_t message : {7u, 8u, 9u}) deliver(delivery(message));
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

}  // namespace
}  // namespace herald::mqtt
