#include "mqtt/session.h"

#include <algorithm>
#include <cassert>

namespace herald::mqtt {
namespace {

constexpr std::size_t packet_ids = 65'535;

// Packets of our own are short enough to be built without the heap.
template <class Write, class... Args>
void send(Effects& effects, Write write, const Args&... args) {
  std::string packet;
  write(args..., packet);
  effects.write(packet, SharedBytes());
}

void send_connack(Effects& effects, bool session_present, ConnackCode code) {
  send(effects, write_connack, Connack{.session_present = session_present, .code = code});
}

}  // namespace

std::string_view name_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::none:
      return "none";
    case CloseReason::disconnected:
      return "disconnected";
    case CloseReason::connection_lost:
      return "connection lost";
    case CloseReason::keep_alive_timeout:
      return "keep-alive timeout";
    case CloseReason::connect_timeout:
      return "connect timeout";
    case CloseReason::protocol_error:
      return "protocol error";
    case CloseReason::packet_too_large:
      return "packet too large";
    case CloseReason::unsupported:
      return "unsupported";
    case CloseReason::refused:
      return "refused";
    case CloseReason::taken_over:
      return "taken over";
    case CloseReason::device_gone:
      return "device gone";
    case CloseReason::too_slow:
      return "too slow";
    case CloseReason::server_shutdown:
      return "server shutdown";
  }
  return "unknown";
}

Session::Session(Time now, const SessionLimits& limits)
    : limits_(&limits), deadline_(now + limits.connect_timeout), now_(now) {}

bool Session::closed() const { return state_ == State::closed; }

bool Session::connected() const { return state_ == State::connected; }

bool Session::wants_bytes() const {
  if (connected()) return asked_ == 0 && inbound_ < limits_->unacknowledged_inbound_max;
  return state_ == State::connecting;
}

std::size_t Session::held_bytes() const { return held_ ? held_->size() : 0; }

void Session::receive(std::string_view bytes, Time now, Effects& effects) {
  assert(!handling_);
  now_ = now;
  // A packet whose start is held is completed first; the rest is handled where it lies.
  while (held_ && wants_bytes() && !bytes.empty()) {
    const std::string_view piece = bytes.substr(0, missing_bytes());
    held_->append(piece);
    bytes.remove_prefix(piece.size());
    handle_held(now, effects);
  }
  if (!held_) bytes.remove_prefix(handle_packets(bytes, now, effects));
  if (!bytes.empty() && !closed()) hold(bytes, effects);
}

// Handles the whole packets at the front of `bytes` and returns their size.
std::size_t Session::handle_packets(std::string_view bytes, Time now, Effects& effects) {
  handling_ = true;
  std::size_t handled = 0;
  while (wants_bytes()) {
    const auto packet = next_packet(bytes.substr(handled), effects);
    if (!packet) break;
    handle(*packet, now, effects);
    handled += packet->size;
  }
  handling_ = false;
  return handled;
}

void Session::handle_held(Time now, Effects& effects) {
  if (!held_ || handling_) return;
  held_->take(handle_packets(held_->view(), now, effects));
  if (closed() || held_->size() == 0) held_.reset();
}

void Session::hold(std::string_view bytes, Effects& effects) {
  if (!held_) {
    held_ = std::make_unique<HeldBytes>();
  } else if (held_->size() + bytes.size() > limits_->packet_bytes_max) {
    return end(CloseReason::protocol_error, "too many bytes before an answer", effects);
  }
  held_->append(bytes);
}

// The packet at the front of `bytes`, judged by its header before its body arrives; nothing when it
// is not complete or ended the conversation.
std::optional<Frame> Session::next_packet(std::string_view bytes, Effects& effects) {
  const auto read = read_fixed_header(bytes, version_);
  if (!read) {
    end(CloseReason::protocol_error, read.error().detail, effects);
    return std::nullopt;
  }
  const auto& header = *read;
  if (!header) return std::nullopt;
  const bool is_first = state_ == State::connecting;
  if (is_first && header->type != PacketType::connect) {
    end(CloseReason::protocol_error, "the first packet is not CONNECT", effects);  // [MQTT-3.1.0-1]
    return std::nullopt;
  }
  const std::size_t bytes_max = is_first ? limits_->connect_bytes_max : limits_->packet_bytes_max;
  if (header->packet_size() > bytes_max) {
    end(CloseReason::packet_too_large, "a packet larger than allowed", effects);
    return std::nullopt;
  }
  if (bytes.size() < header->packet_size()) return std::nullopt;
  return frame_of(*header, bytes);
}

