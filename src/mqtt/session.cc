#include "mqtt/session.h"

#include <algorithm>
#include <cassert>
#include <type_traits>
#include <utility>

namespace herald::mqtt {
namespace {

constexpr std::size_t packet_ids = 65'535;
constexpr std::size_t kept_places = 4;  // For what is in flight, while nothing is.
constexpr std::uint32_t never_expires = 0xFFFF'FFFF;
// The longest topic that is remembered for an alias, so that aliases cannot be made to hold much.
constexpr std::size_t aliased_topic_bytes_max = 1024;

// Packets of our own are short enough to be built without the heap.
template <class Packet>
void send(Effects& effects, void (*write)(const Packet&, std::string&, Version),
          const std::type_identity_t<Packet>& packet, Version version) {
  std::string bytes;
  write(packet, bytes, version);
  effects.write(bytes, SharedBytes());
}

void answer_ping(Effects& effects) {
  std::string bytes;
  write_pingresp(bytes);
  effects.write(bytes, SharedBytes());
}

// How MQTT 3.x says it, section 3.2.2.3.
ConnackCode connack_code(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::success:
      return ConnackCode::accepted;
    case ReasonCode::unsupported_protocol_version:
      return ConnackCode::unacceptable_version;
    case ReasonCode::client_identifier_not_valid:
      return ConnackCode::identifier_rejected;
    case ReasonCode::bad_user_name_or_password:
      return ConnackCode::bad_username_or_password;
    case ReasonCode::not_authorized:
    case ReasonCode::banned:
    case ReasonCode::bad_authentication_method:
      return ConnackCode::not_authorized;
    default:
      return ConnackCode::server_unavailable;
  }
}

// What the server says when it ends the conversation, MQTT 5.0 section 3.14.2.1; success: nothing.
ReasonCode disconnect_reason(CloseReason reason) {
  switch (reason) {
    case CloseReason::none:
    case CloseReason::disconnected:
    case CloseReason::disconnected_with_will:
    case CloseReason::connection_lost:
    case CloseReason::connect_timeout:
    case CloseReason::refused:
      return ReasonCode::success;
    case CloseReason::keep_alive_timeout:
      return ReasonCode::keep_alive_timeout;
    case CloseReason::protocol_error:
      return ReasonCode::protocol_error;
    case CloseReason::packet_too_large:
      return ReasonCode::packet_too_large;
    case CloseReason::unsupported:
      return ReasonCode::qos_not_supported;
    case CloseReason::taken_over:
      return ReasonCode::session_taken_over;
    case CloseReason::device_gone:
    case CloseReason::registered:
      return ReasonCode::administrative_action;
    case CloseReason::storage_failed:
      return ReasonCode::unspecified_error;
    case CloseReason::too_slow:
    case CloseReason::quota_exceeded:
      return ReasonCode::quota_exceeded;
    case CloseReason::server_shutdown:
      return ReasonCode::server_shutting_down;
  }
  return ReasonCode::unspecified_error;
}

}  // namespace

std::string_view name_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::none:
      return "none";
    case CloseReason::disconnected:
      return "disconnected";
    case CloseReason::disconnected_with_will:
      return "disconnected with will";
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
    case CloseReason::storage_failed:
      return "storage failed";
    case CloseReason::registered:
      return "registered";
    case CloseReason::quota_exceeded:
      return "quota exceeded";
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
  // Clients that speak MQTT 5.0 know the bound and are told when they exceed it.
  if (connected()) return asked_ == 0 && (v5_ || inbound_ < inbound_max());
  return state_ == State::connecting;
}

Version Session::version() const { return version_; }

std::uint32_t Session::session_expiry() const { return session_expiry_; }

std::size_t Session::window() const { return window_; }

std::size_t Session::inbound_max() const {
  return std::clamp<std::size_t>(limits_->unacknowledged_inbound_max, 1, packet_ids);
}

