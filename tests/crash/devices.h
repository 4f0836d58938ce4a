#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "history.h"
#include "mqtt/packet.h"
#include "net/sockets.h"
#include "outstanding.h"

namespace herald::crash {

struct KnownDevice {
  std::string name;
  std::string secret;
};

// Devices that behave as badly as they may: they come and go, take over their own connections, and
// acknowledge at once, late or never. Most ask for a kept session each time, some now and then for
// a clean one, some always. What they see is told to the history. They live on a thread of their
// own; the members are for one other.
class Devices {
 public:
  Devices(net::Address broker, std::string product, std::vector<KnownDevice> devices,
          std::uint64_t seed, Writer& history, Outstanding& outstanding);
  ~Devices();

  // From now on all connect and stay, and acknowledge at once; or behave badly again.
  void be_calm(bool calm) { calm_ = calm; }
  // While calm: all are connected and subscribed, and have acknowledged what came.
  bool are_ready() const { return ready_ == devices_.size(); }
  // Whether the device never ends its kept session.
  static bool is_steady(Device device) { return device % 4 != 0; }

 private:
  using Instant = std::chrono::steady_clock::time_point;
  enum class Manner : std::uint8_t { prompt, late, never };  // Of acknowledging.
  struct Line;
  struct Member;

  void run();
  void poll();
  void look_after(Member& member, Instant now);
  void connect(Member& member, Instant now);
  void part(Member& member, Instant now);
  void end(std::unique_ptr<Line>& line, bool by_server);
  void readable(Member& member, Line& line, Instant now);
  // False: what came is not MQTT.
  bool handle(Member& member, Line& line, const mqtt::Frame& frame, Instant now);
  void accepted(Member& member, Line& line, const mqtt::Connack& connack);
  void received(Member& member, Line& line, const mqtt::Publish& publish, Instant now);
  void acknowledge_due(Line& line, Instant now);
  void acknowledge(Line& line, mqtt::PacketId id);
  bool send(const Line& line, std::string_view bytes);
  bool chance(double probability);
  Instant within(Instant now, int milliseconds_max);

  net::Address broker_;
  std::string product_;
  Writer& history_;
  Outstanding& outstanding_;
  std::mt19937_64 random_;
  net::Descriptor epoll_;
  std::string buffer_;
  Connection connections_ = 0;
  std::vector<std::unique_ptr<Member>> devices_;
  std::atomic<bool> calm_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> ready_ = 0;
  std::thread thread_;
};

}  // namespace herald::crash
