#include "net/device_connection.h"

#include <utility>

#include "base/log.h"
#include "net/device_sockets.h"

namespace herald::net {
namespace {

constexpr char tls_handshake = 0x16;  // The first byte of every TLS connection.
constexpr char http_get = 'G';        // Of every WebSocket; no CONNECT of MQTT begins with it.

}  // namespace

void DeviceConnection::receive(std::string_view bytes, Time now) {
  if (!std::exchange(known_, true) && !look_at(bytes.front(), /*inside_tls=*/false)) return;
  if (!layers_) return session_.receive(bytes, now, *this);
  receive_in_layers(bytes, now);
}

bool DeviceConnection::look_at(char first, bool inside_tls) {
  if (first == tls_handshake && !inside_tls) {
    auto context = owner_->tls_ ? owner_->tls_->current() : nullptr;
    if (!context) {
      session_.close(mqtt::CloseReason::connection_lost, *this);
      return false;
    }
    layers_ = std::make_unique<Layers>();
    layers_->tls = std::make_unique<TlsLayer>(context->native_handle());
    layers_->context = std::move(context);
  } else if (first == http_get) {
    if (!layers_) layers_ = std::make_unique<Layers>();
    layers_->websocket = std::make_unique<WebSocket>(
        WebSocket::Limits{.frame_bytes_max = owner_->limits_.session.packet_bytes_max});
  }
  return true;
}

void DeviceConnection::receive_in_layers(std::string_view bytes, Time now) {
  std::string& plain = owner_->plain_;
  std::string& data = owner_->data_;
  std::string reply;
  bool open = true;
  if (layers_->tls) {
    plain.clear();
    open = layers_->tls->receive(bytes, plain, reply);
    if (!reply.empty()) output().add(reply, {});
    reply.clear();
    bytes = plain;
    if (!bytes.empty() && !std::exchange(layers_->known, true)) {
      look_at(bytes.front(), /*inside_tls=*/true);
    }
  }
  if (layers_->websocket && !bytes.empty()) {
    data.clear();
    open = layers_->websocket->receive(bytes, data, reply) && open;
    if (!reply.empty()) send(reply, {});
    bytes = data;
  }
  if (!bytes.empty()) session_.receive(bytes, now, *this);
  if (!open) session_.close(mqtt::CloseReason::connection_lost, *this);
}

Output& DeviceConnection::output() {
  if (!output_) {
    if (owner_->spare_outputs_.empty()) {
      output_ = std::make_unique<Output>();
    } else {
      output_ = std::move(owner_->spare_outputs_.back());
      owner_->spare_outputs_.pop_back();
    }
  }
  owner_->touch(*this);
  return *output_;
}

void DeviceConnection::write(std::string_view head, const SharedBytes& body) {
  if (!layers_ || !layers_->websocket) return send(head, body);
  std::string framed;
  WebSocket::put_frame_head(head.size() + body.size(), framed);
  framed += head;
  send(framed, body);
}

// Below MQTT and WebSocket.
void DeviceConnection::send(std::string_view head, const SharedBytes& body) {
  if (!layers_ || !layers_->tls) return output().add(head, body);
  std::string sealed;
  if (body.size() <= Output::copied_bytes_max) {
    std::string whole(head);
    whole += body.view();
    layers_->tls->seal(whole, sealed);
  } else {
    layers_->tls->seal(head, sealed);
    layers_->tls->seal(body.view(), sealed);
  }
  output().add(sealed, {});
}

void DeviceConnection::connect(const mqtt::Connect& request) {
  Peer peer{.address = address_};
  if (layers_ && layers_->tls) {
    peer.over_tls = true;
    peer.certificate = layers_->tls->certificate();
  }
  owner_->service_.connect(owner_->ref_of(*this), request, peer);
}

void DeviceConnection::subscribe(const mqtt::Subscribe& request) {
  owner_->service_.subscribe(owner_->ref_of(*this), request);
}

void DeviceConnection::unsubscribe(const mqtt::Unsubscribe& request) {
  owner_->service_.unsubscribe(owner_->ref_of(*this), request);
}

void DeviceConnection::publish(const mqtt::Publish& message) {
  owner_->service_.publish(owner_->ref_of(*this), message);
}

void DeviceConnection::acknowledged(mqtt::DeliveryKey key) {
  owner_->service_.acknowledged(owner_->ref_of(*this), key);
}

void DeviceConnection::close(mqtt::CloseReason reason, std::string_view detail) {
  log::debug("connection from {} closed: {} {}", address_, mqtt::name_of(reason),
             log::printable(detail));
  if (layers_ && reason != mqtt::CloseReason::connection_lost) {
    constexpr std::uint16_t normal = 1000;
    std::string bye;
    if (layers_->websocket && layers_->websocket->open()) {
      WebSocket::put_close(normal, bye);
      send(bye, {});
      bye.clear();
    }
    if (layers_->tls) layers_->tls->close(bye);
    if (!bye.empty()) output().add(bye, {});
  }
  reason_ = reason;
  closing_ = true;
  owner_->touch(*this);
}

}  // namespace herald::net
