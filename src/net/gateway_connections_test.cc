#include "net/gateway_connections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <deque>
#include <map>

#include "api/testing.h"
#include "base/crypto.h"
#include "core/gateway_codes.h"
#include "model/device_signature.h"
#include "mqtt/packet.h"
#include "net/device_edge.h"

// Gateways and their sub-devices on MQTT sessions, without sockets.
namespace herald::net {
namespace {

namespace json = boost::json;
namespace code = gateway_code;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A PUBLISH that a client received.
struct Received {
  std::string topic;
  std::string payload;
  mqtt::PacketId packet_id = 0;
  bool duplicate = false;
};

class Connections final : public DeviceConnections {
 public:
  explicit Connections(const Clock& clock) : clock_(clock) { limits.window = 4; }

  struct Client final : public mqtt::Effects {
    Client(DeviceEdge& at, ConnectionRef place, Time now, const mqtt::SessionLimits& limits)
        : edge(at), ref(place), session(now, limits) {}
    void write(std::string_view head, const SharedBytes& body) override {
      bytes += head;
      bytes += body.view();
    }
    void connect(const mqtt::Connect& request) override {
      edge.connect(ref, request, {.address = "10.0.0.1"});
    }
    void subscribe(const mqtt::Subscribe& request) override { edge.subscribe(ref, request); }
    void unsubscribe(const mqtt::Unsubscribe& request) override { edge.unsubscribe(ref, request); }
    void publish(const mqtt::Publish& message) override { edge.publish(ref, message); }
    void acknowledged(mqtt::DeliveryKey key) override { edge.acknowledged(ref, key); }
    void close(mqtt::CloseReason reason, std::string_view) override { closed = reason; }

    DeviceEdge& edge;
    ConnectionRef ref;
    mqtt::Session session;
    std::string bytes;  // That it was sent and has not looked at.
    mqtt::CloseReason closed = mqtt::CloseReason::none;
    bool has_ended = false;
  };

  Client& open(DeviceEdge& edge) {
    const auto slot = static_cast<std::uint32_t>(clients_.size());
    return clients_.emplace_back(edge, ConnectionRef{0, slot, 1}, clock_.now(), limits);
  }
  // Says what has ended, and that the turn has.
  void end_turn() {
    for (Client& client : clients_) {
      if (client.closed == mqtt::CloseReason::none || std::exchange(client.has_ended, true)) {
        continue;
      }
      client.edge.ended(client.ref, client.session, client.closed);
    }
    if (!clients_.empty()) clients_.front().edge.turn_ended();
  }

  void accept(const ConnectionRef& at, const mqtt::Acceptance& acceptance) override {
    if (auto* client = find(at)) client->session.accept(acceptance, clock_.now(), *client);
  }
  void refuse(const ConnectionRef& at, mqtt::ReasonCode reason, std::string_view why) override {
    if (auto* client = find(at)) client->session.refuse(reason, why, *client);
  }
  void suback(const ConnectionRef& at, mqtt::PacketId id, std::string_view codes) override {
    if (auto* client = find(at)) client->session.suback(id, codes, *client);
  }
  void unsuback(const ConnectionRef& at, mqtt::PacketId id, std::string_view codes) override {
    if (auto* client = find(at)) client->session.unsuback(id, codes, *client);
  }
  void puback(const ConnectionRef& at, mqtt::PacketId id, mqtt::ReasonCode reason) override {
    if (auto* client = find(at)) client->session.puback(id, clock_.now(), *client, reason);
  }
  void close(const ConnectionRef& at, mqtt::CloseReason reason) override {
    if (auto* client = find(at)) client->session.close(reason, *client);
  }
  void move(const ConnectionRef&, ShardIndex, Moved) override { FAIL() << "there is one shard"; }
  const mqtt::Session* session(const ConnectionRef& at) const override {
    const Client* client = find(at);
    return client == nullptr ? nullptr : &client->session;
  }
  Handed deliver(const ConnectionRef& at, const mqtt::Delivery& delivery) override {
    Client* client = find(at);
    if (client == nullptr || !client->session.connected()) return Handed::gone;
    return client->session.deliver(delivery, *client) ? Handed::over : Handed::too_large;
  }

