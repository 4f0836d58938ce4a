#include "core/publications.h"

#include <algorithm>

namespace herald {
namespace {

Time begin_of(Time time) {
  return Time(time.time_since_epoch() / Publications::interval * Publications::interval);
}

}  // namespace

void Publications::add(const Message& message) {
  if (message.recipients.empty()) return;
  Publication made{.id = message.id,
                   .created = message.created,
                   .product = message.product,
                   .topic = message.topic,
                   .qos = message.qos,
                   .payload_bytes = message.payload.size(),
                   .of_device = message.source.value != 0,
                   .recipients = message.recipients};
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[message.account];
  account.recipients += made.recipients.size();
  const Time begin = begin_of(message.created);
  // Commits of one moment may come in another order; they count where the newest does.
  if (account.counts.empty() || account.counts.back().begin < begin) {
    account.counts.push_back({.begin = begin});
    if (account.counts.size() > intervals) account.counts.pop_front();
  }
  ++account.counts.back().messages;
  account.counts.back().recipients += static_cast<std::int64_t>(made.recipients.size());
  account.latest.push_back(std::move(made));
  while (account.latest.size() > messages_max ||
         (account.recipients > recipients_max && account.latest.size() > 1)) {
    account.recipients -= account.latest.front().recipients.size();
    account.latest.pop_front();
  }
}

Publications::Part Publications::latest(AccountId account, const Wanted& wanted, std::size_t skip,
                                        std::size_t count) const {
  Part part;
  const std::lock_guard lock(mutex_);
  const auto of = accounts_.find(account);
  if (of == accounts_.end()) return part;
  const auto& all = of->second.latest;
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    if (!wanted(*each)) continue;
    const std::size_t place = part.total++;
    if (place >= skip && place - skip < count) part.publications.push_back(*each);
  }
  return part;
}

std::vector<Publications::Count> Publications::counts(AccountId account, Time now) const {
  std::vector<Count> made(intervals);
  const Time first = begin_of(now) - interval * (intervals - 1);
  for (std::size_t i = 0; i < intervals; ++i) made[i].begin = first + interval * i;
  const std::lock_guard lock(mutex_);
  const auto of = accounts_.find(account);
  if (of == accounts_.end()) return made;
  for (const Count& count : of->second.counts) {
    const auto at = (count.begin - first) / interval;
    if (at >= 0 && at < static_cast<std::int64_t>(intervals)) {
      made[static_cast<std::size_t>(at)] = count;
    }
  }
  return made;
}

}  // namespace herald
