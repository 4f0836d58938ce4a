#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/limits.h"
#include "core/uplink_message.h"
#include "model/ids.h"

namespace herald {

// What devices published of late, for QueryMessageInfo: in memory, the oldest forgotten first. Any
// thread.
class UplinkLog {
 public:
  struct Entry {
    MessageId id;
    AccountId account;
    std::string product;
    Time created;
    UplinkMessage message;
  };
  using Shared = std::shared_ptr<const Entry>;

  void add(Entry entry) {
    const std::lock_guard lock(mutex_);
    bytes_ += size_of(entry);
    const MessageId id = entry.id;
    by_id_.emplace(id, std::make_shared<const Entry>(std::move(entry)));
    order_.push_back(id);
    while (order_.size() > messages_max || bytes_ > bytes_max) {
      const auto oldest = by_id_.find(order_.front());
      bytes_ -= size_of(*oldest->second);
      by_id_.erase(oldest);
      order_.pop_front();
    }
  }
  // Null: not there, or no longer.
  Shared find(MessageId id) const {
    const std::lock_guard lock(mutex_);
    const auto at = by_id_.find(id);
    return at == by_id_.end() ? nullptr : at->second;
  }

 private:
  static constexpr std::size_t messages_max = 65'536;
  static constexpr std::size_t bytes_max = 64 * limits::MiB;
  static std::size_t size_of(const Entry& entry) {
    return entry.message.topic.size() + entry.message.payload.size();
  }

  mutable std::mutex mutex_;
  std::unordered_map<MessageId, Shared> by_id_;
  std::deque<MessageId> order_;
  std::size_t bytes_ = 0;
};

}  // namespace herald