std::size_t Session::packet_bytes_max() const {
  if (state_ == State::connecting) return limits_->connect_bytes_max;
  return v5_ ? limits_->v5_packet_bytes_max : limits_->packet_bytes_max;
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
    end(read.error(), effects);
    return std::nullopt;
  }
  const auto& header = *read;
  if (!header) return std::nullopt;
  const bool is_first = state_ == State::connecting;
  if (is_first && header->type != PacketType::connect) {
    end(CloseReason::protocol_error, "the first packet is not CONNECT", effects);  // [MQTT-3.1.0-1]
    return std::nullopt;
  }
  if (header->packet_size() > packet_bytes_max()) {
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
      if (!frame.body.empty()) {
        return end(CloseReason::protocol_error, ReasonCode::malformed_packet,
                   "a body where none belongs", effects);
      }
      return answer_ping(effects);
    case PacketType::disconnect:
      return handle_disconnect(frame, effects);
    case PacketType::connect:
      return end(CloseReason::protocol_error, "a second CONNECT", effects);  // [MQTT-3.1.0-2]
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp:
      return end(CloseReason::unsupported, ReasonCode::protocol_error, "QoS 2", effects);
    case PacketType::auth:  // Nobody was let in with an authentication method.
    case PacketType::connack:
    case PacketType::suback:
    case PacketType::unsuback:
    case PacketType::pingresp:
      return end(CloseReason::protocol_error, "a packet that clients do not send", effects);
  }
}

void Session::handle_connect(const Frame& frame, Effects& effects) {
  const auto request = read_connect(frame);
  if (!request) return end(request.error(), effects);
  state_ = State::answering;
  const bool is_known = request->version == Version::v3_1 || request->version == Version::v3_1_1 ||
                        request->version == Version::v5;
  if (!is_known) {  // [MQTT-3.1.2-2]; whoever comes after MQTT 5.0 hopefully reads its CONNACK.
    const bool is_newer = static_cast<std::uint8_t>(request->version) > 5;
    send(effects, write_connack,
         Connack{.code = ConnackCode::unacceptable_version,
                 .reason = ReasonCode::unsupported_protocol_version},
         is_newer ? Version::v5 : Version::v3_1_1);
    return end(CloseReason::unsupported, "protocol level", effects);
  }
  version_ = request->version;
  window_ = static_cast<std::uint16_t>(std::clamp<std::size_t>(limits_->window, 1, packet_ids));
  session_expiry_ = request->clean_session ? 0 : never_expires;
  if (version_ == Version::v5 && !agree_on_v5(*request, effects)) return;
  if (!agree_on_keep_alive(*request, effects)) return;
  if (version_ != Version::v5 && request->client_id.empty() && !request->clean_session) {
    return refuse(ReasonCode::client_identifier_not_valid, "a kept session without client id",
                  effects);  // [MQTT-3.1.3-8]
  }
  effects.connect(*request);
}

// In MQTT 5.0 the server may set the interval; before that it can only refuse one.
bool Session::agree_on_keep_alive(const Connect& request, Effects& effects) {
  const std::chrono::seconds wished(request.keep_alive);
  const bool is_free = limits_->any_keep_alive != nullptr && limits_->any_keep_alive(request);
  const bool is_endless = wished.count() == 0 && (is_free || limits_->endless_keep_alive);
  if (is_endless) return true;
  if (wished < limits_->keep_alive_min && !is_free && !v5_) {
    refuse(ReasonCode::client_identifier_not_valid, "keep alive too short", effects);
    return false;
  }
  const auto agreed = wished.count() == 0 ? limits_->keep_alive_max
                      : is_free
                          ? std::min(wished, limits_->keep_alive_max)
                          : std::clamp(wished, limits_->keep_alive_min, limits_->keep_alive_max);
  keep_alive_ = static_cast<std::uint16_t>(agreed.count());
  return true;
}

