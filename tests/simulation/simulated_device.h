#pragma once

#include <deque>
#include <memory>
#include <string>

#include "model/device_signature.h"
#include "mqtt/packet.h"
#include "world.h"

namespace herald::simulation {

// A device with real MQTT packets: it comes, subscribes to its one topic, goes, is cut off or takes
// over its own connection, and acknowledges at once, late or never.
class SimulatedDevice {
 public:
  enum class Sessions : std::uint8_t { kept, clean, either };
  struct Identity {
    std::string product;
    std::string name;
    std::string secret;
  };
  SimulatedDevice(World& world, crash::Device number, const Identity& identity, Sessions sessions);
  ~SimulatedDevice();

  // From now on it lives.
  void begin();
  void calm_down();
  // It is connected, subscribes, and has acknowledged all that came.
  bool is_ready() const;

 private:
  enum class Manner : std::uint8_t { prompt, late, never };
  // A connection of its.
  struct Talk {
    crash::Connection number = 0;
    Line line;
    bool clean = false;
    bool accepted = false;
    bool subscribed = false;
    bool ended = false;
    Manner manner = Manner::prompt;
    std::string partial;  // The beginning of a packet.
    std::deque<mqtt::PacketId> unacknowledged;
    bool acknowledging = false;  // The first of them is to be.
  };
  using SharedTalk = std::shared_ptr<Talk>;

  void connect();
  void connect_within(Micros most, Micros least = Micros(0));
  void part(const SharedTalk& talk);
  void hear(const SharedTalk& talk);
  // False: nothing that a server may say.
  bool handle(const SharedTalk& talk, const mqtt::Frame& frame);
  void accepted(const SharedTalk& talk, const mqtt::Connack& connack);
  void received(const SharedTalk& talk, const mqtt::Publish& publish);
  void acknowledge_later(const SharedTalk& talk);
  void acknowledge_first(const SharedTalk& talk);
  void end(const SharedTalk& talk, bool by_server);
  // The server has ended it, or says what it may not.
  void lose(const SharedTalk& talk);

  World& world_;
  const crash::Device number_;
  const Sessions sessions_;
  const std::string topic_;
  const DeviceCredentials credentials_;
  bool kept_subscribed_ = false;  // The kept session has the subscription, as it was told.
  SharedTalk talk_;
  SharedTalk former_;  // Taken over by `talk_`, whose CONNACK is still to come.
  bool coming_ = false;
};

}  // namespace herald::simulation
