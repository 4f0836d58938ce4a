#include "net/websocket.h"

#include <gtest/gtest.h>

#include <string>

namespace herald::net {
namespace {

std::string request(const std::string& more = "Sec-WebSocket-Version: 13\r\n",
                    const std::string& protocol = "mqtt") {
  return "GET /any/path HTTP/1.1\r\nHost: herald\r\nUpgrade: websocket\r\n"
         "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
         "Sec-WebSocket-Protocol: " +
         protocol + "\r\n" + more + "\r\n";
}

// A client's frame with a short payload, masked.
std::string frame(unsigned first_byte, const std::string& payload) {
  const char mask[] = {0x11, 0x22, 0x33, 0x44};
  std::string made{static_cast<char>(first_byte), static_cast<char>(0x80 | payload.size())};
  made.append(mask, sizeof mask);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    made.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
  }
  return made;
}

class WebSocketTest : public ::testing::Test {
 protected:
  bool receive(std::string_view bytes) { return socket_.receive(bytes, data_, reply_); }
  void upgrade() {
    ASSERT_TRUE(receive(request()));
    reply_.clear();
  }
  // The close frame that was answered with.
  void expect_closed(int code) {
    EXPECT_EQ(reply_, std::string({'\x88', '\x02', static_cast<char>(code >> 8),
                                   static_cast<char>(code & 0xFF)}));
    EXPECT_FALSE(socket_.open());
  }

  WebSocket socket_{WebSocket::Limits{.frame_bytes_max = 1000}};
  std::string data_;
  std::string reply_;
};

TEST_F(WebSocketTest, TheUpgradeIsAnsweredAsTheStandardsExampleIs) {  // RFC 6455, section 1.3.
  EXPECT_TRUE(receive(request()));
  EXPECT_TRUE(reply_.starts_with("HTTP/1.1 101 "));
  EXPECT_NE(reply_.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), reply_.npos);
  EXPECT_TRUE(socket_.open());
}

TEST_F(WebSocketTest, TheSubprotocolIsTheFirstThatIsMqtt) {  // [MQTT-6.0.0-3], [MQTT-6.0.0-4]
  EXPECT_TRUE(receive(request("Sec-WebSocket-Version: 13\r\n", "soap, mqttv3.1, mqtt")));
  EXPECT_NE(reply_.find("Sec-WebSocket-Protocol: mqttv3.1\r\n"), reply_.npos);
}

TEST_F(WebSocketTest, WithoutAnMqttSubprotocolTheRequestIsBad) {
  EXPECT_FALSE(receive(request("Sec-WebSocket-Version: 13\r\n", "soap")));
  EXPECT_TRUE(reply_.starts_with("HTTP/1.1 400 "));
}

TEST_F(WebSocketTest, AnotherVersionIsToldWhichOneIsSpoken) {
  EXPECT_FALSE(receive(request("Sec-WebSocket-Version: 8\r\n")));
  EXPECT_TRUE(reply_.starts_with("HTTP/1.1 426 "));
  EXPECT_NE(reply_.find("Sec-WebSocket-Version: 13"), reply_.npos);
}

TEST_F(WebSocketTest, AnOrdinaryRequestIsBad) {
  EXPECT_FALSE(receive("GET / HTTP/1.1\r\nHost: herald\r\n\r\n"));
  EXPECT_TRUE(reply_.starts_with("HTTP/1.1 400 "));
}

TEST_F(WebSocketTest, AHeadWithoutEndIsBounded) {
  EXPECT_TRUE(receive("GET / HTTP/1.1\r\nX: "));
  EXPECT_FALSE(receive(std::string(100'000, 'x')));
  EXPECT_TRUE(reply_.starts_with("HTTP/1.1 431 "));
}

TEST_F(WebSocketTest, BinaryMessagesAreUnmasked) {
  upgrade();
  EXPECT_TRUE(receive(frame(0x82, "hello") + frame(0x82, "world")));
  EXPECT_EQ(data_, "helloworld");
}

TEST_F(WebSocketTest, AnySplitOfTheBytesMeansTheSame) {
  const std::string bytes =
      request() + frame(0x02, "he") + frame(0x89, "ping") + frame(0x80, "llo") + frame(0x82, "!");
  std::string whole_data, whole_reply;
  EXPECT_TRUE(WebSocket({}).receive(bytes, whole_data, whole_reply));
  WebSocket socket({});
  for (const char byte : bytes) EXPECT_TRUE(socket.receive({&byte, 1}, data_, reply_));
  EXPECT_EQ(data_, "hello!");
  EXPECT_EQ(data_, whole_data);
  EXPECT_EQ(reply_, whole_reply);
}

TEST_F(WebSocketTest, APingIsAnswered) {
  upgrade();
  EXPECT_TRUE(receive(frame(0x89, "are you there")));
  EXPECT_EQ(reply_,
            "\x8A\x0D"
            "are you there");
}

TEST_F(WebSocketTest, GoodByeIsAnsweredAndEndsIt) {
  upgrade();
  EXPECT_FALSE(receive(frame(0x88, "\x03\xE8")));
  EXPECT_EQ(reply_, "\x88\x02\x03\xE8");
  EXPECT_FALSE(receive(frame(0x82, "too late")));
  EXPECT_EQ(data_, "");
}

TEST_F(WebSocketTest, TextEndsIt) {  // [MQTT-6.0.0-1]
  upgrade();
  EXPECT_FALSE(receive(frame(0x81, "text")));
  expect_closed(1003);
}

TEST_F(WebSocketTest, AFrameThatIsNotMaskedEndsIt) {
  upgrade();
  EXPECT_FALSE(receive(std::string("\x82\x01x", 3)));
  expect_closed(1002);
}

TEST_F(WebSocketTest, AFrameLargerThanAllowedEndsItBeforeItArrives) {
  upgrade();
  EXPECT_FALSE(receive(std::string("\x82\xFF\x00\x00\x00\x01\x00\x00\x00\x00mask", 14)));
  expect_closed(1009);
}

TEST_F(WebSocketTest, AContinuationOfNothingEndsIt) {
  upgrade();
  EXPECT_FALSE(receive(frame(0x80, "x")));
  expect_closed(1002);
}

TEST_F(WebSocketTest, APingInPiecesEndsIt) {
  upgrade();
  EXPECT_FALSE(receive(frame(0x09, "x")));
  expect_closed(1002);
}

TEST_F(WebSocketTest, ReservedBitsEndIt) {
  upgrade();
  EXPECT_FALSE(receive(frame(0xC2, "x")));
  expect_closed(1002);
}

TEST_F(WebSocketTest, ALengthLongerThanItNeedsToBeEndsIt) {
  upgrade();
  EXPECT_FALSE(receive(std::string("\x82\xFE\x00\x05maskhello", 13)));
  expect_closed(1002);
}

TEST_F(WebSocketTest, FramesToClientsAreNotMasked) {
  std::string small, middle, large;
  WebSocket::put_frame_head(5, small);
  WebSocket::put_frame_head(300, middle);
  WebSocket::put_frame_head(70'000, large);
  EXPECT_EQ(small, std::string("\x82\x05"));
  EXPECT_EQ(middle, std::string("\x82\x7E\x01\x2C"));
  EXPECT_EQ(large, std::string("\x82\x7F\x00\x00\x00\x00\x00\x01\x11\x70", 10));
}

}  // namespace
}  // namespace herald::net
