#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/fifo.h"
#include "base/limits.h"
#include "model/message.h"

namespace herald {

// What became of the QoS 0 messages of late, at the recipients of one home. Memory only and
// bounded: the oldest are forgotten. One thread.
class RecentMessages {
 public:
  static constexpr std::size_t messages_max = 65'536;
  static constexpr std::size_t bytes_max = 64 * limits::MiB;

  struct Entry {
    SharedMessage message;
    Time at;
    std::vector<std::uint8_t>
        states;  // Outcome in the low four bits, reason in the high; 0: elsewhere.
  };

  // Valid until the next is added.
  Entry& add(const SharedMessage& message, Time at) {
    bytes_ += cost(*message);
    Entry entry{message, at, std::vector<std::uint8_t>(message->recipients.size(), 0)};
    const auto [where, added] = entries_.insert_or_assign(message->id, std::move(entry));
    order_.push_back(message->id);
    while (order_.size() > messages_max || (bytes_ > bytes_max && order_.size() > 1)) {
      const auto oldest = entries_.find(order_.front());
      bytes_ -= cost(*oldest->second.message);
      entries_.erase(oldest);
      order_.pop_front();
    }
    return where->second;
  }

  static void set(Entry& entry, RecipientIndex recipient, Outcome outcome, DropReason reason) {
    entry.states[recipient] = static_cast<std::uint8_t>(static_cast<unsigned>(outcome) |
                                                        static_cast<unsigned>(reason) << 4U);
  }
  static std::optional<Receipt> state(const Entry& entry, RecipientIndex recipient) {
    const std::uint8_t packed = entry.states[recipient];
    if (packed == 0) return std::nullopt;
    return Receipt{static_cast<Outcome>(packed & 15U), static_cast<DropReason>(packed >> 4U),
                   entry.at};
  }

  Entry* find(MessageId id) {
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : &at->second;
  }
  Entry* find_request(std::string_view request_id) {
    for (auto& [id, entry] : entries_) {
      if (entry.message->request_id == request_id) return &entry;
    }
    return nullptr;
  }

 private:
  static std::size_t cost(const Message& message) {
    return message.payload.size() + message.recipients.size() * 10 + 400;
  }
  boost::unordered_flat_map<MessageId, Entry, std::hash<MessageId>> entries_;
  Fifo<MessageId> order_;
  std::size_t bytes_ = 0;
};

}  // namespace herald
