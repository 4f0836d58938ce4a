#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/message.h"

namespace herald {

// What each account has published of late: for lists, newest first, and for charts. Memory only and
// bounded, payloads left out; what became of a message its receipts tell (core/receipts.h). Any
// thread.
class Publications {
 public:
  // Of one account.
  static constexpr std::size_t messages_max = 10'000, recipients_max = 1'000'000;
  static constexpr Milliseconds interval = std::chrono::minutes(5);
  static constexpr std::size_t intervals = 24 * 12;  // A day.

  struct Publication {
    MessageId id;
    Time created;
    std::string product;
    TopicTemplate topic;
    Qos qos = Qos::at_most_once;
    std::size_t payload_bytes = 0;
    bool of_device = false;  // Else a call published it.
    std::vector<DeviceId> recipients;
  };
  struct Count {
    Time begin;
    std::int64_t messages = 0;
    std::int64_t recipients = 0;
  };

  void add(const Message& message);

  // Those that are wanted, the newest first: how many there are, and a part of them.
  struct Part {
    std::size_t total = 0;
    std::vector<Publication> publications;
  };
  using Wanted = std::function<bool(const Publication&)>;
  Part latest(AccountId account, const Wanted& wanted, std::size_t skip, std::size_t count) const;

  // Every interval of the last day, the oldest first.
  std::vector<Count> counts(AccountId account, Time now) const;

 private:
  struct Account {
    std::deque<Publication> latest;  // The oldest first.
    std::size_t recipients = 0;
    std::deque<Count> counts;  // Of intervals in which something was published.
  };
  mutable std::mutex mutex_;
  std::unordered_map<AccountId, Account> accounts_;
};

}  // namespace herald
