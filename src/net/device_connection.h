#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "mqtt/session.h"
#include "net/output.h"
#include "net/sockets.h"
#include "net/tls.h"
#include "net/tls_layer.h"
#include "net/websocket.h"

namespace herald::net {

class DeviceSockets;

// One client's connection: its socket, what lies between that and MQTT, and its MQTT session. Lives
// in a slot of its DeviceSockets, which tell it both, and hands what the session asks for to their
// service.
class DeviceConnection final : public mqtt::Effects {
 public:
  // `limits` outlive it.
  DeviceConnection(Descriptor socket, std::string address, Time now,
                   const mqtt::SessionLimits& limits)
      : socket_(std::move(socket)), address_(std::move(address)), session_(now, limits) {}

  // What the socket had to say.
  void receive(std::string_view bytes, Time now);

  void write(std::string_view head, const SharedBytes& body) override;
  void connect(const mqtt::Connect& request) override;
  void subscribe(const mqtt::Subscribe& request) override;
  void unsubscribe(const mqtt::Unsubscribe& request) override;
  void publish(const mqtt::Publish& message) override;
  void acknowledged(mqtt::DeliveryKey key) override;
  void close(mqtt::CloseReason reason, std::string_view detail) override;

 private:
  friend class DeviceSockets;
  // Between the socket and MQTT, each if it is there: TLS outside, WebSocket inside.
  struct Layers {
    TlsContexts::Context context;  // Of the TLS, for as long as that lives.
    std::unique_ptr<TlsLayer> tls;
    std::unique_ptr<WebSocket> websocket;
    bool known = false;  // What is inside of TLS.
  };

  // The first byte tells what is spoken: a TLS handshake, an HTTP request, or MQTT.
  bool look_at(char first, bool inside_tls);
  void receive_in_layers(std::string_view bytes, Time now);
  void send(std::string_view head, const SharedBytes& body);
  Output& output();

  DeviceSockets* owner_ = nullptr;  // The shard's that it is on.
  std::uint32_t slot_ = 0;
  Descriptor socket_;
  std::string address_;  // The other end's.
  mqtt::Session session_;
  std::unique_ptr<Layers> layers_;  // None for plain MQTT.
  std::unique_ptr<Output> output_;  // While something waits to be sent.
  std::int64_t due_second_ = 0;     // When its time is looked at next.
  mqtt::CloseReason reason_ = mqtt::CloseReason::none;
  bool known_ = false;  // What is spoken.
  bool half_open_ = true;
  bool touched_ = false;  // Looked at when the turn ends.
  bool closing_ = false;
  bool failed_ = false;  // The socket takes nothing more.
  bool reading_ = true;  // What epoll watches for.
  bool writing_ = false;
};

}  // namespace herald::net
