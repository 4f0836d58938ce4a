#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "mqtt/packet.h"

namespace herald::mqtt {

// What the owner of a session knows a message in flight by: its id and the device's place among its
// recipients. The session hands it back and never looks inside.
struct DeliveryKey {
  std::uint64_t message = 0;
  std::uint32_t recipient = 0;
  friend bool operator==(const DeliveryKey&, const DeliveryKey&) = default;
};

// A message on its way to a device.
struct Delivery {
  DeliveryKey key;
  std::string_view topic;
  std::uint8_t qos = 0;
  bool duplicate = false;       // It may have been sent before.
  PacketId packet_id = 0;       // That it was sent with before, in the same session; 0: a new one.
  SharedBytes payload;
};

// A message that was sent and not acknowledged.
struct Unacknowledged {
  DeliveryKey key;
  PacketId packet_id = 0;
};

enum class CloseReason : std::uint8_t {
  none,
  disconnected,         // The device said DISCONNECT.
  connection_lost,      // The other end closed or reset the socket.
  keep_alive_timeout,
  connect_timeout,
  protocol_error,
  packet_too_large,
  unsupported,          // QoS 2 and the like.
  refused,              // CONNACK with an error code.
  taken_over,           // The same device connected again.
  device_gone,          // Disabled or deleted.
  too_slow,
  server_shutdown,
};
std::string_view name_of(CloseReason reason);

// What a session asks of whoever holds its socket, in order. Views are valid during the call.
class Effects {
 public:
  virtual ~Effects() = default;
  // Bytes for the socket: `head`, then `body`, which is shared by all receivers.
  virtual void write(std::string_view head, const SharedBytes& body) = 0;
  // The device wants in. Answer with accept or refuse, now or later; until then nothing more is read.
  virtual void connect(const Connect& request) = 0;
  // Answer with suback, now or later; meanwhile other packets are handled.
  virtual void subscribe(const Subscribe& request) = 0;
  virtual void unsubscribe(const Unsubscribe& request) = 0;  // Answer with unsuback.
  // Uplink. QoS 1: answer with puback when the message is taken (or dropped for good).
  virtual void publish(const Publish& message) = 0;
  // The device has the message: a slot of the window is free.
  virtual void acknowledged(DeliveryKey key) = 0;
  // The last effect: what was written before it may still be sent. `detail` is for the log.
  virtual void close(CloseReason reason, std::string_view detail) = 0;
};

struct SessionLimits {
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds keep_alive_min = limits::keep_alive_min;
  std::chrono::seconds keep_alive_max = limits::keep_alive_max;
  std::size_t packet_bytes_max = limits::packet_bytes_max;
  std::size_t window = limits::window;
  std::size_t filters_per_subscribe = limits::filters_per_subscribe;
  std::size_t unacknowledged_inbound_max = limits::unacknowledged_inbound_max;
};

// The server's side of one MQTT conversation as a function of bytes and time: no socket, no thread,
// no clock, no queue. Small while idle. Any split of the same byte stream gives the same effects.
// After close no more effects follow, whatever is called.
class Session {
 public:
  // `limits` outlives the session.
  Session(Time now, const SessionLimits& limits);

  void receive(std::string_view bytes, Time now, Effects& effects);
  // Whether the owner should read more: false while a CONNECT waits for its answer, and while
  // `unacknowledged_inbound_max` uplink messages wait for their puback.
  bool wants_bytes() const;

  // The answer to Effects::connect. Bytes that came after the CONNECT are handled now.
  void accept(bool session_present, Time now, Effects& effects);
  void refuse(ConnackCode code, std::string_view detail, Effects& effects);

  void suback(PacketId packet_id, std::string_view codes, Effects& effects);
  void unsuback(PacketId packet_id, Effects& effects);
  void puback(PacketId packet_id, Time now, Effects& effects);

  // QoS 0 always; QoS 1 only while free_slots() > 0: what waits for a slot waits at home.
  void deliver(const Delivery& delivery, Effects& effects);
  std::size_t free_slots() const;
  // In the order in which they were sent.
  std::vector<Unacknowledged> unacknowledged() const;

  // Closes when CONNECT did not come in time, and after one and a half keep-alive intervals of
  // silence (section 3.1.2.10).
  void tick(Time now, Effects& effects);
  // When tick has to be called at the latest.
  Time deadline() const;

  // Ends the conversation from this side.
  void close(CloseReason reason, Effects& effects);
  bool closed() const;
  bool connected() const;  // Accepted and not closed.

 private:
  // To be written by whoever builds this.
};

}  // namespace herald::mqtt