  mqtt::SessionLimits limits;

 private:
  Client* find(const ConnectionRef& at) const {
    Client& client = clients_[at.slot];
    return client.closed == mqtt::CloseReason::none ? &client : nullptr;
  }
  const Clock& clock_;
  mutable std::deque<Client> clients_;
};

class GatewayConnectionsTest : public ::testing::Test {
 protected:
  using Client = Connections::Client;
  using Pairs = api::testing::Pairs;

  GatewayConnectionsTest() {
    edge_.use(connections_);
    connect_homes(platform_.homes, platform_.broadcasts, platform_.retained, platform_.uplink,
                  platform_.publisher, platform_.rates);
    lamps_ = platform_.make_product("Lamps");
    gateways_ =
        must("CreateProduct", {{"ProductName", "Gateways"}, {"NodeType", "1"}}).text("ProductKey");
    for (const char* name : {"lamp1", "lamp2"}) platform_.make_device(lamps_, name);
    for (const char* name : {"hall", "roof"}) platform_.make_device(gateways_, name);
    belong("hall", {"lamp1", "lamp2"});
  }
  ~GatewayConnectionsTest() override { settle(); }

  api::testing::Answer must(const std::string& action, Pairs params) {
    auto answer = platform_.call(action, std::move(params));
    EXPECT_EQ(answer.code(), "") << action;
    return answer;
  }
  Pairs names(const std::string& lamp) const {
    return {{"ProductKey", lamps_}, {"DeviceName", lamp}};
  }
  DeviceView view(const std::string& product, const std::string& name) const {
    return *platform_.registry.device(ProductKey::parse(product).value(), name);
  }
  std::string status(const std::string& lamp) {
    return std::string(must("GetDeviceStatus", names(lamp)).data("Status").as_string());
  }
  void belong(const std::string& gateway, const std::vector<std::string>& lamps) {
    std::vector<DeviceId> ids;
    for (const std::string& lamp : lamps) ids.push_back(view(lamps_, lamp).device->id);
    platform_.gateways.bind(*view(gateways_, gateway).device, ids, Gateways::By::gateway, {},
                            [](const Result<void>& bound) { EXPECT_TRUE(bound); });
    settle();
  }
  void settle() {
    do {
      platform_.shards.run();
      connections_.end_turn();
    } while (platform_.shards.run());
  }

  Client& connect(const std::string& product, const std::string& name,
                  mqtt::Version version = mqtt::Version::v3_1_1,
                  const mqtt::Properties& properties = {}) {
    Client& client = connections_.open(edge_);
    const std::string& secret = platform_.storage.secrets.at(view(product, name).device->id);
    const auto made = credentials_of(product, name, secret, /*over_tls=*/false);
    std::string packet;
    mqtt::write_connect({.version = version,
                         .clean_session = true,
                         .keep_alive = 60,
                         .client_id = made.client_id,
                         .username = made.username,
                         .password = made.password,
                         .properties = properties},
                        packet);
    say(client, packet);
    EXPECT_TRUE(client.session.connected());
    client.bytes.clear();
    return client;
  }
  Client& connect_gateway(const std::string& name) { return connect(gateways_, name); }
  void say(Client& client, const std::string& packet) {
    client.session.receive(packet, platform_.clock.now(), client);
    settle();
  }
  void lose(Client& client) {
    client.session.close(mqtt::CloseReason::connection_lost, client);
    settle();
  }
  static std::string publish_packet(const Client& client, std::string_view topic,
                                    std::string_view payload) {
    std::string packet;
    mqtt::write_publish_head({.topic = topic}, payload.size(), packet, client.session.version());
    return packet.append(payload);
  }
  void publish(Client& client, std::string_view topic, std::string_view payload) {
    say(client, publish_packet(client, topic, payload));
  }
  void acknowledge(Client& client, mqtt::PacketId id) {
    std::string packet;
    mqtt::write_puback({.packet_id = id}, packet, client.session.version());
    say(client, packet);
  }
  // The codes of SUBACK.
  std::string subscribe(Client& client, const std::vector<std::string>& filters) {
    mqtt::Subscribe request{.packet_id = 9, .entries = {}, .properties = {}};
    for (const std::string& filter : filters)
      request.entries.push_back({.filter = filter, .qos = 1});
    std::string packet;
    mqtt::write_subscribe(request, packet, client.session.version());
    say(client, packet);
    std::string codes;
    take(client, [&](const mqtt::Frame& frame) {
      if (const auto suback = mqtt::read_suback(frame, client.session.version())) {
        codes = suback->codes;
      }
    });
    return codes;
  }
  template <class Look>
  static void take(Client& client, Look look) {
    const std::string bytes = std::exchange(client.bytes, {});
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const auto frame = mqtt::next_frame(rest, limits::MiB);
      ASSERT_TRUE(frame && *frame);
      look(**frame);
      rest.remove_prefix((*frame)->size);
    }
  }
  static std::vector<Received> received(Client& client) {
    std::vector<Received> all;
    take(client, [&](const mqtt::Frame& frame) {
      if (frame.type != mqtt::PacketType::publish) return;
      const auto message = mqtt::read_publish(frame, client.session.version());
      all.push_back({std::string(message->topic), std::string(message->payload), message->packet_id,
                     message->duplicate});
    });
    return all;
  }
  static std::vector<std::string> payloads(const std::vector<Received>& all) {
    std::vector<std::string> texts;
    for (const Received& each : all) texts.push_back(each.payload);
    return texts;
  }

