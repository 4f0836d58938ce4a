#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mqtt/session_test.h"

namespace herald::mqtt {
namespace {

using testing::ElementsAre;

// --- An owner that answers from within the effects.

class Prompt : public Recorded {
 public:
  explicit Prompt(Session& session) : session_(session) {}

  void connect(const Connect& request) override {
    Recorded::connect(request);
    session_.accept({.session_present = true}, start, *this);
    session_.deliver(delivery(1), *this);
  }
  void subscribe(const Subscribe& request) override {
    Recorded::subscribe(request);
    session_.suback(request.packet_id, std::string(request.entries.size(), '\1'), *this);
    session_.deliver(delivery(2, 0), *this);
  }
  void unsubscribe(const Unsubscribe& request) override {
    Recorded::unsubscribe(request);
    session_.unsuback(request.packet_id, {}, *this);
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

// --- An owner that answers between the calls.

std::string many_subscriptions(int count) {
  std::string bytes = connect_packet();
  for (int i = 0; i < count; ++i) {
    bytes += from_spaced_hex("82 06 000A 0001 61 01 C000 A2 05 000A 0001 61");
  }
  return bytes;
}

TEST(LateOwner, IsAskedForOneAnswerAtATimeHoweverTheBytesCome) {
  class Late : public Recorded {
   public:
    void connect(const Connect&) override { waits = 'c'; }
    void subscribe(const Subscribe& request) override {
      EXPECT_EQ(std::exchange(waits, 's'), 0);
      Recorded::subscribe(request);
    }
    void unsubscribe(const Unsubscribe& request) override {
      EXPECT_EQ(std::exchange(waits, 'u'), 0);
      Recorded::unsubscribe(request);
    }
    void answer(Session& session) {
      const char what = std::exchange(waits, 0);
      if (what == 'c') session.accept({.session_present = false}, start, *this);
      if (what == 's') session.suback(10, "\1", *this);
      if (what == 'u') session.unsuback(10, {}, *this);
    }
    char waits = 0;
  };
  const std::string bytes = many_subscriptions(4);
  const auto story = [&](std::size_t piece, bool keen) {
    const SessionLimits limits;
    Session session(start, limits);
    Late effects;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      session.receive(std::string_view(bytes).substr(at, piece), start, effects);
      if (keen) effects.answer(session);
    }
    while (effects.waits != 0) effects.answer(session);
    EXPECT_TRUE(session.wants_bytes());
    EXPECT_EQ(session.held_bytes(), 0u);
    return effects.take();
  };
  const auto whole = story(bytes.size(), false);
  EXPECT_EQ(whole.size(), 1u + 4 * 5);
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
    EXPECT_EQ(story(piece, false), whole) << piece;
    EXPECT_EQ(story(piece, true), whole) << piece;
  }
}

TEST(PromptOwner, DoesNotDeepenTheStackWithItsAnswers) {
  // One held packet after the other is answered from within.
  class Watching : public Prompt {
   public:
    using Prompt::Prompt;
    void connect(const Connect&) override {}
    void subscribe(const Subscribe& request) override {
      deepest = std::max(deepest, ++depth);
      Prompt::subscribe(request);
      --depth;
    }
    int depth = 0;
    int deepest = 0;
  };
  const SessionLimits limits;
  Session session(start, limits);
  Watching effects(session);
  session.receive(many_subscriptions(10'000), start, effects);
  EXPECT_EQ(effects.deepest, 0);
  session.accept({.session_present = false}, start, effects);
  EXPECT_EQ(effects.deepest, 1);
  EXPECT_EQ(session.held_bytes(), 0u);
}

}  // namespace
}  // namespace herald::mqtt
