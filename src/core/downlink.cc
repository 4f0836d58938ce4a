#include "core/downlink.h"

#include <utility>

namespace herald {

void tell(Publisher& publisher, AccountId account, const DeviceIdentity& device,
          std::string_view topic, std::string payload) {
  auto message = std::make_unique<Message>();
  message->account = account;
  message->product = device.product.text();
  message->topic = TopicTemplate::parse(topic);
  message->recipients = {device.id};
  message->payload = std::move(payload);
  publisher.publish(std::move(message), limits::message_lifetime_max, {}, [](const auto&) {});
}

}  // namespace herald