// What the client says of itself in MQTT 5.0, section 3.1.2.11.
bool Session::agree_on_v5(const Connect& request, Effects& effects) {
  const Properties& properties = request.properties;
  v5_ = std::make_unique<V5>();
  v5_->tell_reasons = properties.request_problem_information.value_or(1) != 0;
  v5_->packet_bytes_max = properties.maximum_packet_size.value_or(0);
  v5_->aliases_out_max =
      std::min(properties.topic_alias_maximum.value_or(0), limits_->topic_alias_max);
  window_ = std::min(window_, properties.receive_maximum.value_or(packet_ids));
  session_expiry_ = properties.session_expiry.value_or(0);
  if (properties.authentication_method) {
    refuse(ReasonCode::bad_authentication_method, "enhanced authentication", effects);
    return false;
  }
  if (request.has_will && request.will_qos > 1) {  // [MQTT-3.2.2-12]
    refuse(ReasonCode::qos_not_supported, "a will with QoS 2", effects);
    return false;
  }
  return true;
}

void Session::handle_disconnect(const Frame& frame, Effects& effects) {
  if (!v5_) {
    if (frame.body.empty()) return end(CloseReason::disconnected, {}, effects);
    return end(CloseReason::protocol_error, "a body where none belongs", effects);
  }
  const auto packet = read_disconnect(frame, version_);
  if (!packet) return end(packet.error(), effects);
  if (const auto expiry = packet->properties.session_expiry) {
    if (session_expiry_ == 0 && *expiry != 0) {  // Section 3.14.2.2.2.
      return end(CloseReason::protocol_error, "a session that was to end cannot be kept", effects);
    }
    session_expiry_ = *expiry;
  }
  const bool is_normal = packet->reason == ReasonCode::success;
  end(is_normal ? CloseReason::disconnected : CloseReason::disconnected_with_will,
      packet->properties.reason_string.value_or(""), effects);
}

void Session::handle_publish(const Frame& frame, Effects& effects) {
  auto message = read_publish(frame, version_);
  if (!message) return end(message.error(), effects);
  if (message->qos > 1) return end(CloseReason::unsupported, "QoS 2", effects);
  if (v5_) {
    if (!message->properties.subscription_ids.empty()) {  // [MQTT-3.3.4-6]
      return end(CloseReason::protocol_error, "a subscription identifier from a client", effects);
    }
    if (message->qos == 1 && inbound_ >= inbound_max()) {  // [MQTT-3.3.4-7]
      return end(CloseReason::protocol_error, ReasonCode::receive_maximum_exceeded,
                 "more than Receive Maximum", effects);
    }
    if (!resolve_alias(*message, effects)) return;
  }
  if (message->qos == 1) ++inbound_;
  effects.publish(*message);
}

// Section 3.3.2.3.4 of MQTT 5.0. From here on the message has its topic and no alias.
bool Session::resolve_alias(Publish& message, Effects& effects) {
  const auto alias = std::exchange(message.properties.topic_alias, std::nullopt);
  if (!alias) return true;
  if (*alias == 0 || *alias > limits_->topic_alias_max) {  // [MQTT-3.3.2-8], [MQTT-3.3.2-9]
    end(CloseReason::protocol_error, ReasonCode::topic_alias_invalid, "topic alias", effects);
    return false;
  }
  auto& topics = v5_->aliases_in;
  if (!message.topic.empty()) {
    if (message.topic.size() > aliased_topic_bytes_max) {
      end(CloseReason::protocol_error, ReasonCode::topic_name_invalid, "a topic too long", effects);
      return false;
    }
    if (topics.size() < *alias) topics.resize(*alias);
    topics[*alias - 1u] = message.topic;
    return true;
  }
  if (*alias > topics.size() || topics[*alias - 1u].empty()) {
    end(CloseReason::protocol_error, "an alias without a topic", effects);
    return false;
  }
  message.topic = topics[*alias - 1u];
  return true;
}

void Session::handle_puback(const Frame& frame, Effects& effects) {
  // Also with an error in its reason code: the message is not sent again, MQTT 5.0 section 4.4.
  const auto packet = read_puback(frame, version_);
  if (!packet) return end(packet.error(), effects);
  const auto found = std::ranges::find(in_flight_, packet->packet_id, &InFlight::packet_id);
  if (found == in_flight_.end()) return;
  const DeliveryKey key{.message = found->message, .recipient = found->recipient};
  in_flight_.erase(found);
  // A few places are kept: not every delivery is to allocate.
  if (in_flight_.empty() && in_flight_.capacity() > kept_places) in_flight_.shrink_to_fit();
  effects.acknowledged(key);
}

