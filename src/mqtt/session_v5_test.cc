#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mqtt/session_test.h"

// What MQTT 5.0 adds to a conversation.
namespace herald::mqtt {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Connect connect_5(Properties properties = {}) {
  return {.version = Version::v5,
          .keep_alive = 60,
          .client_id = "dev",
          .properties = std::move(properties)};
}

// Packets of a server as text, taken from what was recorded as written.
class Told : public Recorded {
 public:
  void write(std::string_view head, const SharedBytes& body) override {
    std::string bytes(head);
    bytes += body.view();
    const auto frame = next_frame(bytes, 1'000'000, Version::v5).value().value();
    said.push_back(text_of(frame));
  }
  std::vector<std::string> take_said() { return std::exchange(said, {}); }
  std::vector<std::string> said;

 private:
  static std::string text_of(const Frame& frame) {
    switch (frame.type) {
      case PacketType::connack:
        return to_text(read_connack(frame, Version::v5).value());
      case PacketType::publish:
        return to_text(read_publish(frame, Version::v5).value());
      case PacketType::puback:
        return to_text(read_puback(frame, Version::v5).value());
      case PacketType::suback:
        return to_text(read_suback(frame, Version::v5).value());
      case PacketType::unsuback:
        return to_text(read_unsuback(frame, Version::v5).value());
      case PacketType::disconnect:
        return to_text(read_disconnect(frame, Version::v5).value());
      default:
        return "another packet";
    }
  }
};

class SessionV5Test : public testing::Test {
 protected:
  void receive(std::string_view bytes, Time now = start) { session.receive(bytes, now, effects); }
  void receive_hex(std::string_view hex) { receive(from_spaced_hex(hex)); }
  void establish(Properties properties = {}, const Acceptance& acceptance = {}) {
    receive(connect_packet(connect_5(std::move(properties))));
    session.accept(acceptance, start, effects);
    ASSERT_TRUE(session.connected());
    connack = effects.take_said().front();
    effects.take();
  }
  void publish(const Publish& packet) {
    std::string bytes;
    write_publish_head(packet, packet.payload.size(), bytes, Version::v5);
    bytes += packet.payload;
    receive(bytes);
  }
  // The only thing said, and that nothing is open any more.
  void expect_disconnect(std::string_view text) {
    EXPECT_THAT(effects.take_said(), ElementsAre(text));
    EXPECT_TRUE(session.closed());
  }

