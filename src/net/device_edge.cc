#include "net/device_edge.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/log.h"
#include "core/topic_device.h"
#include "model/device_signature.h"
#include "net/message_properties.h"
#include "net/output.h"

namespace herald::net {
namespace {

// device-mqtt.md, section 4: who asked for registration has so long to say good-bye.
constexpr Milliseconds after_registration{15'000};

// device-mqtt.md, section 6.
mqtt::ReasonCode reason_of(LoginVerdict verdict) {
  switch (verdict) {
    case LoginVerdict::accepted:
      return mqtt::ReasonCode::success;
    case LoginVerdict::malformed:
      return mqtt::ReasonCode::client_identifier_not_valid;
    case LoginVerdict::wrong:
      return mqtt::ReasonCode::bad_user_name_or_password;
    case LoginVerdict::forbidden:
      return mqtt::ReasonCode::not_authorized;
    case LoginVerdict::unavailable:
      return mqtt::ReasonCode::server_unavailable;
  }
  return mqtt::ReasonCode::server_unavailable;
}

ConnectResult result_of(LoginVerdict verdict) {
  switch (verdict) {
    case LoginVerdict::accepted:
      return ConnectResult::accepted;
    case LoginVerdict::malformed:
      return ConnectResult::malformed;
    case LoginVerdict::wrong:
      return ConnectResult::wrong;
    case LoginVerdict::forbidden:
      return ConnectResult::forbidden;
    case LoginVerdict::unavailable:
      return ConnectResult::unavailable;
  }
  return ConnectResult::unavailable;
}

ConnectResult result_of(const Error& registration) {
  switch (registration.code) {
    case Code::registration_malformed:
      return ConnectResult::malformed;
    case Code::registration_refused:
      return ConnectResult::wrong;
    default:
      return ConnectResult::unavailable;
  }
}

DropReason reason_of(Handed handed) {
  switch (handed) {
    case Handed::over:
      return DropReason::none;
    case Handed::gone:
      return DropReason::offline;
    case Handed::too_slow:
      return DropReason::slow;
    case Handed::too_large:
      return DropReason::too_large;
  }
  return DropReason::none;
}

mqtt::ReasonCode reason_of(const Error& registration) {
  switch (registration.code) {
    case Code::registration_malformed:
      return mqtt::ReasonCode::client_identifier_not_valid;
    case Code::registration_refused:
      return mqtt::ReasonCode::bad_user_name_or_password;
    default:
      return mqtt::ReasonCode::server_unavailable;
  }
}

mqtt::ReasonCode reason_of(UplinkVerdict verdict) {
  switch (verdict) {
    case UplinkVerdict::taken:
      return mqtt::ReasonCode::success;
    case UplinkVerdict::not_authorized:
      return mqtt::ReasonCode::not_authorized;
    case UplinkVerdict::rate:
    case UplinkVerdict::too_large:
      return mqtt::ReasonCode::quota_exceeded;
    case UplinkVerdict::failed:
      return mqtt::ReasonCode::unspecified_error;
  }
  return mqtt::ReasonCode::unspecified_error;
}

mqtt::CloseReason reason_of(CutReason reason) {
  switch (reason) {
    case CutReason::taken_over:
      return mqtt::CloseReason::taken_over;
    case CutReason::device_gone:
    case CutReason::left_gateway:
      return mqtt::CloseReason::device_gone;
    case CutReason::storage_failed:
      return mqtt::CloseReason::storage_failed;
  }
  return mqtt::CloseReason::device_gone;
}

Credentials credentials_from(const mqtt::Connect& request, const Peer& peer) {
  return {.client_id = request.client_id,
          .username = request.username.value_or(""),
          .password = request.password.value_or(""),
          .over_tls = peer.over_tls,
          .certificate = peer.certificate};
}

bool has_custom_rrpc(const mqtt::Connect& request) {
  const auto id = parse_client_id(request.client_id);
  return id && understands_custom_rrpc(*id);
}

std::string_view text_of(const WantedSubscription& wanted) { return wanted.filter; }
std::string_view text_of(const std::string& filter) { return filter; }

// In MQTT 3.x the platform takes wills and disregards them: device-mqtt.md, section 12.
std::optional<Will> will_of(const mqtt::Connect& request) {
  if (!request.has_will || request.version != mqtt::Version::v5) return std::nullopt;
  const mqtt::Properties& properties = request.will_properties;
  Will will;
  will.message = {.topic = std::string(request.will_topic),
                  .qos = static_cast<Qos>(std::min<std::uint8_t>(request.will_qos, 1)),
                  .retain = request.will_retain,
                  .properties = message_properties(properties),
                  .payload = std::string(request.will_payload)};
  if (properties.message_expiry) {
    will.message.expiry = std::chrono::seconds(*properties.message_expiry);
  }
  will.delay = std::chrono::seconds(properties.will_delay.value_or(0));
  return will;
}

}  // namespace

DeviceEdge::DeviceEdge(ShardIndex shard, Shards& shards, const Platform& platform)
    : shard_(shard),
      shards_(shards),
      platform_(platform),
      homes_(platform.homes),
      mail_(platform.homes.mail(shard)),
      deliveries_(platform.homes.counts(shard)),
      gateways_(shard, shards, platform) {
  homes_.introduce(shard, *this);
}

const DeviceIdentity* DeviceEdge::device_at(const ConnectionRef& connection) const {
  return connection.slot < devices_.size() ? devices_[connection.slot].get() : nullptr;
}

// Getting in.

void DeviceEdge::connect(const ConnectionRef& connection, const mqtt::Connect& request,
                         const Peer& peer) {
  if (Registration::is_asked_for(request.client_id)) {
    return register_device(connection, request, peer);
  }
  Entering entering{.username = log::printable(request.username.value_or("")),
                    .wanted = {.connection = connection,
                               .clean_start = request.clean_session,
                               .address = peer.address,
                               .custom_rrpc = has_custom_rrpc(request),
                               .will = will_of(request)},
                    .assign_client_id = request.client_id.empty()};
  log_in(platform_.registry, credentials_from(request, peer),
         [this, entering = std::move(entering)](Login login) mutable {
           run_here([this, entering = std::move(entering), login = std::move(login)]() mutable {
             enter(std::move(entering), std::move(login));
           });
         });
}

template <class Function>
void DeviceEdge::run_here(Function task) {
  if (shards_.is_here(shard_)) return task();
  shards_.post(shard_, std::move(task));
}

void DeviceEdge::enter(Entering entering, Login login) {
  const ConnectionRef connection = entering.wanted.connection;
  if (connections_->session(connection) == nullptr) return;
  if (login.verdict != LoginVerdict::accepted) {
    connects_.of(result_of(login.verdict)).add();
    static log::Limited refused;
    refused.info("device {} from {} refused: {}", entering.username, entering.wanted.address,
                 login.why);
    return connections_->refuse(connection, reason_of(login.verdict), login.why);
  }
  if (!platform_.rates.admit_connect(login.device->id, login.product->account)) {
    connects_.of(ConnectResult::rate).add();
    return connections_->refuse(connection, mqtt::ReasonCode::connection_rate_exceeded,
                                "too many connects");
  }
  const ShardIndex home = homes_.shard_of(login.device->id);
  if (home == shard_) return settle_in(std::move(entering), login);
  connections_->move(connection, home,
                     [there = all_[home], entering = std::move(entering),
                      login = std::move(login)](const ConnectionRef& moved) mutable {
                       entering.wanted.connection = moved;
                       there->settle_in(std::move(entering), login);
                     });
}

// On the shard of the device's home.
void DeviceEdge::settle_in(Entering entering, const Login& login) {
  const ConnectionRef connection = entering.wanted.connection;
  const mqtt::Session* session = connections_->session(connection);
  if (session == nullptr) return;
  if (devices_.size() <= connection.slot) devices_.resize(connection.slot + 1);
  devices_[connection.slot] = std::make_unique<const DeviceIdentity>(*login.device);
  ConnectRequest wanted = std::move(entering.wanted);
  wanted.device = login.device;
  wanted.session_expiry = session->session_expiry();
  wanted.window = static_cast<std::uint32_t>(session->window());
  auto answered = [this, connection, tell = login.tell_identity,
                   assign = entering.assign_client_id](const ConnectAnswer& answer) {
    entered(connection, answer, tell, assign);
  };
  homes_.home_of_device(login.device->id).connect(std::move(wanted), std::move(answered));
}

void DeviceEdge::entered(const ConnectionRef& connection, const ConnectAnswer& answer,
                         bool tell_identity, bool assign_client_id) {
  connects_.of(answer.accepted ? ConnectResult::accepted : ConnectResult::forbidden).add();
  if (!answer.accepted) {
    return connections_->refuse(connection, mqtt::ReasonCode::not_authorized, answer.why);
  }
  if (connections_->session(connection) == nullptr) return;
  const DeviceIdentity& device = *device_at(connection);
  // What MQTT 5.0 wants to be told; the session goes by the device.
  const std::string assigned =
      assign_client_id ? device.product.text() + "." + device.name.text() : std::string();
  connections_->accept(connection,
                       {.session_present = answer.session_present, .assigned_client_id = assigned});
  if (!tell_identity || connections_->session(connection) == nullptr) return;
  push(connection, "/ext/auth/identity/response", Registration::identity_of(device));
}

// It gets what it will sign in with, and no session.
void DeviceEdge::register_device(const ConnectionRef& connection, const mqtt::Connect& request,
                                 const Peer& peer) {
  platform_.registration.over_mqtt(
      credentials_from(request, peer), [this, connection](Result<Registration::Push> made) {
        shards_.post(shard_, [this, connection, made = std::move(made)] {
          connects_.of(made ? ConnectResult::registered : result_of(made.error())).add();
          if (!made) {
            static log::Limited refused;
            refused.info("registration refused: {}", made.error().detail);
            return connections_->refuse(connection, reason_of(made.error()), made.error().detail);
          }
          connections_->accept(connection, {});
          push(connection, made->topic, made->payload);
          shards_.post_after(shard_, after_registration, [this, connection] {
            connections_->close(connection, mqtt::CloseReason::registered);
          });
        });
      });
}

void DeviceEdge::push(const ConnectionRef& connection, std::string_view topic,
                      const std::string& payload) {
  connections_->deliver(connection, {.topic = topic, .payload = SharedBytes::copy_of(payload)});
}

// What devices say.

const DeviceIdentity* DeviceEdge::speaker(const ConnectionRef& connection,
                                          const DeviceIdentity& own, std::string_view topic) {
  const auto path = device_in_topic(topic);
  if (!path) return &own;
  const std::string_view product = own.product.view();
  const bool is_own = path->size() == product.size() + 1 + own.name.view().size() &&
                      path->starts_with(product) && path->ends_with(own.name.view());
  if (is_own) return &own;
  const auto* sub = gateways_.find(connection, *path);
  if (sub != nullptr) return &sub->device;
  // Behind the id of a request any topic may follow.
  return topic.starts_with("/ext/rrpc/") ? &own : nullptr;
}

template <class Filter, class Ask, class Answer>
void DeviceEdge::ask_homes(const ConnectionRef& connection, std::vector<Filter> filters, Ask ask,
                           Answer answer) {
  struct Part {
    std::vector<Filter> filters;
    std::vector<std::size_t> places;
  };
  struct Asked {
    std::string codes;
    std::size_t left = 0;
    Answer answer;
  };
  const DeviceIdentity& own = *device_at(connection);
  std::map<DeviceId, Part> parts;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const auto share = parse_share(text_of(filters[i]));
    // What is nobody's here the own home refuses.
    const auto* device = share ? speaker(connection, own, share->filter) : nullptr;
    Part& part = parts[device == nullptr ? own.id : device->id];
    part.filters.push_back(std::move(filters[i]));
    part.places.push_back(i);
  }
  const auto asked = std::make_shared<Asked>(
      Asked{std::string(filters.size(), '\0'), parts.size(), std::move(answer)});
  for (auto& [device, part] : parts) {
    auto answered = [asked, places = std::move(part.places)](const std::string& codes) {
      for (std::size_t i = 0; i < places.size(); ++i) asked->codes[places[i]] = codes[i];
      if (--asked->left == 0) asked->answer(asked->codes);
    };
    mail_.run_at(homes_.shard_of(device),
                 [&homes = homes_, device, connection, ask, wanted = std::move(part.filters),
                  answered = std::move(answered)]() mutable {
                   (homes.home_of_device(device).*ask)(device, connection, std::move(wanted),
                                                       std::move(answered));
                 });
  }
}

void DeviceEdge::subscribe(const ConnectionRef& connection, const mqtt::Subscribe& request) {
  if (!device_at(connection)) {  // One that only registers.
    const std::string refused(request.entries.size(),
                              static_cast<char>(mqtt::ReasonCode::not_authorized));
    return connections_->suback(connection, request.packet_id, refused);
  }
  std::vector<WantedSubscription> wanted;
  for (const mqtt::SubscribeEntry& entry : request.entries) {
    // Delivery is at the publisher's QoS, which is never 2.
    wanted.push_back({.filter = std::string(entry.filter),
                      .qos = std::min<std::uint8_t>(entry.qos, 1),
                      .no_local = entry.no_local,
                      .retain_as_published = entry.retain_as_published,
                      .retain_handling = entry.retain_handling});
  }
  const bool has_retained = connections_->session(connection)->version() == mqtt::Version::v5;
  if (!has_retained) {
    for (WantedSubscription& each : wanted) each.retain_handling = 2;
  }
  ask_homes(connection, std::move(wanted), &Home::subscribe,
            [this, connection, id = request.packet_id](const std::string& codes) {
              connections_->suback(connection, id, codes);
            });
}

void DeviceEdge::unsubscribe(const ConnectionRef& connection, const mqtt::Unsubscribe& request) {
  if (!device_at(connection)) {
    const std::string none(request.filters.size(),
                           static_cast<char>(mqtt::ReasonCode::no_subscription_existed));
    return connections_->unsuback(connection, request.packet_id, none);
  }
  std::vector<std::string> filters(request.filters.begin(), request.filters.end());
  ask_homes(connection, std::move(filters), &Home::unsubscribe,
            [this, connection, id = request.packet_id](const std::string& codes) {
              connections_->unsuback(connection, id, codes);
            });
}

void DeviceEdge::publish(const ConnectionRef& connection, const mqtt::Publish& message) {
  const DeviceIdentity* device = device_at(connection);
  const mqtt::PacketId packet_id = message.qos == 1 ? message.packet_id : mqtt::PacketId{0};
  if (!device) return take(connection, packet_id, UplinkVerdict::not_authorized);
  if (gateways_.take(connection, *device, message.topic, message.payload)) {
    return take(connection, packet_id, UplinkVerdict::taken);
  }
  const DeviceIdentity* const speaks = speaker(connection, *device, message.topic);
  if (speaks == nullptr) {
    gateways_.refuse(connection, *device, *device_in_topic(message.topic));
    return take(connection, packet_id, UplinkVerdict::not_authorized);
  }
  UplinkMessage uplink{.topic = std::string(message.topic),
                       .qos = static_cast<Qos>(message.qos),
                       .retain = message.retain,
                       .properties = message_properties(message.properties),
                       .payload = std::string(message.payload)};
  if (message.properties.message_expiry) {
    uplink.expiry = std::chrono::seconds(*message.properties.message_expiry);
  }
  const bool may_retain = connections_->session(connection)->version() == mqtt::Version::v5;
  platform_.uplink.publish(
      *speaks, std::move(uplink), may_retain, [this, connection, packet_id](UplinkVerdict verdict) {
        run_here([this, connection, packet_id, verdict] { take(connection, packet_id, verdict); });
      });
}

// What was dropped is acknowledged like what was taken, with the reason where MQTT has a place for
// one: device-mqtt.md, section 9. What could not be kept is not: the device sends it again.
void DeviceEdge::take(const ConnectionRef& connection, mqtt::PacketId packet_id,
                      UplinkVerdict verdict) {
  if (verdict == UplinkVerdict::not_authorized) {
    static log::Limited refused;
    const DeviceIdentity* device = device_at(connection);
    refused.info("device {}: published where it may not",
                 device ? device->name.view() : std::string_view("unknown"));
  }
  if (packet_id == 0) return;
  if (verdict == UplinkVerdict::failed) {
    return connections_->close(connection, mqtt::CloseReason::storage_failed);
  }
  connections_->puback(connection, packet_id, reason_of(verdict));
}

void DeviceEdge::acknowledged(const ConnectionRef& connection, mqtt::DeliveryKey key) {
  // First, so that nothing newer takes the place of what waits.
  if (gateways_.holds_any()) send_held(connection);
  const auto login = GatewayConnections::login_of(key);
  const auto device = login == 0 ? device_at(connection)->id
                                 : gateways_.device_of(connection, login).value_or(DeviceId{});
  if (device == DeviceId{}) return;  // It has signed out since, and gets its message again.
  mail_.report({.device = device,
                .connection = connection,
                .message = MessageId{key.message},
                .recipient = GatewayConnections::recipient_of(key),
                .receipt = {.outcome = Outcome::acked}});
}

void DeviceEdge::send_held(const ConnectionRef& connection) {
  for (;;) {
    const mqtt::Session* session = connections_->session(connection);
    if (session == nullptr || session->free_slots() == 0) return;
    const auto held = gateways_.next_held(connection);
    if (!held) return;
    deliver(held->message, held->target, /*waited=*/true);
  }
}

void DeviceEdge::ended(const ConnectionRef& connection, const mqtt::Session& session,
                       mqtt::CloseReason reason) {
  if (!device_at(connection)) return;
  const auto device = std::exchange(devices_[connection.slot], nullptr);
  ConnectionEnd end{.will = reason != mqtt::CloseReason::disconnected &&
                            reason != mqtt::CloseReason::server_shutdown};
  if (session.version() == mqtt::Version::v5) end.expiry = session.session_expiry();
  end.unacknowledged = GatewayConnections::unacknowledged(session, /*login=*/0);
  gateways_.ended(connection, session);
  mail_.run_at(homes_.shard_of(device->id),
               [&homes = homes_, device = device->id, connection, end = std::move(end)]() mutable {
                 homes.home_of_device(device).gone(device, connection, std::move(end));
               });
}

// What homes ask for.

void DeviceEdge::deliver(const SharedMessage& message, const EdgeTarget& target) {
  deliver(message, target, /*waited=*/false);
}

void DeviceEdge::deliver(const SharedMessage& message, const EdgeTarget& target, bool waited) {
  const Handed handed = hand_over(message, target, waited);
  const bool is_qos_0 = message->qos == Qos::at_most_once;
  if (is_qos_0) {
    deliveries_.in(Outcome::inflight).add(-1);
    deliveries_.ended(handed == Handed::over ? Outcome::sent : Outcome::dropped, reason_of(handed));
  }
  // Of QoS 1 its home hears when it hears of the end.
  if (handed == Handed::over || (handed == Handed::gone && !is_qos_0)) return;
  mail_.report({.device = message->recipients[target.recipient],
                .connection = target.connection,
                .message = message->id,
                .recipient = target.recipient,
                .receipt = {.outcome = Outcome::dropped, .reason = reason_of(handed)}});
}

Handed DeviceEdge::hand_over(const SharedMessage& message, const EdgeTarget& target, bool waited) {
  const DeviceIdentity* device = device_at(target.connection);
  const mqtt::Session* session = connections_->session(target.connection);
  if (!device || session == nullptr) return Handed::gone;
  GatewayConnections::Login login = 0;
  if (const DeviceId recipient = message->recipients[target.recipient]; device->id != recipient) {
    const auto* sub = gateways_.find(target.connection, recipient);
    if (sub == nullptr || !sub->has_entered()) return Handed::gone;
    device = &sub->device;
    login = sub->login;
  }
  const bool must_wait =
      session->free_slots() == 0 || (!waited && gateways_.holds(target.connection));
  if (message->qos != Qos::at_most_once && must_wait) {
    // Several devices have messages on their way: this one waits for a PUBACK.
    return gateways_.hold(target.connection, {message, target}) ? Handed::over : Handed::gone;
  }
  topic_.assign(message->topic.before());
  if (message->topic.names_device()) topic_ += device->name.view();
  topic_ += message->topic.after();
  // Small payloads are copied into the output at once: no reference is counted for them.
  const bool copied = message->payload.size() <= Output::copied_bytes_max;
  mqtt::Delivery delivery{
      .key = GatewayConnections::key_of(message->id, target.recipient, login),
      .topic = topic_,
      .qos = static_cast<std::uint8_t>(message->qos),
      .duplicate = target.duplicate,
      .packet_id = target.packet_id,
      .payload = copied ? SharedBytes(nullptr, message->payload) : payload_of(message),
      .retain = target.retain};
  WrittenProperties properties;
  if (session->version() == mqtt::Version::v5) {
    delivery.properties = properties.of(*message, device->name.view(), platform_.clock.now());
  }
  return connections_->deliver(target.connection, delivery);
}

void DeviceEdge::cut(DeviceId device, const ConnectionRef& connection, CutReason reason) {
  const DeviceIdentity* own = device_at(connection);
  if (own != nullptr && own->id != device) return gateways_.cut(connection, device, reason);
  connections_->close(connection, reason_of(reason));
}

}  // namespace herald::net
