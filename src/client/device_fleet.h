#pragma once

#include <openssl/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mqtt/packet.h"
#include "net/sockets.h"

namespace herald::client {

using Instant = std::chrono::steady_clock::time_point;

// One device to be simulated: what it says in CONNECT, and what it subscribes to.
struct FleetDevice {
  std::string client_id;
  std::string username;  // Empty: none, for brokers that ask for none.
  std::string password;
  std::vector<std::string> filters;
};

struct FleetOptions {
  bool clean_session = true;
  std::chrono::seconds keep_alive{1200};
  std::uint8_t subscribe_qos = 1;
  bool tls = false;  // The server's certificate is not checked: these devices are simulated.
};

// Devices that connect over real sockets, subscribe, and acknowledge what they receive. One thread.
class DeviceFleet {
 public:
  // `device` is its place in the list that was given.
  using Received =
      std::function<void(std::size_t device, const mqtt::Publish& message, Instant at)>;

  DeviceFleet(net::Address broker, std::vector<FleetDevice> devices, const FleetOptions& options);
  ~DeviceFleet();

  // Connects and subscribes all, a few at a time; `progress` hears how many are ready. Errors:
  // failed, with what the first refused device was told.
  Result<void> connect(const std::function<void(std::size_t ready)>& progress = {});
  void on_message(Received received) { received_ = std::move(received); }
  // Sends this at once, or from within on_message with what else the device has to say then.
  void publish(std::size_t device, const mqtt::Publish& message);

  // Handles what arrives until `until` says so or the time is up; false: the time was up.
  bool run(std::chrono::milliseconds at_most, const std::function<bool()>& until);
  // Devices whose connection was lost.
  std::size_t lost() const { return lost_; }
  std::size_t size() const { return members_.size(); }
  // Says DISCONNECT on each and closes.
  void disconnect();

 private:
  struct Member;
  Result<void> start(std::size_t index);
  Result<void> start_tls(Member& member);
  void readable(Member& member, Instant now);
  bool handle(Member& member, const mqtt::Frame& frame, Instant now);
  void poll(int milliseconds);
  void lose(Member& member, std::string why);
  static bool send(Member& member, std::string_view bytes);
  long receive(Member& member);

  net::Address broker_;
  FleetOptions options_;
  std::vector<std::unique_ptr<Member>> members_;
  net::Descriptor epoll_;
  Received received_;
  Member* handled_ = nullptr;  // Whose packets are being handled.
  std::string buffer_;
  std::string first_loss_;
  std::shared_ptr<SSL_CTX> tls_;
  std::size_t ready_ = 0;
  std::size_t lost_ = 0;
  Instant next_ping_;
};

}  // namespace herald::client