  std::string topic(const std::string& lamp) const {
    return "/" + lamps_ + "/" + lamp + "/user/get";
  }
  json::object login_of(const std::string& lamp, bool clean = true, std::string secret = "") const {
    if (secret.empty()) secret = platform_.storage.secrets.at(view(lamps_, lamp).device->id);
    Hasher hasher = Hasher::hmac(Digest::sha256, secret);
    hasher.add("clientIdxdeviceName" + lamp + "productKey" + lamps_ + "timestamp1");
    return {{"productKey", lamps_},
            {"deviceName", lamp},
            {"clientId", "x"},
            {"timestamp", "1"},
            {"signMethod", "hmacSha256"},
            {"sign", to_hex(hasher.finish())},
            {"cleanSession", clean ? "true" : "false"}};
  }
  std::string request_topic(const std::string& gateway, const std::string& action) const {
    return "/ext/session/" + gateways_ + "/" + gateway + "/combine/" + action;
  }
  static std::string request(const json::value& params) {
    return json::serialize(json::object{{"id", "3"}, {"params", params}});
  }
  // The code of the reply.
  std::int64_t ask(Client& client, const std::string& gateway, const std::string& action,
                   const json::value& params) {
    const std::string at = request_topic(gateway, action);
    publish(client, at, request(params));
    return reply(client, at);
  }
  std::int64_t reply(Client& client, const std::string& at) {
    std::int64_t code = 0;
    others_.clear();
    for (Received& each : received(client)) {
      if (each.topic == at + "_reply") {
        code = json::parse(each.payload).at("code").as_int64();
      } else {
        others_.push_back(std::move(each));
      }
    }
    return code;
  }
  std::int64_t log_in(Client& client, const std::string& gateway, const std::string& lamp,
                      bool clean = true) {
    return ask(client, gateway, "login", login_of(lamp, clean));
  }
  // The code of the one error that was pushed.
  static std::int64_t error_of(const std::vector<Received>& all) {
    for (const Received& each : all) {
      if (each.topic.starts_with("/ext/error/")) {
        return json::parse(each.payload).at("code").as_int64();
      }
    }
    return 0;
  }
  std::string send(const std::vector<std::string>& lamps, const std::string& text,
                   const std::string& qos = "1") {
    Pairs params{{"ProductKey", lamps_},
                 {"TopicShortName", "get"},
                 {"MessageContent", to_base64(text)},
                 {"Qos", qos}};
    for (std::size_t i = 0; i < lamps.size(); ++i) {
      params.emplace_back("DeviceName." + std::to_string(i + 1), lamps[i]);
    }
    auto answer = must("BatchPub", std::move(params));
    settle();
    return answer.text("MessageId");
  }
  std::string state(const std::string& message) {
    const auto answer = must("QueryMessageReceipts", {{"MessageId", message}});
    const auto& receipt = answer.data("Receipts").at("Receipt").at(0);
    return std::string(receipt.at("State").as_string());
  }

