#include "core/broadcaster.h"

#include <limits>
#include <utility>

namespace herald {

Broadcaster::Broadcaster(const Registry& registry, Broadcasts& broadcasts, Homes& homes,
                         IdGenerator& ids, const Clock& clock)
    : registry_(registry), broadcasts_(broadcasts), homes_(homes), ids_(ids), clock_(clock) {}

MessageId Broadcaster::publish(Content content, std::string_view topic) {
  const MessageId id{ids_.next()};
  auto recipients = subscribers(content.product, topic);
  publish(std::move(content), id, TopicTemplate::parse(topic), std::move(recipients));
  return id;
}

Result<MessageId> Broadcaster::publish_to_all(Content content) {
  const auto product = registry_.product(content.product);
  if (!product) return fail(Code::product_not_found, content.product);
  if (!admit(content.account)) return fail(Code::throttled_user);
  const MessageId id{ids_.next()};
  const std::string topic = "/sys/" + content.product + "/" +
                            std::string(TopicTemplate::placeholder) + "/broadcast/request/" +
                            std::to_string(id.value);
  auto recipients = registry_.devices().newest_in(product->key, DeviceState::online, 0,
                                                  std::numeric_limits<std::size_t>::max());
  publish(std::move(content), id, TopicTemplate::parse(topic), std::move(recipients));
  return id;
}

void Broadcaster::publish(Content content, MessageId id, TopicTemplate topic,
                          std::vector<DeviceId> recipients) {
  if (recipients.empty()) return;
  auto message = std::make_shared<Message>();
  message->id = id;
  message->account = content.account;
  message->product = std::move(content.product);
  message->request_id = std::move(content.request_id);
  message->topic = std::move(topic);
  message->created = clock_.now();
  message->deadline = message->created + limits::message_lifetime_max;
  message->unmetered = true;
  message->recipients = std::move(recipients);
  message->payload = std::move(content.payload);
  homes_.publish(message);
}

bool Broadcaster::admit(AccountId account) {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto [at, is_first] = to_all_.try_emplace(account, now);
  if (is_first) return true;
  if (now - at->second < between_all) return false;
  at->second = now;
  return true;
}

}  // namespace herald
