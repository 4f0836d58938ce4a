#include "core/mail.h"

#include <utility>

#include "core/home.h"

namespace herald {

std::vector<Mail::Word>& Mail::outbox(ShardIndex shard) {
  if (!flush_posted_) {
    flush_posted_ = true;
    shards_.post(self_, [this] { flush(); });
  }
  return outboxes_[shard];
}

void Mail::deliver(const SharedMessage& message, const EdgeTarget& target) {
  const ShardIndex shard = target.connection.shard;
  if (shard == self_) return edge_->deliver(message, target);
  auto& words = outbox(shard);
  auto* last = words.empty() ? nullptr : std::get_if<Deliveries>(&words.back());
  if (last == nullptr || last->message != message) {
    last = &std::get<Deliveries>(words.emplace_back(Deliveries{message, {}}));
    last->targets.reserve(message->recipients.size());
  }
  last->targets.push_back(target);
}

void Mail::report(const Report& report) {
  const ShardIndex shard = home_of(report.device, shards_.count());
  if (shard == self_) return home_->reported(report);
  auto& words = outbox(shard);
  auto* last = words.empty() ? nullptr : std::get_if<Reports>(&words.back());
  if (last == nullptr) last = &std::get<Reports>(words.emplace_back(Reports{}));
  last->push_back(report);
}

void Mail::run_at(ShardIndex shard, Task task) {
  if (shard == self_) return task();
  outbox(shard).emplace_back(std::move(task));
}

void Mail::flush() {
  flush_posted_ = false;
  for (ShardIndex shard = 0; shard < outboxes_.size(); ++shard) {
    if (outboxes_[shard].empty()) continue;
    shards_.post(shard, [to = all_[shard], words = std::exchange(outboxes_[shard], {})]() mutable {
      to->receive(std::move(words));
    });
  }
}

void Mail::receive(std::vector<Word> words) {
  for (Word& word : words) {
    if (auto* deliveries = std::get_if<Deliveries>(&word)) {
      for (const EdgeTarget& target : deliveries->targets) {
        edge_->deliver(deliveries->message, target);
      }
    } else if (auto* reports = std::get_if<Reports>(&word)) {
      for (const Report& report : *reports) home_->reported(report);
    } else {
      std::get<Task>(word)();
    }
  }
}

}  // namespace herald