  api::testing::TestPlatform platform_;
  DeviceEdge edge_{0, platform_.shards, platform_.platform};
  Connections connections_{platform_.clock};
  std::string lamps_, gateways_;
  std::vector<Received> others_;  // What came with the last reply.
};

TEST_F(GatewayConnectionsTest, ASubDeviceSignsInAndOut) {
  Client& hall = connect_gateway("hall");
  EXPECT_EQ(status("lamp1"), "UNACTIVE");
  EXPECT_EQ(log_in(hall, "hall", "lamp1"), 200);
  EXPECT_EQ(status("lamp1"), "ONLINE");
  EXPECT_EQ(log_in(hall, "hall", "lamp1"), 200) << "again";
  const json::object names{{"productKey", lamps_}, {"deviceName", "lamp1"}};
  EXPECT_EQ(ask(hall, "hall", "logout", names), 200);
  EXPECT_EQ(status("lamp1"), "OFFLINE");
  EXPECT_EQ(ask(hall, "hall", "logout", names), code::no_session);
}

TEST_F(GatewayConnectionsTest, WhoMayNotSignInIsRefused) {
  Client& hall = connect_gateway("hall");
  EXPECT_EQ(ask(hall, "hall", "login", login_of("lamp1", true, "another")), code::sign_wrong);
  EXPECT_EQ(ask(hall, "hall", "login", json::object()), 460);
  json::object unknown = login_of("lamp1");
  unknown["deviceName"] = "nobody";
  EXPECT_EQ(ask(hall, "hall", "login", unknown), code::device_unknown);
  Client& roof = connect_gateway("roof");
  EXPECT_EQ(log_in(roof, "roof", "lamp1"), code::not_in_topology);
  must("DisableThing", names("lamp1"));
  EXPECT_EQ(log_in(hall, "hall", "lamp1"), code::disabled);
  EXPECT_EQ(status("lamp2"), "UNACTIVE");
}

TEST_F(GatewayConnectionsTest, ABatchIsAllOrNothing) {
  Client& hall = connect_gateway("hall");
  const auto batch = [&](const json::value& second) {
    return ask(hall, "hall", "batch_login",
               json::object{{"deviceList", json::array{login_of("lamp1"), second}}});
  };
  EXPECT_EQ(batch(login_of("lamp2", true, "another")), code::sign_wrong);
  EXPECT_EQ(status("lamp1"), "UNACTIVE");
  EXPECT_EQ(batch(login_of("lamp2")), 200);
  EXPECT_EQ(status("lamp1"), "ONLINE");
  EXPECT_EQ(status("lamp2"), "ONLINE");
}

TEST_F(GatewayConnectionsTest, MessagesReachASubDeviceThroughItsGateway) {
  Client& hall = connect_gateway("hall");
  EXPECT_EQ(subscribe(hall, {topic("lamp1")}), "\x80") << "before it has signed in";
  EXPECT_EQ(log_in(hall, "hall", "lamp1"), 200);
  EXPECT_EQ(subscribe(hall, {topic("lamp1"), "/" + gateways_ + "/hall/user/get", topic("lamp2")}),
            std::string("\x01\x01\x80"));
  send({"lamp1", "lamp2"}, "quick", "0");
  const std::string kept = send({"lamp1"}, "sure");
  const auto all = received(hall);
  EXPECT_THAT(payloads(all), ElementsAre("quick", "sure"));
  EXPECT_EQ(all.back().topic, topic("lamp1"));
  EXPECT_EQ(state(kept), "inflight");
  acknowledge(hall, all.back().packet_id);
  EXPECT_EQ(state(kept), "acked");
}

TEST_F(GatewayConnectionsTest, WhatAGatewayPublishesForASubDeviceIsTheSubDevices) {
  Client& hall = connect_gateway("hall");
  EXPECT_EQ(log_in(hall, "hall", "lamp1"), 200);
  const std::string shadow = "/shadow/update/" + lamps_ + "/";
  publish(hall, shadow + "lamp1",
          R"({"method":"update","state":{"reported":{"on":1}},"version":1})");
  const auto told = received(hall);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].topic, "/shadow/get/" + lamps_ + "/lamp1");
  EXPECT_NE(must("GetDeviceShadow", names("lamp1")).text("ShadowMessage").find("\"on\":1"),
            std::string::npos);

  publish(hall, shadow + "lamp2", R"({"method":"get"})");
  EXPECT_EQ(error_of(received(hall)), code::no_session);
  publish(hall, "/shadow/update/other/lamp", R"({"method":"get"})");
  EXPECT_EQ(error_of(received(hall)), code::not_in_topology);
}

