#include "net/device_connection.h"

#include <utility>
#include <vector>

#include "base/log.h"
#include "core/login.h"
#include "core/permissions.h"
#include "net/device_sockets.h"

namespace herald::net {
namespace {

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
  }
  return mqtt::ReasonCode::server_unavailable;
}

}  // namespace

std::string_view DeviceConnection::name() const {
  return device_ ? device_->name.view() : std::string_view("unknown");
}

void DeviceConnection::write(std::string_view head, const SharedBytes& body) {
  if (!output_) {
    if (owner_.spare_outputs_.empty()) {
      output_ = std::make_unique<Output>();
    } else {
      output_ = std::move(owner_.spare_outputs_.back());
      owner_.spare_outputs_.pop_back();
    }
  }
  output_->add(head, body);
  owner_.touch(*this);
}

void DeviceConnection::connect(const mqtt::Connect& request) {
  Login login = log_in(owner_.registry_, {.client_id = request.client_id,
                                          .username = request.username.value_or(""),
                                          .password = request.password.value_or("")});
  if (login.verdict != LoginVerdict::accepted) {
    static log::Limited refused;
    refused.info("device {} from {} refused: {}", log::printable(request.username.value_or("")),
                 peer_of(socket_.get()), login.why);
    return session_.refuse(reason_of(login.verdict), login.why, *this);
  }
  device_ = std::move(login.device);
  ConnectRequest wanted{.device = device_,
                        .connection = owner_.ref_of(*this),
                        .clean_start = request.clean_session,
                        .session_expiry = session_.session_expiry(),
                        .window = static_cast<std::uint32_t>(session_.window()),
                        .address = peer_of(socket_.get())};
  auto answered = [&owner = owner_, ref = wanted.connection](ConnectAnswer answer) {
    DeviceConnection* same = owner.find(ref);
    if (same == nullptr || same->closing_) return;
    if (answer.accepted) {
      same->session_.accept({.session_present = answer.session_present}, owner.clock_.now(), *same);
      owner.schedule(*same);
    } else {
      same->session_.refuse(mqtt::ReasonCode::not_authorized, answer.why, *same);
    }
    owner.touch(*same);
  };
  owner_.mail_.run_at(owner_.homes_.shard_of(device_->id),
                      [&homes = owner_.homes_, wanted = std::move(wanted),
                       answered = std::move(answered)]() mutable {
                        Home& home = homes.home_of_device(wanted.device->id);
                        home.connect(std::move(wanted), std::move(answered));
                      });
}

void DeviceConnection::subscribe(const mqtt::Subscribe& request) {
  std::vector<WantedSubscription> wanted;
  for (const mqtt::SubscribeEntry& entry : request.entries) {
    // Delivery is at the publisher's QoS, which is never 2.
    wanted.push_back({std::string(entry.filter), std::min<std::uint8_t>(entry.qos, 1)});
  }
  const ConnectionRef ref = owner_.ref_of(*this);
  auto subscribed = [&owner = owner_, ref, id = request.packet_id](const std::string& codes) {
    if (DeviceConnection* same = owner.find(ref)) same->session_.suback(id, codes, *same);
  };
  owner_.mail_.run_at(owner_.homes_.shard_of(device_->id),
                      [&homes = owner_.homes_, device = device_->id, ref,
                       wanted = std::move(wanted), subscribed = std::move(subscribed)]() mutable {
                        homes.home_of_device(device).subscribe(device, ref, std::move(wanted),
                                                               std::move(subscribed));
                      });
}

void DeviceConnection::unsubscribe(const mqtt::Unsubscribe& request) {
  std::vector<std::string> filters(request.filters.begin(), request.filters.end());
  const ConnectionRef ref = owner_.ref_of(*this);
  auto unsubscribed = [&owner = owner_, ref, id = request.packet_id, count = filters.size()] {
    const std::string codes(count, '\0');
    if (DeviceConnection* same = owner.find(ref)) same->session_.unsuback(id, codes, *same);
  };
  owner_.mail_.run_at(
      owner_.homes_.shard_of(device_->id),
      [&homes = owner_.homes_, device = device_->id, ref, filters = std::move(filters),
       unsubscribed = std::move(unsubscribed)]() mutable {
        homes.home_of_device(device).unsubscribe(device, ref, std::move(filters),
                                                 std::move(unsubscribed));
      });
}

void DeviceConnection::publish(const mqtt::Publish& message) {
  const auto product = owner_.registry_.product(device_->product.view());
  if (!product || !may_publish(*product, device_->name, message.topic)) {
    static log::Limited refused;
    refused.info("device {}/{}: may not publish to {}", device_->product.view(), name(),
                 log::printable(message.topic));
  }
  // Acknowledged in either case: device-mqtt.md, section 9. Nobody subscribes to uplink yet.
  if (message.qos == 1) session_.puback(message.packet_id, owner_.clock_.now(), *this);
}

void DeviceConnection::acknowledged(mqtt::DeliveryKey key) {
  owner_.mail_.report({.device = device_->id,
                       .connection = owner_.ref_of(*this),
                       .message = MessageId{key.message},
                       .recipient = key.recipient,
                       .receipt = {.outcome = Outcome::acked}});
}

void DeviceConnection::close(mqtt::CloseReason reason, std::string_view detail) {
  log::debug("device {} from {} disconnected: {} {}", name(), peer_of(socket_.get()),
             mqtt::name_of(reason), log::printable(detail));
  closing_ = true;
  owner_.touch(*this);
}

}  // namespace herald::net
