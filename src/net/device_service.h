#pragma once

#include <string>

#include "core/edge.h"
#include "mqtt/session.h"

namespace herald::net {

// Who is at the other end of a connection, as far as the network tells.
struct Peer {
  std::string address;
  bool over_tls = false;
  std::string certificate;  // SHA-256 in hex of the client certificate that TLS verified.
};

// What is done with what clients say. One per shard, called on its thread. The answers are given to
// DeviceSockets, from within the call or later; a connection that has ended by then is no error.
// Before it answers a connect, it may move the connection to another shard, whose service answers.
class DeviceService {
 public:
  virtual ~DeviceService() = default;
  // Answer with accept or refuse.
  virtual void connect(const ConnectionRef& connection, const mqtt::Connect& request,
                       const Peer& peer) = 0;
  // Answer with suback or unsuback.
  virtual void subscribe(const ConnectionRef& connection, const mqtt::Subscribe& request) = 0;
  virtual void unsubscribe(const ConnectionRef& connection, const mqtt::Unsubscribe& request) = 0;
  // QoS 1: answer with puback.
  virtual void publish(const ConnectionRef& connection, const mqtt::Publish& message) = 0;
  virtual void acknowledged(const ConnectionRef& connection, mqtt::DeliveryKey key) = 0;
  // It has ended, whatever state it was in. The last word about it.
  virtual void ended(const ConnectionRef& connection, const mqtt::Session& session,
                     mqtt::CloseReason reason) = 0;
  // All that came in this turn was handed over.
  virtual void turn_ended() = 0;
};

}  // namespace herald::net