TEST_F(GatewayConnectionsTest, WithItsGatewayASubDeviceIsGoneAndItsMessagesWait) {
  Client& hall = connect_gateway("hall");
  EXPECT_EQ(log_in(hall, "hall", "lamp1", /*clean=*/false), 200);
  EXPECT_EQ(subscribe(hall, {topic("lamp1")}), "\x01");
  send({"lamp1"}, "sent");
  EXPECT_THAT(payloads(received(hall)), ElementsAre("sent"));
  lose(hall);
  EXPECT_EQ(status("lamp1"), "OFFLINE");
  const std::string waits = send({"lamp1"}, "waits");
  EXPECT_EQ(state(waits), "queued");

  belong("roof", {"lamp1"});
  Client& roof = connect_gateway("roof");
  EXPECT_EQ(log_in(roof, "roof", "lamp1", /*clean=*/false), 200);
  EXPECT_THAT(payloads(others_), ElementsAre("sent", "waits"));
  EXPECT_TRUE(others_[0].duplicate);
  EXPECT_FALSE(others_[1].duplicate);
}

// The client's window is 4 here, and a home sends up to 4 to each device.
TEST_F(GatewayConnectionsTest, DevicesShareTheWindowAndNothingIsLost) {
  Client& hall = connect_gateway("hall");
  for (const char* lamp : {"lamp1", "lamp2"}) {
    EXPECT_EQ(log_in(hall, "hall", lamp), 200);
    EXPECT_EQ(subscribe(hall, {topic(lamp)}), "\x01");
  }
  std::vector<std::string> messages;
  for (int i = 0; i < 6; ++i) messages.push_back(send({"lamp1", "lamp2"}, std::to_string(i)));
  std::map<std::string, std::vector<std::string>> by_topic;
  std::deque<mqtt::PacketId> unacknowledged;
  const auto hear = [&] {
    for (const Received& each : received(hall)) {
      by_topic[each.topic].push_back(each.payload);
      unacknowledged.push_back(each.packet_id);
    }
    EXPECT_LE(unacknowledged.size(), 4u);
  };
  for (hear(); !unacknowledged.empty(); hear()) {
    const mqtt::PacketId oldest = unacknowledged.front();
    unacknowledged.pop_front();
    acknowledge(hall, oldest);
  }
  EXPECT_THAT(by_topic[topic("lamp1")], ElementsAre("0", "1", "2", "3", "4", "5"));
  EXPECT_THAT(by_topic[topic("lamp2")], ElementsAre("0", "1", "2", "3", "4", "5"));
  for (const std::string& message : messages) EXPECT_EQ(state(message), "acked");
}

