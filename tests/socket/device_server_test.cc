#include <sys/socket.h>

#include <algorithm>
#include <set>
#include <thread>

#include "server_fixture.h"

namespace herald {
namespace {

using namespace std::chrono_literals;
using client::DeviceFleet;

constexpr auto patience = 30s;  // A bound for what should take milliseconds.

class DeviceServerTest : public testing::ServerTest {};

TEST_F(DeviceServerTest, ABatchReachesAHundredDevicesOnTwoShards) {
  std::vector<client::FleetDevice> members;
  std::vector<DeviceId> ids;
  for (int i = 0; i < 100; ++i) {
    const auto device = add_device("lamp" + std::to_string(i));
    members.push_back(member(*device));
    ids.push_back(device->id);
  }
  DeviceFleet fleet(mqtt(), members, {});
  ASSERT_TRUE(fleet.connect());
  std::vector<int> received(100);
  std::size_t all = 0;
  fleet.on_message([&](std::size_t device, const mqtt::Publish& message, client::Instant) {
    EXPECT_EQ(message.payload, std::string_view("by\0tes", 6));
    ++received[device];
    ++all;
  });
  const MessageId message = publish(Qos::at_least_once, ids, std::string("by\0tes", 6));
  ASSERT_TRUE(fleet.run(patience, [&] { return all == 100; }));
  EXPECT_EQ(received, std::vector<int>(100, 1));
  const auto acknowledged = [&] {
    return std::ranges::all_of(receipts_of(message), [](const Receipt& receipt) {
      return receipt.outcome == Outcome::acked;
    });
  };
  EXPECT_TRUE(fleet.run(patience, acknowledged));
}

TEST_F(DeviceServerTest, ALargePayloadArrivesByteForByte) {
  const auto device = add_device("lamp1");
  DeviceFleet fleet(mqtt(), {member(*device)}, {});
  ASSERT_TRUE(fleet.connect());
  std::string payload(limits::payload_bytes_max, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 31 >> 3U);
  std::string received;
  fleet.on_message([&](std::size_t, const mqtt::Publish& message, client::Instant) {
    received = std::string(message.payload);
  });
  publish(Qos::at_most_once, {device->id}, payload);
  ASSERT_TRUE(fleet.run(patience, [&] { return !received.empty(); }));
  EXPECT_TRUE(received == payload);
}

TEST_F(DeviceServerTest, AWrongPasswordIsRefusedWithItsReturnCode) {
  auto wrong = member(*add_device("lamp1"));
  wrong.password[0] = wrong.password[0] == '0' ? '1' : '0';
  DeviceFleet fleet(mqtt(), {wrong}, {});
  const auto connected = fleet.connect();
  ASSERT_FALSE(connected);
  EXPECT_NE(connected.error().detail.find("return code 4"), std::string::npos);
}

TEST_F(DeviceServerTest, GarbageClosesOneConnectionAndNoOther) {
  const auto device = add_device("lamp1");
  DeviceFleet fleet(mqtt(), {member(*device)}, {});
  ASSERT_TRUE(fleet.connect());
  const auto stranger = net::connect_to(mqtt());
  ASSERT_TRUE(stranger);
  ASSERT_GT(::send(stranger->get(), "hello, world!\r\n\r\n\r", 18, MSG_NOSIGNAL), 0);
  char byte = 0;
  EXPECT_LE(::recv(stranger->get(), &byte, 1, 0), 0);
  bool received = false;
  fleet.on_message([&](std::size_t, const mqtt::Publish&, client::Instant) { received = true; });
  publish(Qos::at_most_once, {device->id}, "still here");
  EXPECT_TRUE(fleet.run(patience, [&] { return received; }));
}

// The device's kept session moves between connections while messages come.
TEST_F(DeviceServerTest, TakeoverUnderLoadLosesNothingAndKeepsOrder) {
  const auto device = add_device("lamp1");
  constexpr std::size_t messages = 300;
  std::vector<std::size_t> seen;  // In the order in which each came first.
  std::set<std::size_t> known;
  const auto note = [&](std::size_t, const mqtt::Publish& message, client::Instant) {
    const std::size_t number = std::stoul(std::string(message.payload));
    if (known.insert(number).second) seen.push_back(number);
  };
  const auto connect = [&] {
    auto fleet = std::make_unique<DeviceFleet>(mqtt(), std::vector{member(*device)},
                                               client::FleetOptions{.clean_session = false});
    fleet->on_message(note);
    EXPECT_TRUE(fleet->connect());
    return fleet;
  };
  auto current = connect();
  std::thread publisher([&] {
    for (std::size_t i = 0; i < messages; ++i) {
      publish(Qos::at_least_once, {device->id}, std::to_string(i));
    }
  });
  for (int round = 0; round < 20; ++round) {
    const std::size_t before = seen.size();
    current->run(patience, [&] { return seen.size() > before || seen.size() == messages; });
    current = connect();  // The old one is cut off by the server.
  }
  publisher.join();
  EXPECT_TRUE(current->run(patience, [&] { return seen.size() == messages; }));
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

class SlowDeviceTest : public testing::ServerTest {
 protected:
  static net::ServerSettings small() {
    net::ServerSettings settings = defaults();
    settings.devices.unsent_bytes_max = 64 * limits::KiB;
    return settings;
  }
  SlowDeviceTest() : ServerTest(small()) {}
};

TEST_F(SlowDeviceTest, QosZeroForADeviceThatDoesNotReadIsDroppedForItAlone) {
  const auto slow = add_device("slow1");
  const auto quick = add_device("quick1");
  DeviceFleet sleeper(mqtt(), {member(*slow)}, {});
  DeviceFleet reader(mqtt(), {member(*quick)}, {});
  ASSERT_TRUE(sleeper.connect());
  ASSERT_TRUE(reader.connect());
  std::size_t received = 0;
  reader.on_message([&](std::size_t, const mqtt::Publish&, client::Instant) { ++received; });
  // More than the kernel takes for a socket that nobody reads.
  constexpr std::size_t messages = 100;
  std::size_t dropped = 0;
  for (std::size_t i = 0; i < messages; ++i) {
    const MessageId message = publish(Qos::at_most_once, {slow->id, quick->id},
                                      std::string(limits::payload_bytes_max, 'x'));
    ASSERT_TRUE(reader.run(patience, [&] { return received == i + 1; }));
    const Receipt receipt = receipts_of(message)[0];
    if (receipt.outcome == Outcome::dropped && receipt.reason == DropReason::slow) ++dropped;
  }
  EXPECT_GT(dropped, 0u);
}

class SlowLorisTest : public testing::ServerTest {
 protected:
  static net::ServerSettings impatient() {
    net::ServerSettings settings = defaults();
    settings.devices.session.connect_timeout = std::chrono::seconds(1);
    return settings;
  }
  SlowLorisTest() : ServerTest(impatient()) {}

  // Connections that begin with this and say nothing more.
  void open(std::string_view beginning, int count) {
    for (int i = 0; i < count; ++i) {
      auto socket = net::connect_to(mqtt());
      ASSERT_TRUE(socket);
      ::send(socket->get(), beginning.data(), beginning.size(), MSG_NOSIGNAL);
      strangers_.push_back(std::move(*socket));
    }
  }
  std::vector<net::Descriptor> strangers_;
};

TEST_F(SlowLorisTest, HalfOpenConnectionsAreClosedAndHonestTrafficGoesOn) {
  const auto device = add_device("lamp1");
  DeviceFleet fleet(mqtt(), {member(*device)}, {});
  ASSERT_TRUE(fleet.connect());
  std::size_t received = 0;
  fleet.on_message([&](std::size_t, const mqtt::Publish&, client::Instant) { ++received; });
  open("", 200);
  open("\x10\x7F", 200);                        // The beginning of a CONNECT.
  open("GET / HTTP/1.1\r\nHost: herald", 200);  // Of a WebSocket.
  for (std::size_t i = 0; i < 20; ++i) {
    publish(Qos::at_least_once, {device->id}, "hello");
    ASSERT_TRUE(fleet.run(patience, [&] { return received == i + 1; }));
  }
  for (const net::Descriptor& stranger : strangers_) {
    char byte = 0;
    EXPECT_LE(::recv(stranger.get(), &byte, 1, 0), 0) << "it is closed at its deadline";
  }
  EXPECT_EQ(fleet.lost(), 0u);
}

class CrowdTest : public testing::ServerTest {
 protected:
  static net::ServerSettings strict() {
    net::ServerSettings settings = defaults();
    settings.addresses.failures_per_minute = 3;
    return settings;
  }
  CrowdTest() : ServerTest(strict()) {}
};

TEST_F(CrowdTest, AnAddressThatFailsTooOftenIsNotLetInAnyMore) {
  const auto device = add_device("lamp1");
  auto wrong = member(*device);
  wrong.password = std::string(64, '0');
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(DeviceFleet(mqtt(), {wrong}, {}).connect());
  const auto late = DeviceFleet(mqtt(), {member(*device)}, {}).connect();
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().detail.find("closed"), std::string::npos) << late.error().detail;
}

}  // namespace
}  // namespace herald
