#include <sys/socket.h>

#include "net/http_client.h"
#include "server_fixture.h"

namespace herald {
namespace {

class HttpServerTest : public testing::ServerTest {
 protected:
  // Sends raw bytes as far as the server takes them, and reads until it closes or `until` has come.
  std::string exchange(std::string_view bytes, std::string_view until = "\xff") {
    auto socket = net::connect_to(api());
    EXPECT_TRUE(socket);
    std::string received;
    std::size_t sent = 0;
    char buffer[4096];
    while (received.find(until) == received.npos) {
      if (sent < bytes.size()) {
        const auto count =
            ::send(socket->get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        sent = count < 0 ? bytes.size() : sent + static_cast<std::size_t>(count);
        if (sent < bytes.size()) continue;
      }
      const auto count = ::recv(socket->get(), buffer, sizeof buffer, 0);
      if (count <= 0) break;
      received.append(buffer, static_cast<std::size_t>(count));
    }
    return received;
  }
};

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  const std::string received = exchange(
      "GET /one HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\nConnection: "
      "close\r\n\r\n");
  const auto one = received.find("/one");
  const auto two = received.find("/two");
  ASSERT_NE(one, received.npos);
  ASSERT_NE(two, received.npos);
  EXPECT_LT(one, two);
}

TEST_F(HttpServerTest, AChunkedBodyIsPutTogether) {
  const std::string received = exchange(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  EXPECT_TRUE(received.ends_with("/abcdefg")) << received;
}

TEST_F(HttpServerTest, ARequestLineOfAlmostTwoMegabytesIsTaken) {
  const std::string target = "/" + std::string(2'000'000, 'a');
  const std::string received =
      exchange("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(received.starts_with("HTTP/1.1 200")) << received.substr(0, 100);
  EXPECT_TRUE(received.ends_with(target));
}

TEST_F(HttpServerTest, AHeadThatIsTooLargeIsRefused) {
  const std::string received =
      exchange("GET /" + std::string(limits::request_head_bytes_max + 1000, 'a'));
  EXPECT_TRUE(received.starts_with("HTTP/1.1 431")) << received.substr(0, 100);
}

TEST_F(HttpServerTest, MoreThanAHundredFieldsAreRefused) {
  std::string request = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 200; ++i) request += "a:\r\n";
  EXPECT_TRUE(exchange(request).starts_with("HTTP/1.1 431"));
}

TEST_F(HttpServerTest, FieldsOfMoreThanTheirShareAreRefused) {
  const std::string received =
      exchange("GET / HTTP/1.1\r\na: " + std::string(300 * limits::KiB, 'x'));
  EXPECT_TRUE(received.starts_with("HTTP/1.1 431")) << received.substr(0, 100);
}

TEST_F(HttpServerTest, ARefusalIsReadByTheSdks) {
  const std::string received = exchange("\x10 hello world\r\n\r\n");
  EXPECT_NE(received.find("Content-Type: application/json"), received.npos) << received;
  EXPECT_NE(received.find("\"Code\":"), received.npos) << received;
}

TEST_F(HttpServerTest, APortThatIsTakenIsNotShared) { EXPECT_FALSE(net::check_free(api())); }

TEST_F(HttpServerTest, ABodyThatIsTooLargeIsRefused) {
  const std::string received =
      exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n");
  EXPECT_TRUE(received.starts_with("HTTP/1.1 413")) << received.substr(0, 100);
}

TEST_F(HttpServerTest, WhatIsNoHttpIsRefused) {
  EXPECT_TRUE(exchange("\x10 hello world\r\n\r\n").starts_with("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, ReadyAnswersOnceItServes) {
  net::HttpClient client(api());
  const auto answer = client.send("GET", "/readyz", "", "");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST_F(HttpServerTest, AConnectionServesManyRequests) {
  net::HttpClient client(api());
  for (int i = 0; i < 5; ++i) {
    const auto answer = client.send("POST", "/call", "text/plain", std::to_string(i));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "/call" + std::to_string(i));
  }
}

TEST(HttpBudget, GivesBackWhatARequestHeld) {
  net::HttpBudget budget(100);
  {
    net::HttpBudget::Share first(budget);
    EXPECT_TRUE(first.grow_to(80));
    net::HttpBudget::Share second(budget);
    EXPECT_FALSE(second.grow_to(30));
    EXPECT_TRUE(second.grow_to(20));
  }
  net::HttpBudget::Share again(budget);
  EXPECT_TRUE(again.grow_to(100));
}

}  // namespace
}  // namespace herald
