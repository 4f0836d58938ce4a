#include "net/message_properties.h"

#include <gtest/gtest.h>

namespace herald::net {
namespace {

using namespace std::chrono_literals;

const Time start = time_of(1'700'000'000'000);

TEST(MessageProperties, TheExpiryIntervalIsLessTheTimeAMessageWaited) {  // [MQTT-3.3.2-6]
  Message message;
  message.created = start;
  message.deadline = start + 60s;
  WrittenProperties at_once, later;
  EXPECT_EQ(at_once.of(message, "lamp1", start)->message_expiry, 60u);
  EXPECT_EQ(later.of(message, "lamp1", start + 45s)->message_expiry, 15u);
}

}  // namespace
}  // namespace herald::net
