#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/broadcasts.h"
#include "core/device_session.h"
#include "core/home.h"
#include "core/permissions.h"
#include "core/retained.h"

// The part of Home that knows what its devices subscribe to.
namespace herald {
namespace {

// MQTT 5.0, sections 3.9.3 and 3.11.3; MQTT 3.x has one failure for all of them.
constexpr std::uint8_t not_authorized = 0x87, filter_invalid = 0x8F, quota_exceeded = 0x97;
constexpr char unsubscribed_code = 0x00, no_subscription = 0x11;

bool is_broadcast(const std::string& filter) {
  const auto share = parse_share(filter);
  return share && is_broadcast_topic(share->filter);
}

}  // namespace

std::uint8_t Home::subscribe_one(DeviceSession& session, const Device& device,
                                 const Product* product, WantedSubscription& wanted, bool& is_new) {
  const auto share = parse_share(wanted.filter);
  if (!share || !is_topic_filter(share->filter)) return filter_invalid;
  if (product == nullptr ||
      !may_subscribe(*product, device.name, wanted.filter, registry_.limits().topics)) {
    return not_authorized;
  }
  const auto known = std::ranges::find(session.subscriptions, wanted.filter, &Subscription::filter);
  is_new = known == session.subscriptions.end();
  if (is_new && session.subscriptions.size() >= limits_.subscriptions_per_device) {
    return quota_exceeded;
  }
  if (is_broadcast(wanted.filter) && needs_ != nullptr && needs_->broadcasts != nullptr) {
    if (!needs_->broadcasts->subscribe(device.product.view(), device.id, wanted.filter,
                                       wanted.no_local)) {
      return quota_exceeded;
    }
    session.broadcasts = true;
  }
  Subscription made{wanted.filter, wanted.qos, clock_.now(), wanted.no_local,
                    wanted.retain_as_published};
  if (is_new) {
    session.subscriptions.push_back(std::move(made));
  } else {
    *known = std::move(made);
  }
  return wanted.qos;
}

void Home::subscribe(DeviceId device, ConnectionRef connection,
                     std::vector<WantedSubscription> wanted, Subscribed subscribed) {
  DeviceSession* session = awake(device, connection);
  const auto view = registry_.device(device);
  std::string codes;
  if (session == nullptr || !view) {
    // Its end is on its way; until then it waits for an answer.
    codes.assign(wanted.size(), static_cast<char>(not_authorized));
    return mail_.run_at(connection.shard,
                        [subscribed = std::move(subscribed), codes = std::move(codes)]() mutable {
                          subscribed(std::move(codes));
                        });
  }
  const auto product = registry_.product(view->device->product.view());
  bool changed = false;
  std::vector<std::string> with_retained;
  for (WantedSubscription& one : wanted) {
    bool is_new = false;
    const std::uint8_t code = subscribe_one(*session, *view->device, product.get(), one, is_new);
    codes.push_back(static_cast<char>(code));
    if (code > 2) {
      static log::Limited refused;
      refused.info("device {}/{}: may not subscribe {}", view->device->product.view(),
                   view->device->name.view(), log::printable(one.filter));
      continue;
    }
    changed = true;
    // MQTT 5.0 section 3.8.3.1; never for shared subscriptions.
    const bool asks = one.retain_handling == 0 || (one.retain_handling == 1 && is_new);
    if (asks && !one.filter.starts_with("$share/")) with_retained.push_back(one.filter);
  }
  auto tell = [this, device = view->device, shard = connection.shard,
               subscribed = std::move(subscribed), codes = std::move(codes),
               with_retained = std::move(with_retained)]() mutable {
    mail_.run_at(shard, [subscribed = std::move(subscribed), codes = std::move(codes)]() mutable {
      subscribed(std::move(codes));
    });
    send_retained(*device, with_retained);
  };
  if (!session->kept() || (!changed && session->is_stored())) return tell();
  store(*session, std::move(tell));
}

void Home::unsubscribe(DeviceId device, ConnectionRef connection, std::vector<std::string> filters,
                       Unsubscribed unsubscribed) {
  DeviceSession* session = awake(device, connection);
  std::string codes;
  bool removed = false;
  for (const std::string& filter : filters) {
    const bool was_there =
        session != nullptr && std::erase_if(session->subscriptions, [&](const Subscription& one) {
                                return one.filter == filter;
                              }) > 0;
    codes.push_back(was_there ? unsubscribed_code : no_subscription);
    removed = removed || was_there;
    if (!was_there || !is_broadcast(filter) || needs_ == nullptr) continue;
    const auto view = registry_.device(device);
    if (view && needs_->broadcasts != nullptr) {
      needs_->broadcasts->unsubscribe(view->device->product.view(), device, filter);
    }
  }
  auto tell = [this, shard = connection.shard, unsubscribed = std::move(unsubscribed),
               codes = std::move(codes)]() mutable {
    mail_.run_at(shard, [unsubscribed = std::move(unsubscribed),
                         codes = std::move(codes)]() mutable { unsubscribed(std::move(codes)); });
  };
  if (session == nullptr || !session->kept() || (!removed && session->is_stored())) return tell();
  store(*session, std::move(tell));
}

void Home::subscribe_for(DeviceId device, std::vector<std::string> filters, Subscribed subscribed) {
  const DeviceSession* session = awake(device);
  if (session == nullptr || !session->live) return subscribed("");
  std::vector<WantedSubscription> wanted;
  for (std::string& filter : filters) wanted.push_back({.filter = std::move(filter), .qos = 1});
  subscribe(device, session->connection, std::move(wanted), std::move(subscribed));
}

void Home::unsubscribe_for(DeviceId device, std::vector<std::string> filters,
                           Unsubscribed unsubscribed) {
  const DeviceSession* session = awake(device);
  if (session == nullptr || !session->live) return unsubscribed("");
  unsubscribe(device, session->connection, std::move(filters), std::move(unsubscribed));
}

std::vector<Subscription> Home::subscriptions_of(DeviceId device) const {
  if (const DeviceSession* session = awake(device)) return session->subscriptions;
  auto resting = resting_.find(device);
  return resting ? std::move(resting->subscriptions) : std::vector<Subscription>();
}

// Broadcasts reach those who are connected: a session that goes on joins again.
void Home::join_broadcasts(DeviceSession& session, const Device& device) {
  if (needs_ == nullptr || needs_->broadcasts == nullptr) return;
  for (const Subscription& one : session.subscriptions) {
    if (!is_broadcast(one.filter)) continue;
    needs_->broadcasts->subscribe(device.product.view(), device.id, one.filter, one.no_local);
    session.broadcasts = true;
  }
}

void Home::leave_broadcasts(DeviceSession& session) {
  if (!std::exchange(session.broadcasts, false)) return;
  const auto view = registry_.device(session.device);
  if (view) needs_->broadcasts->leave(view->device->product.view(), session.device);
}

// Each is an ordinary message to the one device that has subscribed.
void Home::send_retained(const Device& device, const std::vector<std::string>& filters) {
  if (needs_ == nullptr || needs_->retained == nullptr) return;
  for (const std::string& filter : filters) {
    if (!parse_custom_topic(filter) && !is_broadcast_topic(filter)) continue;
    for (const auto& kept : needs_->retained->matching(filter)) {
      auto message = std::make_unique<Message>();
      message->account = kept->account;
      message->product = kept->product;
      const auto custom = parse_custom_topic(kept->topic);
      message->topic = custom ? TopicTemplate::custom(device.product, custom->suffix)
                              : TopicTemplate::parse(kept->topic);
      message->qos = kept->qos;
      message->properties = kept->properties;
      message->retain = Retain::kept;
      message->recipients = {device.id};
      message->payload = kept->payload;
      Milliseconds lifetime = limits::message_lifetime_max;
      if (kept->deadline) lifetime = std::min(lifetime, *kept->deadline - clock_.now());
      needs_->publish(std::move(message), lifetime);
    }
  }
}

}  // namespace herald