// How much has to arrive before the packet that is held in part can be judged further.
std::size_t Session::missing_bytes() const {
  const auto header = read_fixed_header(held_->view(), version_);
  if (!header || !*header) return 1;
  return (*header)->packet_size() - held_->size();
}

void Session::handle(const Frame& frame, Time now, Effects& effects) {
  if (state_ == State::connecting) return handle_connect(frame, effects);
  restart_keep_alive(now);
  switch (frame.type) {
    case PacketType::publish:
      return handle_publish(frame, effects);
    case PacketType::puback:
      return handle_puback(frame, effects);
    case PacketType::subscribe:
      return handle_subscribe(frame, effects);
    case PacketType::unsubscribe:
      return handle_unsubscribe(frame, effects);
    case PacketType::pingreq:
    case PacketType::disconnect:
      if (!frame.body.empty()) {
        return end(CloseReason::protocol_error, "a body where none belongs", effects);
      }
      if (frame.type == PacketType::pingreq) return send(effects, write_pingresp);
      return end(CloseReason::disconnected, {}, effects);
    case PacketType::connect:
      return end(CloseReason::protocol_error, "a second CONNECT", effects);  // [MQTT-3.1.0-2]
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp:
      return end(CloseReason::unsupported, "QoS 2", effects);
    case PacketType::connack:
    case PacketType::suback:
    case PacketType::unsuback:
    case PacketType::pingresp:
    case PacketType::auth:
      return end(CloseReason::protocol_error, "a packet that clients do not send", effects);
  }
}

void Session::handle_connect(const Frame& frame, Effects& effects) {
  const auto request = read_connect(frame);
  if (!request) return end(CloseReason::protocol_error, request.error().detail, effects);
  state_ = State::answering;
  if (request->version != Version::v3_1 && request->version != Version::v3_1_1) {
    send_connack(effects, false, ConnackCode::unacceptable_version);  // [MQTT-3.1.2-2]
    return end(CloseReason::unsupported, "protocol level", effects);
  }
  version_ = request->version;
  const std::chrono::seconds keep_alive(request->keep_alive);
  if (keep_alive < limits_->keep_alive_min) {
    return refuse(ConnackCode::identifier_rejected, "keep alive too short", effects);
  }
  if (request->client_id.empty() && !request->clean_session) {  // [MQTT-3.1.3-8]
    return refuse(ConnackCode::identifier_rejected, "a kept session without client id", effects);
  }
  keep_alive_ = static_cast<std::uint16_t>(std::min(keep_alive, limits_->keep_alive_max).count());
  effects.connect(*request);
}

void Session::handle_publish(const Frame& frame, Effects& effects) {
  const auto message = read_publish(frame);
  if (!message) return end(CloseReason::protocol_error, message.error().detail, effects);
  if (message->qos > 1) return end(CloseReason::unsupported, "QoS 2", effects);
  if (message->qos == 1) ++inbound_;
  effects.publish(*message);
}

void Session::handle_puback(const Frame& frame, Effects& effects) {
  const auto packet_id = read_puback(frame);
  if (!packet_id) return end(CloseReason::protocol_error, packet_id.error().detail, effects);
  const auto found = std::ranges::find(in_flight_, *packet_id, &InFlight::packet_id);
  if (found == in_flight_.end()) return;
  const DeliveryKey key{.message = found->message, .recipient = found->recipient};
  in_flight_.erase(found);
  if (in_flight_.empty()) in_flight_.shrink_to_fit();
  effects.acknowledged(key);
}

void Session::handle_subscribe(const Frame& frame, Effects& effects) {
  const auto request = read_subscribe(frame);
  if (!request) return end(CloseReason::protocol_error, request.error().detail, effects);
  if (request->entries.size() > limits_->filters_per_subscribe) {
    const std::string failures(request->entries.size(), static_cast<char>(suback_failure));
    return send(effects, write_suback, request->packet_id, failures);
  }
  asked_ = request->packet_id;
  effects.subscribe(*request);
}

void Session::handle_unsubscribe(const Frame& frame, Effects& effects) {
  const auto request = read_unsubscribe(frame);
  if (!request) return end(CloseReason::protocol_error, request.error().detail, effects);
  if (request->filters.size() > limits_->filters_per_unsubscribe) {
    return end(CloseReason::protocol_error, "too many filters", effects);
  }
  asked_ = request->packet_id;
  effects.unsubscribe(*request);
}

