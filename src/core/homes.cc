#include "core/homes.h"

#include <thread>
#include <utility>

namespace herald {

Homes::Homes(Shards& shards, Registry& registry, MessageLog& log, RegistryStorage& storage,
             const Clock& clock, const HomeLimits& limits)
    : shards_(shards), counts_(shards.count()) {
  for (ShardIndex i = 0; i < shards.count(); ++i) {
    mails_.push_back(std::make_unique<Mail>(i, shards));
    mail_pointers_.push_back(mails_.back().get());
    homes_.push_back(std::make_unique<Home>(i, shards, *mails_[i], registry, log, storage, clock,
                                            limits, counts_[i]));
  }
  for (ShardIndex i = 0; i < shards.count(); ++i) mails_[i]->introduce(mail_pointers_, *homes_[i]);
}

template <class Kept>
void Homes::restore_each(std::span<const Kept> kept) {
  if (kept.empty()) return;
  std::vector<std::jthread> threads;
  for (const auto& home : homes_) {
    threads.emplace_back([&home, kept] {
      for (const Kept& each : kept) home->restore(each);
    });
  }
}
void Homes::restore(std::span<const KeptSession> kept) { restore_each(kept); }
void Homes::restore(std::span<const KeptMessage> kept) { restore_each(kept); }
void Homes::restored() {
  for (const auto& home : homes_) home->restored();
}

void Homes::publish(const SharedMessage& message) {
  std::vector<bool> concerned(homes_.size());
  for (const DeviceId device : message->recipients) concerned[shard_of(device)] = true;
  for (ShardIndex i = 0; i < homes_.size(); ++i) {
    if (concerned[i])
      shards_.post(i, [home = homes_[i].get(), message] { home->publish(message); });
  }
}

void Homes::cut_off(DeviceId device) {
  shards_.post(shard_of(device),
               [home = &home_of_device(device), device] { home->cut_off(device); });
}

void Homes::disconnect(DeviceId device) {
  shards_.post(shard_of(device),
               [home = &home_of_device(device), device] { home->disconnect(device); });
}

void Homes::leave_gateway(DeviceId device) {
  shards_.post(shard_of(device),
               [home = &home_of_device(device), device] { home->leave_gateway(device); });
}

void Homes::subscribe_for(DeviceId device, std::vector<std::string> filters, Subscribed done) {
  shards_.post(shard_of(device), [home = &home_of_device(device), device,
                                  filters = std::move(filters), done = std::move(done)]() mutable {
    home->subscribe_for(device, std::move(filters), std::move(done));
  });
}

void Homes::unsubscribe_for(DeviceId device, std::vector<std::string> filters, Unsubscribed done) {
  shards_.post(shard_of(device), [home = &home_of_device(device), device,
                                  filters = std::move(filters), done = std::move(done)]() mutable {
    home->unsubscribe_for(device, std::move(filters), std::move(done));
  });
}

void Homes::subscriptions_of(DeviceId device, GotSubscriptions done) {
  shards_.post(shard_of(device),
               [home = &home_of_device(device), device, done = std::move(done)]() mutable {
                 done(home->subscriptions_of(device));
               });
}

void Homes::use(HomeNeeds needs) {
  needs_ = std::move(needs);
  for (const auto& home : homes_) home->use(needs_);
}

void Homes::set_limits(const HomeLimits& limits) {
  for (ShardIndex i = 0; i < homes_.size(); ++i) {
    shards_.post(i, [home = homes_[i].get(), limits] { home->set_limits(limits); });
  }
}

std::int64_t Homes::inflight() const {
  std::int64_t sum = 0;
  for (const DeliveryCounts& counts : counts_) sum += counts.in(Outcome::inflight).value();
  return sum;
}

void Homes::sweep() {
  for (ShardIndex i = 0; i < homes_.size(); ++i) {
    shards_.post(i, [home = homes_[i].get()] { home->sweep(); });
  }
}

namespace {

// Goes through all homes in turn and answers at the end.
void fill_in_from(std::vector<std::unique_ptr<Home>>& homes, ShardIndex next, Shards& shards,
                  KeptMessage kept, Done<KeptMessage> done) {
  if (next == homes.size()) return done(std::move(kept));
  shards.post(next,
              [&homes, next, &shards, kept = std::move(kept), done = std::move(done)]() mutable {
                homes[next]->fill_in(*kept.message, kept.receipts);
                fill_in_from(homes, next + 1, shards, std::move(kept), std::move(done));
              });
}

void cancel_from(std::vector<std::unique_ptr<Home>>& homes, ShardIndex next, Shards& shards,
                 SharedMessage message, std::vector<RecipientIndex> recipients, Cancellation so_far,
                 Homes::Cancelled done) {
  if (next == homes.size()) return done(so_far);
  shards.post(next, [&homes, next, &shards, message = std::move(message),
                     recipients = std::move(recipients), so_far, done = std::move(done)]() mutable {
    homes[next]->cancel(*message, recipients, so_far);
    cancel_from(homes, next + 1, shards, std::move(message), std::move(recipients), so_far,
                std::move(done));
  });
}

template <class Key>
void find_recent_from(std::vector<std::unique_ptr<Home>>& homes, ShardIndex next, Shards& shards,
                      Key key, std::optional<KeptMessage> so_far, Done<KeptMessage> done) {
  if (next == homes.size()) {
    if (!so_far) return done(fail(Code::message_not_found));
    return done(std::move(*so_far));
  }
  shards.post(next, [&homes, next, &shards, key = std::move(key), so_far = std::move(so_far),
                     done = std::move(done)]() mutable {
    if (auto here = homes[next]->recent(key)) {
      if (!so_far) {
        so_far = std::move(here);
      } else {
        for (std::size_t i = 0; i < here->receipts.size(); ++i) {
          if (is_final(here->receipts[i].outcome)) so_far->receipts[i] = here->receipts[i];
        }
      }
    }
    find_recent_from(homes, next + 1, shards, std::move(key), std::move(so_far), std::move(done));
  });
}

}  // namespace

void Homes::fill_in(KeptMessage kept, Done<KeptMessage> done) {
  fill_in_from(homes_, 0, shards_, std::move(kept), std::move(done));
}
void Homes::cancel(SharedMessage message, std::vector<RecipientIndex> recipients, Cancelled done) {
  cancel_from(homes_, 0, shards_, std::move(message), std::move(recipients), {}, std::move(done));
}
void Homes::recent(MessageId id, Done<KeptMessage> done) {
  find_recent_from(homes_, 0, shards_, id, std::nullopt, std::move(done));
}
void Homes::recent(const std::string& request_id, Done<KeptMessage> done) {
  find_recent_from(homes_, 0, shards_, request_id, std::nullopt, std::move(done));
}

}  // namespace herald
