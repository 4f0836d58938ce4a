#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/registry.h"
#include "mqtt/session.h"
#include "net/output.h"
#include "net/sockets.h"

namespace herald::net {

class DeviceSockets;

// One device's connection: its socket, its MQTT session, and what the session asks for, carried to
// the device's home and back. Lives in a slot of its DeviceSockets.
class DeviceConnection final : public mqtt::Effects {
 public:
  DeviceConnection(DeviceSockets& owner, std::uint32_t slot, Descriptor socket, Time now,
                   const mqtt::SessionLimits& limits)
      : owner_(owner), slot_(slot), socket_(std::move(socket)), session_(now, limits) {}

  void write(std::string_view head, const SharedBytes& body) override;
  void connect(const mqtt::Connect& request) override;
  void subscribe(const mqtt::Subscribe& request) override;
  void unsubscribe(const mqtt::Unsubscribe& request) override;
  void publish(const mqtt::Publish& message) override;
  void acknowledged(mqtt::DeliveryKey key) override;
  void close(mqtt::CloseReason reason, std::string_view detail) override;

 private:
  friend class DeviceSockets;
  std::string_view name() const;  // For the log.

  DeviceSockets& owner_;
  std::uint32_t slot_;
  Descriptor socket_;
  mqtt::Session session_;
  std::shared_ptr<const Device> device_;  // Once it has proved who it is.
  std::unique_ptr<Output> output_;        // While something waits to be sent.
  std::int64_t due_second_ = 0;           // When its time is looked at next.
  bool touched_ = false;                  // Looked at when the turn ends.
  bool closing_ = false;
  bool failed_ = false;  // The socket takes nothing more.
  bool reading_ = true;  // What epoll watches for.
  bool writing_ = false;
};

}  // namespace herald::net
