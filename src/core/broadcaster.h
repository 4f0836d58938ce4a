#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/broadcasts.h"
#include "core/homes.h"
#include "core/registry.h"

namespace herald {

// Publishes to many devices of one product at once, to those that are connected and at most once:
// operations.md, PubBroadcast. Devices and accounts are not held to their rates: broadcasts have
// quotas of their own. Any thread.
class Broadcaster {
 public:
  static constexpr std::size_t payload_bytes_max = 64 * limits::KiB;
  static constexpr std::chrono::minutes between_all{1};

  Broadcaster(const Registry& registry, Broadcasts& broadcasts, Homes& homes, IdGenerator& ids,
              const Clock& clock);

  struct Content {
    AccountId account;
    std::string product;
    std::string request_id;  // Of the call.
    std::string payload;
  };
  // To those that subscribe to a topic under `/broadcast/${productKey}/`.
  MessageId publish(Content content, std::string_view topic);
  // To all, whatever they subscribe to, under a topic of the platform's. Errors: throttled_user
  // (an account may do so once a minute).
  Result<MessageId> publish_to_all(Content content);

  // Whom a message under such a topic is for.
  std::vector<DeviceId> subscribers(std::string_view product, std::string_view topic) const {
    return broadcasts_.recipients(product, topic, {});
  }

 private:
  bool admit(AccountId account);
  void publish(Content content, MessageId id, TopicTemplate topic,
               std::vector<DeviceId> recipients);

  const Registry& registry_;
  Broadcasts& broadcasts_;
  Homes& homes_;
  IdGenerator& ids_;
  const Clock& clock_;

  std::mutex mutex_;
  std::unordered_map<AccountId, Time> to_all_;  // When the account last did.
};

}  // namespace herald