  SessionLimits limits;
  Session session{start, limits};
  Told effects;
  std::string connack;
};

// --- CONNECT and CONNACK.

TEST_F(SessionV5Test, ConnackSaysWhatIsOffered) {
  establish();
  EXPECT_EQ(connack,
            "CONNACK 0, session expiry 0, server keep alive 60, receive maximum 100, topic alias "
            "maximum 20, maximum QoS 1, retain 1, maximum packet size 262144, wildcards 1, "
            "subscription ids 0, shared 1");
}

TEST_F(SessionV5Test, AnAssignedClientIdIsTold) {  // [MQTT-3.2.2-16]
  establish({}, {.assigned_client_id = "made"});
  EXPECT_THAT(connack, HasSubstr("assigned client id 'made'"));
}

TEST_F(SessionV5Test, TheSessionExpiryIsTheClientsUnlessTheOwnerSaysOtherwise) {
  establish({.session_expiry = 7'000}, {.session_expiry = 60});
  EXPECT_THAT(connack, HasSubstr("session expiry 60,"));
  EXPECT_EQ(session.session_expiry(), 60u);
}

TEST_F(SessionV5Test, TheServerSetsAKeepAliveThatIsTooShortOrTooLong) {  // [MQTT-3.2.2-21]
  Connect request = connect_5();
  request.keep_alive = 0;
  receive(connect_packet(request));
  session.accept({}, start, effects);
  EXPECT_THAT(effects.take_said().front(), HasSubstr("server keep alive 1200"));
  EXPECT_EQ(session.deadline(), start + 1'800s);
}

TEST_F(SessionV5Test, ARefusalSaysWhy) {
  receive(connect_packet(connect_5()));
  session.refuse(ReasonCode::bad_user_name_or_password, "wrong signature", effects);
  expect_disconnect("CONNACK 0x86, reason 'wrong signature'");
}

TEST_F(SessionV5Test, ARefusalDoesNotSayWhyToWhoDoesNotWantToKnow) {  // [MQTT-3.1.2-29]
  receive(connect_packet(connect_5({.request_problem_information = 0})));
  session.refuse(ReasonCode::not_authorized, "device disabled", effects);
  expect_disconnect("CONNACK 0x87");
}

TEST_F(SessionV5Test, EnhancedAuthenticationIsRefused) {
  receive(connect_packet(connect_5({.authentication_method = "SCRAM"})));
  expect_disconnect("CONNACK 0x8C, reason 'enhanced authentication'");
}

TEST_F(SessionV5Test, AWillWithQos2IsRefused) {  // [MQTT-3.2.2-12]
  Connect request = connect_5();
  request.has_will = true;
  request.will_topic = "t";
  request.will_qos = 2;
  receive(connect_packet(request));
  expect_disconnect("CONNACK 0x9B, reason 'a will with QoS 2'");
}

TEST_F(SessionV5Test, AReasonTooLargeForTheClientIsLeftOut) {  // [MQTT-3.2.2-19]
  receive(connect_packet(connect_5({.maximum_packet_size = 12})));
  session.refuse(ReasonCode::bad_user_name_or_password, "a long reason string", effects);
  expect_disconnect("CONNACK 0x86");
}

TEST_F(SessionV5Test, AliasesEndWithTheirConnection) {  // [MQTT-3.3.2-7]
  establish();
  publish({.topic = "a/b", .properties = {.topic_alias = 3}});
  session = Session(start, limits);
  effects.take();
  establish();
  publish({.topic = "", .properties = {.topic_alias = 3}});
  expect_disconnect("DISCONNECT 0x82, reason 'an alias without a topic'");
}

TEST_F(SessionV5Test, UserPropertiesAreSentInTheirOrder) {  // [MQTT-3.3.2-18]
  establish();
  Properties properties;
  properties.user = {{"b", "1"}, {"a", "2"}, {"b", "3"}};
  Delivery message = delivery(1, 0);
  message.properties = &properties;
  session.deliver(message, effects);
  EXPECT_THAT(effects.take_said().front(), HasSubstr("'b' = '1', 'a' = '2', 'b' = '3'"));
}

TEST_F(SessionV5Test, AFullWindowDelaysNoOtherAnswer) {  // [MQTT-3.3.4-10], [MQTT-4.9.0-3]
  establish({.receive_maximum = 1});
  session.deliver(delivery(1), effects);
  EXPECT_EQ(session.free_slots(), 0u);
  effects.take_said();
  receive_hex("C000");
  receive_hex("8207 0001 00 0001 61 00");
  session.suback(1, std::string(1, '\0'), effects);
  EXPECT_THAT(effects.take_said(), ElementsAre("another packet", "SUBACK id 1, 00"));
}

// --- Messages from the client.

TEST_F(SessionV5Test, AnAliasStandsForTheTopicItCameWith) {
  establish();
  publish({.topic = "a/b", .properties = {.topic_alias = 3}});
  publish({.topic = "", .payload = "x", .properties = {.topic_alias = 3}});
  publish({.topic = "c", .properties = {.topic_alias = 3}});
  publish({.topic = "", .properties = {.topic_alias = 3}});
  EXPECT_THAT(effects.take(),
              ElementsAre("PUBLISH QoS 0, a/b, no payload", "PUBLISH QoS 0, a/b, 78",
                          "PUBLISH QoS 0, c, no payload", "PUBLISH QoS 0, c, no payload"));
}

TEST_F(SessionV5Test, AnAliasOutOfBoundsEndsIt) {  // [MQTT-3.3.2-8], [MQTT-3.3.2-9]
  establish();
  publish({.topic = "a", .properties = {.topic_alias = 21}});
  expect_disconnect("DISCONNECT 0x94, reason 'topic alias'");
}

TEST_F(SessionV5Test, AnAliasOfZeroEndsIt) {  // [MQTT-3.3.2-8]
  establish();
  publish({.topic = "a", .properties = {.topic_alias = 0}});
  expect_disconnect("DISCONNECT 0x94, reason 'topic alias'");
}

TEST_F(SessionV5Test, AnAliasWithoutATopicEndsIt) {
  establish();
  publish({.topic = "", .properties = {.topic_alias = 1}});
  expect_disconnect("DISCONNECT 0x82, reason 'an alias without a topic'");
}

TEST_F(SessionV5Test, MoreThanReceiveMaximumEndsIt) {  // [MQTT-3.3.4-7]
  limits.unacknowledged_inbound_max = 2;
  establish();
  for (PacketId id = 1; id <= 3; ++id) publish({.qos = 1, .topic = "a", .packet_id = id});
  expect_disconnect("DISCONNECT 0x93, reason 'more than Receive Maximum'");
}

TEST_F(SessionV5Test, AnAcknowledgementMakesRoomAgain) {
  limits.unacknowledged_inbound_max = 1;
  establish();
  publish({.qos = 1, .topic = "a", .packet_id = 1});
  session.puback(1, start, effects);
  publish({.qos = 1, .topic = "a", .packet_id = 2});
  EXPECT_TRUE(session.connected());
}

TEST_F(SessionV5Test, Qos2EndsIt) {  // [MQTT-3.2.2-11]
  establish();
  publish({.qos = 2, .topic = "a", .packet_id = 1});
  expect_disconnect("DISCONNECT 0x9B, reason 'QoS 2'");
}

TEST_F(SessionV5Test, ASubscriptionIdentifierFromAClientEndsIt) {  // [MQTT-3.3.4-6]
  establish();
  publish({.topic = "a", .properties = {.subscription_ids = {1}}});
  expect_disconnect("DISCONNECT 0x82, reason 'a subscription identifier from a client'");
}

TEST_F(SessionV5Test, AMessageThatWasRefusedIsAcknowledgedWithTheReason) {
  establish();
  publish({.qos = 1, .topic = "a", .packet_id = 9});
  session.puback(9, start, effects, ReasonCode::not_authorized);
  EXPECT_THAT(effects.take_said(), ElementsAre("PUBACK id 9 0x87"));
}

TEST_F(SessionV5Test, APacketLargerThanAllowedEndsIt) {
  establish();
  receive_hex("30 81 80 80 01");
  expect_disconnect("DISCONNECT 0x95, reason 'a packet larger than allowed'");
}

TEST_F(SessionV5Test, WhatCannotBeReadEndsItAsMalformed) {
  establish();
  receive_hex("30 03 00 05 61");
  expect_disconnect("DISCONNECT 0x81, reason 'the packet is cut short'");
}

TEST_F(SessionV5Test, WhatMustNotBeSaidEndsItAsAProtocolError) {
  establish();
  receive_hex("82 03 00 01 00");
  expect_disconnect("DISCONNECT 0x82, reason 'no topic filter'");
}

// --- Messages to the client.

TEST_F(SessionV5Test, TheClientsReceiveMaximumBoundsTheWindow) {  // [MQTT-3.3.4-9]
  establish({.receive_maximum = 2});
  EXPECT_EQ(session.window(), 2u);
  session.deliver(delivery(1), effects);
  session.deliver(delivery(2), effects);
  EXPECT_EQ(session.free_slots(), 0u);
}

TEST_F(SessionV5Test, TopicsAreSentOnceToClientsThatTakeAliases) {
  establish({.topic_alias_maximum = 1});
  session.deliver(delivery(1, 0), effects);
  session.deliver(delivery(2, 0), effects);
  Delivery other = delivery(3, 0);
  other.topic = "c";
  session.deliver(other, effects);
  EXPECT_THAT(effects.take_said(),
              ElementsAre("PUBLISH QoS 0, a/b, 6869, alias 1", "PUBLISH QoS 0, , 6869, alias 1",
                          "PUBLISH QoS 0, c, 6869"));
}

TEST_F(SessionV5Test, OthersAreSentNoAlias) {  // [MQTT-3.1.2-26]
  establish();
  session.deliver(delivery(1, 0), effects);
  EXPECT_THAT(effects.take_said(), ElementsAre("PUBLISH QoS 0, a/b, 6869"));
}

TEST_F(SessionV5Test, AMessageTooLargeForTheClientIsNotSent) {  // [MQTT-3.1.2-24]
  establish({.maximum_packet_size = 10});
  EXPECT_FALSE(session.deliver(delivery(1), effects));
  EXPECT_THAT(effects.take_said(), IsEmpty());
  EXPECT_EQ(session.free_slots(), 64u);
  EXPECT_TRUE(session.connected());
}

TEST_F(SessionV5Test, PropertiesAreSentAlong) {
  establish();
  const Properties properties{.message_expiry = 5, .user = {{"k", "v"}}};
  Delivery with = delivery(1, 0);
  with.properties = &properties;
  with.retain = true;
  session.deliver(with, effects);
  EXPECT_THAT(effects.take_said(),
              ElementsAre("PUBLISH QoS 0 retain, a/b, 6869, message expiry 5, 'k' = 'v'"));
}

TEST_F(SessionV5Test, AnAcknowledgementWithAnErrorIsOne) {
  establish();
  session.deliver(delivery(1), effects);
  effects.take();
  receive_hex("40 04 0001 97 00");
  EXPECT_THAT(effects.take(), ElementsAre("acknowledged 1.3"));
}

// --- Subscriptions.

TEST_F(SessionV5Test, SubscriptionOptionsArePassedOn) {
  establish();
  receive_hex("82 07 0001 00 0001 61 2D");
  EXPECT_THAT(effects.take(), ElementsAre("SUBSCRIBE id 1, a QoS 1 no local retain as published "
                                          "retain handling 2"));
}

TEST_F(SessionV5Test, SubackAndUnsubackHaveACodeForEachFilter) {  // [MQTT-3.8.4-6], [MQTT-3.11.3-2]
  establish();
  receive_hex("82 07 0001 00 0001 61 01");
  session.suback(1, "\x87", effects);
  receive_hex("A2 06 0002 00 0001 61");
  session.unsuback(2, "\x11", effects);
  EXPECT_THAT(effects.take_said(), ElementsAre("SUBACK id 1, 87", "UNSUBACK id 2, 11"));
}

TEST_F(SessionV5Test, MoreFiltersThanAllowedAreAllRefused) {
  limits.filters_per_subscribe = 1;
  establish();
  receive_hex("82 0B 0001 00 0001 61 01 0001 62 01");
  EXPECT_THAT(effects.take_said(), ElementsAre("SUBACK id 1, 9797"));
}

TEST_F(SessionV5Test, ASubscriptionIdentifierIsNotSupported) {
  establish();
  receive_hex("82 09 0001 02 0B 07 0001 61 01");
  expect_disconnect("DISCONNECT 0xA1, reason 'subscription identifier'");
}

TEST_F(SessionV5Test, NoLocalOnASharedSubscriptionEndsIt) {  // [MQTT-3.8.3-4]
  establish();
  receive_hex("82 10 0001 00 000A 2473686172652F672F61 05");
  expect_disconnect("DISCONNECT 0x82, reason 'No Local on a shared subscription'");
}

// --- The end.

TEST_F(SessionV5Test, DisconnectMayChangeTheSessionExpiry) {
  establish({.session_expiry = 10});
  receive_hex("E0 07 00 05 11 00000064");
  EXPECT_EQ(session.session_expiry(), 100u);
  EXPECT_THAT(effects.take(), ElementsAre("close disconnected"));
}

TEST_F(SessionV5Test, DisconnectMayNotKeepASessionThatWasToEnd) {
  establish();
  receive_hex("E0 07 00 05 11 00000064");
  expect_disconnect("DISCONNECT 0x82, reason 'a session that was to end cannot be kept'");
}

TEST_F(SessionV5Test, DisconnectMayAskForTheWill) {
  establish();
  receive_hex("E0 01 04");
  EXPECT_THAT(effects.take(), ElementsAre("close disconnected with will"));
  EXPECT_THAT(effects.take_said(), IsEmpty());
}

TEST_F(SessionV5Test, AuthEndsIt) {
  establish();
  receive_hex("F0 00");
  expect_disconnect("DISCONNECT 0x82, reason 'a packet that clients do not send'");
}

TEST_F(SessionV5Test, SilenceEndsIt) {  // [MQTT-3.1.2-22]
  establish();
  session.tick(start + 90s, effects);
  expect_disconnect("DISCONNECT 0x8D");
}

TEST_F(SessionV5Test, TheOwnersReasonIsTold) {
  const std::pair<CloseReason, std::string_view> reasons[] = {
      {CloseReason::taken_over, "DISCONNECT 0x8E"},
      {CloseReason::device_gone, "DISCONNECT 0x98"},
      {CloseReason::server_shutdown, "DISCONNECT 0x8B"},
      {CloseReason::quota_exceeded, "DISCONNECT 0x97"}};
  for (const auto& [reason, text] : reasons) {
    Session one(start, limits);
    one.receive(connect_packet(connect_5()), start, effects);
    one.accept({}, start, effects);
    effects.take_said();
    one.close(reason, effects);
    EXPECT_THAT(effects.take_said(), ElementsAre(text));
  }
}

TEST_F(SessionV5Test, NothingIsSaidBeforeConnack) {  // [MQTT-3.14.0-1]
  receive(connect_packet(connect_5()));
  session.close(CloseReason::server_shutdown, effects);
  EXPECT_THAT(effects.take_said(), IsEmpty());
}

// --- However the bytes come.

TEST_F(SessionV5Test, AnySplitOfTheBytesHasTheSameEffects) {
  std::string bytes = connect_packet(connect_5({.topic_alias_maximum = 2}));
  write_publish_head({.qos = 1, .topic = "a", .packet_id = 1, .properties = {.topic_alias = 1}}, 0,
                     bytes, Version::v5);
  write_publish_head({.topic = "", .properties = {.topic_alias = 1}}, 0, bytes, Version::v5);
  write_disconnect({.reason = ReasonCode::disconnect_with_will}, bytes, Version::v5);
  const auto story = [&](std::size_t piece) {
    Session one(start, limits);
    Recorded recorded;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      one.receive(std::string_view(bytes).substr(at, piece), start, recorded);
      one.accept({}, start, recorded);
    }
    return recorded.take();
  };
  const auto whole = story(bytes.size());
  EXPECT_GT(whole.size(), 3u);
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) EXPECT_EQ(story(piece), whole);
}

}  // namespace
}  // namespace herald::mqtt
