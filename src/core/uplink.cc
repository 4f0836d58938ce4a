#include "core/uplink.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "core/permissions.h"

namespace herald {
namespace {

constexpr Milliseconds between_broadcasts{1000};  // Of one topic: device-mqtt.md, section 10.
constexpr std::size_t broadcast_topics_max = 10'000;

Milliseconds lifetime_of(const UplinkMessage& message) {
  Milliseconds lifetime = limits::message_lifetime_max;
  if (message.expiry) lifetime = std::min<Milliseconds>(lifetime, *message.expiry);
  return lifetime;
}

}  // namespace

class Uplink::Parts {
 public:
  explicit Parts(UplinkAnswered answered) : answered_(std::move(answered)) {}
  ~Parts() { answered_(verdict_); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  void set(UplinkVerdict verdict) { verdict_ = verdict; }

 private:
  UplinkAnswered answered_;
  std::atomic<UplinkVerdict> verdict_ = UplinkVerdict::taken;
};

Uplink::Uplink(Registry& registry, TopicRoutes& routes, Broadcasts& broadcasts, Retained& retained,
               const SystemTopics& system_topics, Publisher& publisher, Rates& rates,
               IdGenerator& ids, const Clock& clock)
    : registry_(registry),
      routes_(routes),
      broadcasts_(broadcasts),
      retained_(retained),
      system_topics_(system_topics),
      publisher_(publisher),
      rates_(rates),
      ids_(ids),
      clock_(clock) {}

void Uplink::publish(const DeviceIdentity& device, UplinkMessage message, bool may_retain,
                     UplinkAnswered answered) {
  const auto product = registry_.product(device.product.view());
  if (!product || !may_publish(*product, device.name, message.topic, registry_.limits().topics)) {
    return answered(UplinkVerdict::not_authorized);
  }
  if (message.payload.size() > registry_.limits().payload_bytes) {
    return answered(UplinkVerdict::too_large);
  }
  if (!rates_.admit_up(device.id, product->account, message.qos)) {
    return answered(UplinkVerdict::rate);
  }
  message.retain = message.retain && may_retain;
  const bool is_broadcast = is_broadcast_topic(message.topic);
  if (is_broadcast && is_too_often(message.topic)) return answered(UplinkVerdict::rate);

  const auto parts = std::make_shared<Parts>(std::move(answered));
  const auto custom = parse_custom_topic(message.topic);
  if (message.retain && (custom || is_broadcast)) retain(device, *product, message, parts);
  if (is_broadcast) {
    publish_to(broadcasts_.recipients(product->key.view(), message.topic, device.id), device,
               *product, TopicTemplate::parse(message.topic), Qos::at_most_once, message, parts);
  } else if (custom) {
    // Its own subscription, which only a category for both directions allows.
    if (may_subscribe(*product, device.name, message.topic, registry_.limits().topics)) {
      publish_to({device.id}, device, *product, TopicTemplate::custom(product->key, custom->suffix),
                 message.qos, message, parts);
    }
    follow_routes(device, *product, message, parts);
  } else {
    system_topics_.handle(device, product->account, message, [parts](UplinkVerdict verdict) {
      if (verdict != UplinkVerdict::taken) parts->set(verdict);
    });
  }
  log_.add({.id = MessageId{ids_.next()},
            .account = product->account,
            .product = product->key.text(),
            .created = clock_.now(),
            .message = std::move(message)});
}

void Uplink::publish_to(std::vector<DeviceId> recipients, const DeviceIdentity& device,
                        const Product& product, TopicTemplate topic, Qos qos,
                        const UplinkMessage& message, const std::shared_ptr<Parts>& parts) {
  if (recipients.empty()) return;
  auto copy = std::make_unique<Message>();
  copy->account = product.account;
  copy->product = product.key.text();
  copy->topic = std::move(topic);
  copy->qos = qos;
  copy->properties = message.properties;
  copy->source = device.id;
  copy->retain = message.retain ? Retain::published : Retain::no;
  copy->recipients = std::move(recipients);
  copy->payload = message.payload;
  publisher_.publish(std::move(copy), lifetime_of(message), {}, [parts](const auto& kept) {
    if (!kept) parts->set(UplinkVerdict::failed);
  });
}

// One message for all destinations that differ in nothing but the device.
void Uplink::follow_routes(const DeviceIdentity& device, const Product& product,
                           const UplinkMessage& message, const std::shared_ptr<Parts>& parts) {
  std::map<std::pair<std::string, std::string>, std::vector<DeviceId>> routes;
  for (const std::string& destination : routes_.destinations(message.topic)) {
    const auto to = parse_custom_topic(destination);
    const auto target = to ? registry_.product(to->product) : nullptr;
    if (!target || target->account != product.account) continue;
    if (const auto id = registry_.device_id(target->key, to->device)) {
      routes[{std::string(to->product), std::string(to->suffix)}].push_back(*id);
    }
  }
  for (auto& [where, recipients] : routes) {
    const auto target = registry_.product(where.first);
    if (!target) continue;
    publish_to(std::move(recipients), device, *target,
               TopicTemplate::custom(target->key, where.second), message.qos, message, parts);
  }
}

void Uplink::retain(const DeviceIdentity& device, const Product& product,
                    const UplinkMessage& message, const std::shared_ptr<Parts>& parts) {
  const Time now = clock_.now();
  RetainedMessage kept{.topic = message.topic,
                       .account = product.account,
                       .product = product.key.text(),
                       .qos = message.qos,
                       .created = now,
                       .properties = message.properties,
                       .source = device.id,
                       .payload = message.payload};
  if (message.expiry) kept.deadline = now + *message.expiry;
  retained_.put(std::move(kept), [parts](const Result<void>& done) {
    if (done) return;
    parts->set(done.error().code == Code::publish_refused ? UplinkVerdict::too_large
                                                          : UplinkVerdict::failed);
  });
}

bool Uplink::is_too_often(const std::string& topic) {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (broadcast_at_.size() >= broadcast_topics_max) {
    std::erase_if(broadcast_at_,
                  [&](const auto& entry) { return now - entry.second >= between_broadcasts; });
  }
  const auto [at, is_new] = broadcast_at_.try_emplace(topic, now);
  if (is_new) return broadcast_at_.size() > broadcast_topics_max;
  if (now - at->second < between_broadcasts) return true;
  at->second = now;
  return false;
}

void connect_homes(Homes& homes, Broadcasts& broadcasts, Retained& retained, Uplink& uplink,
                   Publisher& publisher, Rates& rates) {
  homes.use({.broadcasts = &broadcasts,
             .retained = &retained,
             .rates = &rates,
             .publish_will =
                 [&uplink](const DeviceIdentity& device, UplinkMessage message) {
                   // Only MQTT 5.0 has wills here, and there RETAIN counts.
                   uplink.publish(device, std::move(message), /*may_retain=*/true,
                                  [](UplinkVerdict) {});
                 },
             .publish =
                 [&publisher](std::unique_ptr<Message> message, Milliseconds lifetime) {
                   publisher.publish(std::move(message), lifetime, {}, [](const auto&) {});
                 }});
}

}  // namespace herald
