#include "net/admin_server.h"

#include <sys/socket.h>

#include "net/http_client.h"
#include "server_fixture.h"

namespace herald {
namespace {

class AdminServerTest : public testing::ServerTest {
 protected:
  static net::AdminSettings settings(std::string token = {}) {
    return {.address = net::Address{"127.0.0.1", 0}, .chosen = true, .token = std::move(token)};
  }
  std::unique_ptr<net::AdminServer> make(const net::AdminSettings& with) {
    return std::make_unique<net::AdminServer>(
        health_, [] { return std::string("lamps 1\n"); }, nullptr, with);
  }
  static api::HttpResponse get(const net::AdminServer& admin, const std::string& path) {
    return net::HttpClient(*admin.address()).send("GET", path, "", "").value();
  }
  // With a header of its own: the whole answer as it came.
  static std::string get(const net::AdminServer& admin, const std::string& path,
                         const std::string& header) {
    const auto socket = net::connect_to(*admin.address());
    const std::string request =
        "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + "\r\n\r\n";
    EXPECT_EQ(::send(socket->get(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string received;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::recv(socket->get(), buffer, sizeof buffer, 0)) > 0;) {
      received.append(buffer, static_cast<std::size_t>(count));
    }
    return received;
  }
};

TEST_F(AdminServerTest, ServesTheMetrics) {
  const auto admin = make(settings());
  ASSERT_TRUE(admin->start());
  const auto answer = get(*admin, "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "lamps 1\n");
  EXPECT_EQ(get(*admin, "/other").status, 404);
}

TEST_F(AdminServerTest, TellsHowTheShardsAre) {
  const auto admin = make(settings());
  ASSERT_TRUE(admin->start());
  EXPECT_EQ(get(*admin, "/healthz").body, "ok\n");
  EXPECT_EQ(get(*admin, "/readyz").body, "ok\n");
  ready_ = false;
  EXPECT_EQ(get(*admin, "/readyz").status, 503);
}

TEST_F(AdminServerTest, TheApiPortAnswersTheSameProbes) {
  net::HttpClient client(api());
  EXPECT_EQ(client.send("GET", "/healthz", "", "")->body, "ok\n");
  ready_ = false;
  const auto answer = client.send("GET", "/readyz", "", "");
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "not ready\n");
}

TEST_F(AdminServerTest, WithATokenOnlyItsOwnerReadsTheMetrics) {
  const auto admin = make(settings("tell me"));
  ASSERT_TRUE(admin->start());
  EXPECT_EQ(get(*admin, "/metrics").status, 401);
  EXPECT_TRUE(get(*admin, "/metrics", "Authorization: Bearer tell mE").starts_with("HTTP/1.1 401"));
  EXPECT_TRUE(get(*admin, "/metrics", "Authorization: Basic tell me").starts_with("HTTP/1.1 401"));
  EXPECT_TRUE(get(*admin, "/metrics", "authorization: Bearer tell me").ends_with("lamps 1\n"));
  EXPECT_EQ(get(*admin, "/healthz").status, 200);
}

TEST_F(AdminServerTest, AnAddressThatOthersReachNeedsAToken) {
  auto open = settings();
  open.address->host = "0.0.0.0";
  const auto refused = make(open)->start();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("admin_token"), std::string::npos);
  open.token = "tell me";
  EXPECT_TRUE(make(open)->start());
}

TEST_F(AdminServerTest, APortThatIsTakenIsAnErrorOnlyIfItWasChosen) {
  auto taken = settings();
  taken.address->port = server_.api_port();
  const auto refused = make(taken)->start();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("`admin`"), std::string::npos);
  taken.chosen = false;
  const auto admin = make(taken);
  EXPECT_TRUE(admin->start());
  EXPECT_FALSE(admin->address());
}

TEST_F(AdminServerTest, ItCanBeOff) {
  const auto admin = make({.address = std::nullopt, .chosen = true});
  EXPECT_TRUE(admin->start());
  EXPECT_FALSE(admin->address());
}

// What the homes hand over and what the edges take is one ledger.
TEST_F(AdminServerTest, DeliveriesAddUp) {
  const auto lamp = add_device("lamp1");
  const auto never = add_device("lamp2");
  client::DeviceFleet fleet(mqtt(), {member(*lamp)}, {});
  ASSERT_TRUE(fleet.connect());
  publish(Qos::at_most_once, {lamp->id, never->id}, "once");
  publish(Qos::at_least_once, {lamp->id, never->id}, "at least");
  const auto in = [this](Outcome state) {
    std::int64_t sum = 0;
    for (const auto& counts : homes_.counts()) {
      sum += counts.in_state[static_cast<std::size_t>(state)].value();
    }
    return sum;
  };
  EXPECT_TRUE(fleet.run(std::chrono::seconds(30), [&] {
    return in(Outcome::sent) == 1 && in(Outcome::acked) == 1 && in(Outcome::dropped) == 2;
  }));
  EXPECT_EQ(in(Outcome::inflight), 0);
  EXPECT_EQ(server_.connects(net::ConnectResult::accepted), 1);
  EXPECT_EQ(server_.device_connections(), 1);
}

}  // namespace
}  // namespace herald