void Session::accept(bool session_present, Time now, Effects& effects) {
  if (state_ != State::answering) return;
  state_ = State::connected;
  now_ = now;
  restart_keep_alive(now);
  // The flag came with MQTT 3.1.1; its byte is reserved in 3.1.
  send_connack(effects, session_present && version_ != Version::v3_1, ConnackCode::accepted);
  handle_held(now, effects);
}

void Session::refuse(ConnackCode code, std::string_view detail, Effects& effects) {
  assert(code != ConnackCode::accepted);
  if (state_ != State::answering) return;
  send_connack(effects, false, code);
  end(CloseReason::refused, detail, effects);
}

void Session::suback(PacketId packet_id, std::string_view codes, Effects& effects) {
  if (!take_answer(packet_id)) return;
  send(effects, write_suback, packet_id, codes);
  handle_held(now_, effects);
}

void Session::unsuback(PacketId packet_id, Effects& effects) {
  if (!take_answer(packet_id)) return;
  send(effects, write_unsuback, packet_id);
  handle_held(now_, effects);
}

// Whether the device waits for an answer to this packet; from here on it does not.
bool Session::take_answer(PacketId packet_id) {
  if (!connected() || asked_ == 0 || packet_id != asked_) return false;
  asked_ = 0;
  return true;
}

void Session::puback(PacketId packet_id, Time now, Effects& effects) {
  if (!connected()) return;
  now_ = now;
  // While nothing was read the device could not be heard.
  if (!wants_bytes()) restart_keep_alive(now);
  if (inbound_ > 0) --inbound_;
  send(effects, write_puback, packet_id);
  handle_held(now, effects);
}

void Session::deliver(const Delivery& delivery, Effects& effects) {
  if (!connected()) return;
  Publish packet{.topic = delivery.topic};
  if (delivery.qos > 0) {
    assert(free_slots() > 0);
    packet.qos = 1;
    packet.duplicate = delivery.duplicate || delivery.packet_id != 0;
    packet.packet_id = take_packet_id(delivery.packet_id);
    in_flight_.push_back({.message = delivery.key.message,
                          .recipient = delivery.key.recipient,
                          .packet_id = packet.packet_id});
  }
  effects.write(PublishHead(packet, delivery.payload.size()).view(), delivery.payload);
}

std::size_t Session::free_slots() const {
  const std::size_t window = std::min(limits_->window, packet_ids);
  return connected() && in_flight_.size() < window ? window - in_flight_.size() : 0;
}

std::vector<Unacknowledged> Session::unacknowledged() const {
  std::vector<Unacknowledged> all;
  all.reserve(in_flight_.size());
  for (const auto& [message, recipient, packet_id] : in_flight_) {
    all.push_back({.key = {.message = message, .recipient = recipient}, .packet_id = packet_id});
  }
  return all;
}

bool Session::is_in_flight(PacketId packet_id) const {
  return std::ranges::find(in_flight_, packet_id, &InFlight::packet_id) != in_flight_.end();
}

// Section 2.3.1: an id is free again once it was acknowledged. Ids go round, so that a late PUBACK
// does not hit the next message.
PacketId Session::take_packet_id(PacketId wished) {
  if (wished != 0 && !is_in_flight(wished)) return wished;
  do {
    ++last_packet_id_;
  } while (last_packet_id_ == 0 || is_in_flight(last_packet_id_));
  return last_packet_id_;
}

void Session::tick(Time now, Effects& effects) {
  now_ = now;
  if (closed() || now < deadline_) return;
  if (!connected()) return end(CloseReason::connect_timeout, {}, effects);
  if (!wants_bytes()) return restart_keep_alive(now);
  end(CloseReason::keep_alive_timeout, {}, effects);
}

Time Session::deadline() const { return deadline_; }

void Session::restart_keep_alive(Time now) {
  deadline_ = keep_alive_ == 0 ? Time::max() : now + Milliseconds(1500) * keep_alive_;
}

void Session::close(CloseReason reason, Effects& effects) { end(reason, {}, effects); }

// What is in flight stays: its owner may still ask for it.
void Session::end(CloseReason reason, std::string_view detail, Effects& effects) {
  if (closed()) return;
  state_ = State::closed;
  if (!handling_) held_.reset();
  effects.close(reason, detail);
}

}  // namespace herald::mqtt
