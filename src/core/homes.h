#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/delivery_counts.h"
#include "core/home.h"
#include "core/mail.h"
#include "core/shards.h"

namespace herald {

// The homes of all shards, and what is asked of them from anywhere.
class Homes {
 public:
  Homes(Shards& shards, Registry& registry, MessageLog& log, RegistryStorage& storage,
        const Clock& clock, const HomeLimits& limits = {});

  // Before anything else.
  void use(HomeNeeds needs);

  // Starting, before the shards run: sessions, then messages with the oldest first, then the edges.
  // Several at a time, each home on a thread of its own.
  void restore(std::span<const KeptSession> kept);
  void restore(std::span<const KeptMessage> kept);
  void restored();
  void introduce(ShardIndex shard, Edge& edge) { mails_[shard]->introduce(edge); }

  // For the edge of that shard, on its thread.
  Mail& mail(ShardIndex shard) { return *mails_[shard]; }
  DeliveryCounts& counts(ShardIndex shard) { return counts_[shard]; }
  // The home of a device: to be called on its shard's thread, by way of Mail::run_at.
  ShardIndex shard_of(DeviceId device) const { return home_of(device, shards_.count()); }
  Home& home_of_device(DeviceId device) { return *homes_[shard_of(device)]; }

  // Any thread. One post for each home concerned, in the order of the calls.
  void publish(const SharedMessage& message);
  // Home::cancel at all homes. `done` is called on any thread, when the log has the receipts.
  using Cancelled = std::move_only_function<void(Cancellation)>;
  void cancel(SharedMessage message, std::vector<RecipientIndex> recipients, Cancelled done);
  // The device was deleted.
  void cut_off(DeviceId device);
  // The device was disabled.
  void disconnect(DeviceId device);
  // The device belongs to its gateway no more.
  void leave_gateway(DeviceId device);
  // In the device's place; one code for each filter as in SUBACK and UNSUBACK, none when the device
  // is not connected. `done` is called on any thread.
  void subscribe_for(DeviceId device, std::vector<std::string> filters, Subscribed done);
  void unsubscribe_for(DeviceId device, std::vector<std::string> filters, Unsubscribed done);
  using GotSubscriptions = std::move_only_function<void(std::vector<Subscription>)>;
  void subscriptions_of(DeviceId device, GotSubscriptions done);
  // From now on; what is over a smaller limit already stays.
  void set_limits(const HomeLimits& limits);
  // The end: a home is told on its own shard to send nothing more, then asked what is in flight.
  void hold_all(ShardIndex shard) { homes_[shard]->hold_all(); }
  void append_inflight(ShardIndex shard, std::vector<ReceiptOf>& inflight) const {
    homes_[shard]->append_inflight(inflight);
  }
  // How many deliveries are in flight. Any thread.
  std::int64_t inflight() const;
  // Ends what waits past its deadline.
  void sweep();
  // `kept` with the states that only homes know. `done` is called on any thread.
  void fill_in(KeptMessage kept, Done<KeptMessage> done);
  // A QoS 0 message of late. Errors: message_not_found.
  void recent(MessageId id, Done<KeptMessage> done);
  void recent(const std::string& request_id, Done<KeptMessage> done);
  // Of every shard.
  std::span<const DeliveryCounts> counts() const { return counts_; }

 private:
  template <class Kept>
  void restore_each(std::span<const Kept> kept);

  Shards& shards_;
  std::vector<DeliveryCounts> counts_;
  std::vector<std::unique_ptr<Mail>> mails_;
  std::vector<Mail*> mail_pointers_;
  std::vector<std::unique_ptr<Home>> homes_;
  HomeNeeds needs_;
};

}  // namespace herald