void Session::handle_subscribe(const Frame& frame, Effects& effects) {
  const auto request = read_subscribe(frame, version_);
  if (!request) return end(request.error(), effects);
  if (!request->properties.subscription_ids.empty()) {
    return end(CloseReason::unsupported, ReasonCode::subscription_ids_not_supported,
               "subscription identifier", effects);
  }
  if (request->entries.size() > limits_->filters_per_subscribe) {
    const std::string failures(request->entries.size(),
                               static_cast<char>(ReasonCode::quota_exceeded));
    asked_ = request->packet_id;
    return suback(request->packet_id, failures, effects);
  }
  asked_ = request->packet_id;
  effects.subscribe(*request);
}

void Session::handle_unsubscribe(const Frame& frame, Effects& effects) {
  const auto request = read_unsubscribe(frame, version_);
  if (!request) return end(request.error(), effects);
  if (request->filters.size() > limits_->filters_per_unsubscribe) {
    return end(CloseReason::protocol_error, ReasonCode::quota_exceeded, "too many filters",
               effects);
  }
  asked_ = request->packet_id;
  effects.unsubscribe(*request);
}

void Session::accept(const Acceptance& acceptance, Time now, Effects& effects) {
  if (state_ != State::answering) return;
  state_ = State::connected;
  now_ = now;
  restart_keep_alive(now);
  // The flag came with MQTT 3.1.1; its byte is reserved in 3.1.
  Connack packet{.session_present = acceptance.session_present && version_ != Version::v3_1};
  if (v5_) {
    session_expiry_ = acceptance.session_expiry.value_or(session_expiry_);
    packet.properties = offers(acceptance);
  }
  send(effects, write_connack, packet, version_);
  handle_held(now, effects);
}

// What the server offers, MQTT 5.0 section 3.2.2.3, said in full as the platform does.
Properties Session::offers(const Acceptance& acceptance) const {
  Properties offers;
  offers.session_expiry = session_expiry_;
  offers.receive_maximum = static_cast<std::uint16_t>(inbound_max());
  offers.maximum_qos = 1;
  offers.retain_available = 1;
  offers.maximum_packet_size = static_cast<std::uint32_t>(limits_->v5_packet_bytes_max);
  if (!acceptance.assigned_client_id.empty()) {
    offers.assigned_client_id = acceptance.assigned_client_id;
  }
  offers.topic_alias_maximum = limits_->topic_alias_max;
  offers.wildcard_subscription_available = 1;
  offers.subscription_ids_available = 0;
  offers.shared_subscription_available = 1;
  offers.server_keep_alive = keep_alive_;
  return offers;
}

void Session::refuse(ReasonCode reason, std::string_view detail, Effects& effects) {
  assert(reason != ReasonCode::success);
  if (state_ != State::answering) return;
  Connack packet{.code = connack_code(reason), .reason = reason};
  if (may_tell(detail)) packet.properties.reason_string = detail;
  send(effects, write_connack, packet, version_);
  end(CloseReason::refused, detail, effects);
}

// A reason string is left out for who does not want it and where the packet would be too large.
bool Session::may_tell(std::string_view reason) const {
  constexpr std::size_t around = 12;  // Of CONNACK and DISCONNECT, at most.
  if (!v5_ || !v5_->tell_reasons || reason.empty()) return false;
  return v5_->packet_bytes_max == 0 || reason.size() + around <= v5_->packet_bytes_max;
}

void Session::suback(PacketId packet_id, std::string_view codes, Effects& effects) {
  if (!take_answer(packet_id)) return;
  std::string own(codes);
  if (!v5_) {  // There is one failure, section 3.9.3.
    std::ranges::replace_if(
        own, [](char code) { return static_cast<std::uint8_t>(code) >= suback_failure; },
        static_cast<char>(suback_failure));
  }
  send(effects, write_suback, Suback{.packet_id = packet_id, .codes = own}, version_);
  handle_held(now_, effects);
}

