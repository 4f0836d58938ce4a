#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "mqtt/held_bytes.h"
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
  bool duplicate = false;  // It may have been sent before.
  PacketId packet_id = 0;  // That it was sent with before, in the same session; 0: a new one.
  SharedBytes payload;
  bool retain = false;
  // Written to clients that speak MQTT 5.0; may be null. Only what a PUBLISH may hold, without an
  // alias, which is the session's.
  const Properties* properties = nullptr;
};

// A message that was sent and not acknowledged.
struct Unacknowledged {
  DeliveryKey key;
  PacketId packet_id = 0;
};

enum class CloseReason : std::uint8_t {
  none,
  disconnected,            // The device said DISCONNECT.
  disconnected_with_will,  // The same, and that its will be published: MQTT 5.0.
  connection_lost,         // The other end closed or reset the socket.
  keep_alive_timeout,
  connect_timeout,
  protocol_error,
  packet_too_large,
  unsupported,  // QoS 2 and the like.
  refused,      // CONNACK with an error code.
  taken_over,   // The same device connected again.
  device_gone,  // Disabled or deleted.
  storage_failed,
  registered,  // Dynamic registration is over.
  quota_exceeded,
  too_slow,
  server_shutdown,
};
std::string_view name_of(CloseReason reason);

// What a session asks of whoever holds its socket, in order. Views are valid during the call. From
// within, everything may be called on the session but receive; destroying it has to wait.
class Effects {
 public:
  virtual ~Effects() = default;
  // Bytes for the socket: `head`, then `body`, which is shared by all receivers.
  virtual void write(std::string_view head, const SharedBytes& body) = 0;
  // The device wants in. Answer with accept or refuse, now or later; until then nothing more is
  // read.
  virtual void connect(const Connect& request) = 0;
  // Answer with suback or unsuback, now or later; until then nothing more is read.
  virtual void subscribe(const Subscribe& request) = 0;
  virtual void unsubscribe(const Unsubscribe& request) = 0;
  // Uplink. QoS 1: answer with puback when the message is taken (or dropped for good).
  virtual void publish(const Publish& message) = 0;
  // The device has the message: a slot of the window is free.
  virtual void acknowledged(DeliveryKey key) = 0;
  // The last effect: what was written before it may still be sent. `detail` is for the log.
  virtual void close(CloseReason reason, std::string_view detail) = 0;
};

// The answer to a CONNECT that is let in. What differs from what the client asked for is told to it
// as MQTT 5.0 provides.
struct Acceptance {
  bool session_present = false;
  std::string_view assigned_client_id;          // When the client left it to the server.
  std::optional<std::uint32_t> session_expiry;  // When it differs from the request.
};

struct SessionLimits {
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds keep_alive_min = limits::keep_alive_min;
  std::chrono::seconds keep_alive_max = limits::keep_alive_max;
  std::size_t packet_bytes_max = limits::packet_bytes_max;
  std::size_t connect_bytes_max = 8 * limits::KiB;  // Strangers get less memory than devices.
  std::size_t window = limits::window;
  std::size_t filters_per_subscribe = limits::filters_per_subscribe;
  std::size_t filters_per_unsubscribe = 100;  // UNSUBACK cannot refuse: more end the conversation.
  // Receive Maximum of the server in MQTT 5.0; in 3.x reading stops there.
  std::size_t unacknowledged_inbound_max = limits::unacknowledged_inbound_max;
  // Maximum Packet Size of the server in MQTT 5.0: device-mqtt.md, section 12.
  std::size_t v5_packet_bytes_max = 256 * limits::KiB;
  std::uint16_t topic_alias_max = 20;  // In each direction; 0: none.
  // Keep-alive 0, no end at all, as MQTT allows and the platform does not.
  bool endless_keep_alive = false;
  // CONNECTs whose keep-alive is not looked at; null: none is.
  bool (*any_keep_alive)(const Connect& request) = nullptr;
};

// The server's side of one MQTT conversation as a function of bytes and time: no socket, no thread,
// no clock, no queue. Small while idle. Any split of the same byte stream gives the same effects.
// After close no more effects follow, whatever is called.
class Session {
 public:
  // `limits` outlives the session.
  Session(Time now, const SessionLimits& limits);

  // Handles whole packets where they lie in `bytes` and keeps what cannot be handled yet: the start
  // of a packet, or what one call brings beyond the point where wants_bytes() turned false. Calling
  // on regardless ends the conversation once more than `packet_bytes_max` would be kept.
  void receive(std::string_view bytes, Time now, Effects& effects);
  // Whether the owner should read more: false while a CONNECT, SUBSCRIBE or UNSUBSCRIBE waits for
  // its answer, and while `unacknowledged_inbound_max` uplink messages wait for their puback.
  bool wants_bytes() const;
  // How many received bytes wait inside.
  std::size_t held_bytes() const;

  // The answer to Effects::connect. Bytes that came after the CONNECT are handled now.
  void accept(const Acceptance& acceptance, Time now, Effects& effects);
  // `reason` is an error; clients of MQTT 3.x get the code next to it.
  void refuse(ReasonCode reason, std::string_view detail, Effects& effects);

