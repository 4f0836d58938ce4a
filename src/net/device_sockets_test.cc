#include "net/device_sockets.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "mqtt/packet.h"

namespace herald::net {
namespace {

// Lets everybody in. A publication to `poison` makes it throw, as a library could below it.
class Service final : public DeviceService {
 public:
  void use(DeviceSockets& sockets) { sockets_ = &sockets; }
  // Answers a connect in a turn of its own, as after a write to the disk.
  void answer_later(boost::asio::io_context& loop) { loop_ = &loop; }
  void fail_at_end_of_turn() { fails_ = true; }

  void connect(const ConnectionRef& at, const mqtt::Connect&, const Peer&) override {
    if (loop_ == nullptr) return sockets_->accept(at, {});
    boost::asio::post(*loop_, [this, at] { sockets_->accept(at, {}); });
  }
  void subscribe(const ConnectionRef&, const mqtt::Subscribe&) override {}
  void unsubscribe(const ConnectionRef&, const mqtt::Unsubscribe&) override {}
  void publish(const ConnectionRef& at, const mqtt::Publish& message) override {
    if (message.topic == "poison") throw std::runtime_error("thrown by a library");
    sockets_->puback(at, message.packet_id, mqtt::ReasonCode::success);
  }
  void acknowledged(const ConnectionRef&, mqtt::DeliveryKey) override {}
  void ended(const ConnectionRef&, const mqtt::Session&, mqtt::CloseReason) override { ++ended_; }
  void turn_ended() override {
    if (std::exchange(fails_, false)) throw std::runtime_error("thrown by a library");
  }

  int ended_count() const { return ended_; }

 private:
  DeviceSockets* sockets_ = nullptr;
  boost::asio::io_context* loop_ = nullptr;
  bool fails_ = false;
  int ended_ = 0;
};

class DeviceSocketsTest : public ::testing::Test {
 protected:
  DeviceSocketsTest() {
    service_.use(sockets_);
    Descriptor listener = listen_on({}).value();
    port_ = port_of(listener);
    sockets_.listen(std::move(listener));
  }

  // Runs the loop until this many bytes came. Empty: the server closed the connection.
  std::string read(const Descriptor& socket, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const ssize_t count = recv(socket.get(), &bytes[got], size - got, MSG_DONTWAIT);
      if (count == 0) return {};
      if (count > 0) {
        got += static_cast<std::size_t>(count);
      } else {
        loop_.run_one();
      }
    }
    return bytes;
  }
  Descriptor connected(std::string_view client_id) {
    Descriptor socket = connect_to({.port = port_}).value();
    std::string packet;
    mqtt::write_connect({.keep_alive = 60, .client_id = client_id}, packet);
    write(socket, packet);
    EXPECT_EQ(read(socket, 4), std::string("\x20\x02\x00\x00", 4));
    return socket;
  }
  static void write(const Descriptor& socket, std::string_view bytes) {
    EXPECT_EQ(send(socket.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }
  static std::string publication(std::string_view topic) {
    std::string packet = {'\x32', static_cast<char>(topic.size() + 4), '\0',
                          static_cast<char>(topic.size())};
    ((packet += topic) += '\0') += '\x07';
    return packet;
  }
  static void publish(const Descriptor& socket, std::string_view topic) {
    write(socket, publication(topic));
  }
  std::string puback(const Descriptor& socket) { return read(socket, 4); }
  static std::string expected_puback() { return {"\x40\x02\x00\x07", 4}; }

  ManualClock clock_{time_of(1'000'000)};
  boost::asio::io_context loop_;
  Service service_;
  DeviceLimits limits_;
  DeviceSockets sockets_{0,
                         loop_,
                         service_,
                         clock_,
                         nullptr,
                         std::make_shared<AddressLimits>(clock_, AddressLimitSettings{}),
                         make_socket_io(IoUring::where_allowed),
                         limits_};
  std::uint16_t port_ = 0;
};

TEST_F(DeviceSocketsTest, WhatOneDeviceBreaksEndsOnlyItsOwnConnection) {
  const Descriptor bad = connected("bad");
  const Descriptor good = connected("good");
  publish(bad, "poison");
  publish(good, "t");
  EXPECT_EQ(puback(bad), "");
  EXPECT_EQ(service_.ended_count(), 1);
  EXPECT_EQ(puback(good), expected_puback());
  EXPECT_EQ(sockets_.connections(), 1);
}

TEST_F(DeviceSocketsTest, SoDoesWhatItSaidBeforeItWasLetIn) {
  service_.answer_later(loop_);
  const Descriptor bad = connect_to({.port = port_}).value();
  std::string packets;
  mqtt::write_connect({.keep_alive = 60, .client_id = "bad"}, packets);
  write(bad, packets + publication("poison"));
  EXPECT_EQ(read(bad, 4), "");
  const Descriptor good = connected("good");
  publish(good, "t");
  EXPECT_EQ(puback(good), expected_puback());
}

TEST_F(DeviceSocketsTest, ATurnThatFailsIsFollowedByOthers) {
  const Descriptor device = connected("device");
  service_.fail_at_end_of_turn();
  publish(device, "t");
  EXPECT_EQ(puback(device), expected_puback());
  publish(device, "t");
  EXPECT_EQ(puback(device), expected_puback());
}

}  // namespace
}  // namespace herald::net