void Session::unsuback(PacketId packet_id, std::string_view codes, Effects& effects) {
  if (!take_answer(packet_id)) return;
  send(effects, write_unsuback, Unsuback{.packet_id = packet_id, .codes = codes}, version_);
  handle_held(now_, effects);
}

// Whether the device waits for an answer to this packet; from here on it does not.
bool Session::take_answer(PacketId packet_id) {
  if (!connected() || asked_ == 0 || packet_id != asked_) return false;
  asked_ = 0;
  return true;
}

void Session::puback(PacketId packet_id, Time now, Effects& effects, ReasonCode reason) {
  if (!connected()) return;
  now_ = now;
  // While nothing was read the device could not be heard.
  if (!wants_bytes()) restart_keep_alive(now);
  if (inbound_ > 0) --inbound_;
  send(effects, write_puback, Puback{.packet_id = packet_id, .reason = reason}, version_);
  handle_held(now, effects);
}

bool Session::deliver(const Delivery& delivery, Effects& effects) {
  if (!connected()) return true;
  Publish packet{.qos = delivery.qos, .retain = delivery.retain, .topic = delivery.topic};
  if (delivery.qos > 0) {
    assert(free_slots() > 0);
    packet.duplicate = delivery.duplicate || delivery.packet_id != 0;
    packet.packet_id = take_packet_id(delivery.packet_id);
  }
  const Properties* properties = delivery.properties;
  Properties aliased;
  bool is_new_alias = false;
  if (v5_ && v5_->aliases_out_max > 0) {
    if (const auto alias = alias_for(delivery.topic, is_new_alias)) {
      if (properties != nullptr) aliased = *properties;
      aliased.topic_alias = alias;
      properties = &aliased;
      if (!is_new_alias) packet.topic = {};
    }
  }
  const PublishHead head(packet, properties, delivery.payload.size(), version_);
  if (v5_ && v5_->packet_bytes_max != 0 &&
      head.view().size() + delivery.payload.size() > v5_->packet_bytes_max) {
    return false;  // [MQTT-3.1.2-24], [MQTT-3.1.2-25]
  }
  if (is_new_alias) v5_->aliases_out.emplace_back(delivery.topic);
  if (delivery.qos > 0) {
    in_flight_.push_back({.message = delivery.key.message,
                          .recipient = delivery.key.recipient,
                          .packet_id = packet.packet_id});
  }
  effects.write(head.view(), delivery.payload);
  return true;
}

// The alias that the topic has, or gets while there are any left.
std::optional<std::uint16_t> Session::alias_for(std::string_view topic, bool& is_new) const {
  const auto& topics = v5_->aliases_out;
  const auto known = std::ranges::find(topics, topic);
  is_new = known == topics.end();
  const auto place = static_cast<std::size_t>(known - topics.begin());
  if (is_new && (place >= v5_->aliases_out_max || topic.size() > aliased_topic_bytes_max)) {
    is_new = false;
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(place + 1);
}

std::size_t Session::free_slots() const {
  return connected() && in_flight_.size() < window_ ? window_ - in_flight_.size() : 0;
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

void Session::end(CloseReason reason, std::string_view detail, Effects& effects) {
  end(reason, disconnect_reason(reason), detail, effects);
}

void Session::end(const Error& error, Effects& effects) {
  end(CloseReason::protocol_error,
      error.code == Code::protocol_error ? ReasonCode::protocol_error
                                         : ReasonCode::malformed_packet,
      error.detail, effects);
}

// What is in flight stays: its owner may still ask for it.
void Session::end(CloseReason reason, ReasonCode code, std::string_view detail, Effects& effects) {
  if (closed()) return;
  if (v5_ && connected() && code != ReasonCode::success) {
    Disconnect packet{.reason = code};
    if (may_tell(detail)) packet.properties.reason_string = detail;
    send(effects, write_disconnect, packet, version_);
  }
  state_ = State::closed;
  if (!handling_) held_.reset();
  effects.close(reason, detail);
}

}  // namespace herald::mqtt