  // The answers to Effects::subscribe and unsubscribe; others are ignored. Bytes that came
  // meanwhile are handled now, as of the time of the last call that had one.
  // Codes are those of MQTT 5.0, one for each filter.
  void suback(PacketId packet_id, std::string_view codes, Effects& effects);
  void unsuback(PacketId packet_id, std::string_view codes, Effects& effects);
  void puback(PacketId packet_id, Time now, Effects& effects,
              ReasonCode reason = ReasonCode::success);

  // Only while connected(). QoS 0 always; QoS 1 only while free_slots() > 0: what waits for a slot
  // waits at home. A packet id that is already in flight is replaced by a new one.
  // False: the message is larger than the client takes (MQTT 5.0, Maximum Packet Size); it is not
  // sent and takes no slot.
  bool deliver(const Delivery& delivery, Effects& effects);
  std::size_t free_slots() const;
  // In the order in which they were sent; also after close.
  std::vector<Unacknowledged> unacknowledged() const;

  // Closes when CONNECT and its answer did not come in time, and after one and a half keep-alive
  // intervals without a packet (section 3.1.2.10); while wants_bytes() is false the silence is
  // ours.
  void tick(Time now, Effects& effects);
  // When tick has to be called at the latest.
  Time deadline() const;

  // Ends the conversation from this side.
  void close(CloseReason reason, Effects& effects);
  bool closed() const;
  bool connected() const;  // Accepted and not closed.

  // What the client stated. From the connect effect on, also after close.
  Version version() const;
  // Seconds that the session outlives the connection, MQTT 5.0; as of CONNECT, or of DISCONNECT
  // when that changed it. For MQTT 3.x: 0 for a clean session, else 0xFFFFFFFF.
  std::uint32_t session_expiry() const;
  // QoS 1 messages that it takes without acknowledgement: the least of its Receive Maximum and the
  // window of the limits.
  std::size_t window() const;

 private:
  enum class State : std::uint8_t { connecting, answering, connected, closed };

  struct InFlight {
    std::uint64_t message;
    std::uint32_t recipient;
    PacketId packet_id;
  };

  // What only MQTT 5.0 needs.
  struct V5 {
    std::vector<std::string> aliases_in;   // The topic of each alias; empty: it has none.
    std::vector<std::string> aliases_out;  // Given in this order.
    std::size_t aliases_out_max = 0;
    std::size_t packet_bytes_max = 0;  // That the client takes; 0: any.
    bool tell_reasons = true;          // Request Problem Information.
  };

  std::size_t handle_packets(std::string_view bytes, Time now, Effects& effects);
  void handle_held(Time now, Effects& effects);
  void hold(std::string_view bytes, Effects& effects);
  std::optional<Frame> next_packet(std::string_view bytes, Effects& effects);
  std::size_t missing_bytes() const;

  void handle(const Frame& frame, Time now, Effects& effects);
  void handle_connect(const Frame& frame, Effects& effects);
  bool agree_on_keep_alive(const Connect& request, Effects& effects);
  bool agree_on_v5(const Connect& request, Effects& effects);
  void handle_publish(const Frame& frame, Effects& effects);
  void handle_puback(const Frame& frame, Effects& effects);
  void handle_subscribe(const Frame& frame, Effects& effects);
  void handle_unsubscribe(const Frame& frame, Effects& effects);
  void handle_disconnect(const Frame& frame, Effects& effects);
  bool resolve_alias(Publish& message, Effects& effects);
  Properties offers(const Acceptance& acceptance) const;
  std::optional<std::uint16_t> alias_for(std::string_view topic, bool& is_new) const;
  bool take_answer(PacketId packet_id);
  bool may_tell(std::string_view reason) const;

  PacketId take_packet_id(PacketId wished);
  bool is_in_flight(PacketId packet_id) const;
  void restart_keep_alive(Time now);
  void end(CloseReason reason, std::string_view detail, Effects& effects);
  // With a reason of its own for clients that speak MQTT 5.0.
  void end(CloseReason reason, ReasonCode code, std::string_view detail, Effects& effects);
  // For what cannot be read, or must not be.
  void end(const Error& error, Effects& effects);
  std::size_t inbound_max() const;
  std::size_t packet_bytes_max() const;

  const SessionLimits* limits_;
  Time deadline_;
  Time now_;                         // Of the last call that had a time.
  std::unique_ptr<HeldBytes> held_;  // Only while something is held.
  std::unique_ptr<V5> v5_;           // Only for clients that speak it.
  std::vector<InFlight> in_flight_;  // In send order: acknowledgements mostly come from the front.
  std::uint32_t inbound_ = 0;        // Uplink messages that wait for their puback.
  std::uint32_t session_expiry_ = 0;
  std::uint16_t window_ = 0;
  std::uint16_t keep_alive_ = 0;  // Seconds; 0: without end.
  PacketId last_packet_id_ = 0;
  PacketId asked_ = 0;  // Of the SUBSCRIBE or UNSUBSCRIBE that waits for its answer; 0: none does.
  State state_ = State::connecting;
  Version version_ = Version::v3_1_1;
  bool handling_ = false;  // Below us on the stack, packets are being handled: they must stay put.
};

}  // namespace herald::mqtt