TEST_F(GatewayConnectionsTest, NothingOvertakesWhatWaits) {
  Client& hall = connect(gateways_, "hall", mqtt::Version::v5, {.maximum_packet_size = 1'000});
  for (const char* lamp : {"lamp1", "lamp2"}) {
    EXPECT_EQ(log_in(hall, "hall", lamp), 200);
    EXPECT_EQ(subscribe(hall, {topic(lamp)}), "\x01");
  }
  for (int i = 0; i < 4; ++i) send({"lamp1"}, "fills the window");
  const auto first = received(hall);
  ASSERT_EQ(first.size(), 4u);
  const std::string large = send({"lamp2"}, std::string(2'000, 'x'));
  for (const char* text : {"1", "2", "3", "4"}) send({"lamp2"}, text);
  for (const Received& each : first) acknowledge(hall, each.packet_id);
  EXPECT_EQ(state(large), "dropped") << "it never fits, and lets its home send the next";
  EXPECT_THAT(payloads(received(hall)), ElementsAre("1", "2", "3", "4"));
}

TEST_F(GatewayConnectionsTest, AnAcknowledgementAfterTheEndIsNobodys) {
  Client& hall = connect_gateway("hall");
  EXPECT_EQ(log_in(hall, "hall", "lamp1", /*clean=*/false), 200);
  EXPECT_EQ(subscribe(hall, {topic("lamp1")}), "\x01");
  const std::string message = send({"lamp1"}, "hello");
  const auto first = received(hall);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(
      ask(hall, "hall", "logout", json::object{{"productKey", lamps_}, {"deviceName", "lamp1"}}),
      200);
  EXPECT_EQ(state(message), "queued");
  acknowledge(hall, first[0].packet_id);
  EXPECT_EQ(state(message), "queued");
  EXPECT_EQ(log_in(hall, "hall", "lamp1", /*clean=*/false), 200);
  ASSERT_EQ(others_.size(), 1u);
  EXPECT_TRUE(others_[0].duplicate);
  acknowledge(hall, others_[0].packet_id);
  EXPECT_EQ(state(message), "acked");
}

// A word that is on its way when the device comes back.
TEST_F(GatewayConnectionsTest, ADeviceThatIsCutOffWhileItSignsInIsAnswered) {
  connect(lamps_, "lamp1");
  Client& hall = connect_gateway("hall");
  const std::string at = request_topic("hall", "login");
  // Its home waits for the end of the connection before, which comes with the end of the turn.
  hall.session.receive(publish_packet(hall, at, request(login_of("lamp1"))), platform_.clock.now(),
                       hall);
  platform_.shards.run();
  edge_.cut(view(lamps_, "lamp1").device->id, hall.ref, CutReason::taken_over);
  settle();
  EXPECT_EQ(reply(hall, at), code::logged_in_twice);
  EXPECT_EQ(status("lamp1"), "OFFLINE");
  EXPECT_EQ(log_in(hall, "hall", "lamp1"), 200);
  EXPECT_EQ(status("lamp1"), "ONLINE");
}

TEST_F(GatewayConnectionsTest, ADeviceThatHasComeBackStays) {
  Client& hall = connect_gateway("hall");
  EXPECT_EQ(log_in(hall, "hall", "lamp1"), 200);
  EXPECT_EQ(subscribe(hall, {topic("lamp1")}), "\x01");
  platform_.homes.leave_gateway(view(lamps_, "lamp1").device->id);  // So late that it is back.
  settle();
  EXPECT_THAT(received(hall), IsEmpty());
  send({"lamp1"}, "hello");
  EXPECT_THAT(payloads(received(hall)), ElementsAre("hello"));
}

TEST_F(GatewayConnectionsTest, GatewaysAreToldWhyADeviceIsGone) {
  Client& hall = connect_gateway("hall");
  EXPECT_EQ(log_in(hall, "hall", "lamp1"), 200);
  EXPECT_EQ(log_in(hall, "hall", "lamp2"), 200);
  connect(lamps_, "lamp1");
  EXPECT_EQ(error_of(received(hall)), code::logged_in_twice);
  EXPECT_EQ(status("lamp1"), "ONLINE");
  EXPECT_EQ(hall.closed, mqtt::CloseReason::none);

  must("DisableThing", names("lamp2"));
  settle();
  EXPECT_EQ(error_of(received(hall)), code::disabled);
  must("EnableThing", names("lamp2"));
  EXPECT_EQ(log_in(hall, "hall", "lamp2"), 200);
  belong("roof", {"lamp2"});
  EXPECT_EQ(error_of(received(hall)), code::not_in_topology);
  EXPECT_EQ(status("lamp2"), "OFFLINE");
  Client& roof = connect_gateway("roof");
  EXPECT_EQ(log_in(roof, "roof", "lamp2"), 200);
  must("DeleteDevice", names("lamp2"));
  settle();
  EXPECT_EQ(error_of(received(roof)), code::deleted);
}

}  // namespace
}  // namespace herald::net
