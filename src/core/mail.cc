#include "core/mail.h"

#include <utility>

#include "core/home.h"

namespace herald {
namespace {

constexpr Milliseconds reports_wait_max{5};

}  // namespace

std::vector<Mail::Word>& Mail::urgent_words(ShardIndex shard) {
  if (!flush_posted_) {
    flush_posted_ = true;
    shards_.post(self_, [this] { flush(); });
  }
  outboxes_[shard].urgent = true;
  return outboxes_[shard].words;
}

void Mail::deliver(const SharedMessage& message, const EdgeTarget& target) {
  const ShardIndex shard = target.connection.shard;
  if (shard == self_) return edge_->deliver(message, target);
  auto& words = urgent_words(shard);
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
  if (!late_flush_posted_) {
    late_flush_posted_ = true;
    shards_.post_after(self_, reports_wait_max, [this] {
      late_flush_posted_ = false;
      flush(/*reports_too=*/true);
    });
  }
  auto& words = outboxes_[shard].words;
  auto* last = words.empty() ? nullptr : std::get_if<Reports>(&words.back());
  if (last == nullptr) last = &std::get<Reports>(words.emplace_back(Reports{}));
  last->push_back(report);
}

void Mail::run_at(ShardIndex shard, Task task) {
  if (shard == self_) return task();
  urgent_words(shard).emplace_back(std::move(task));
}

void Mail::flush() {
  home_->turn_ended();
  flush(/*reports_too=*/false);
}

void Mail::flush(bool reports_too) {
  flush_posted_ = false;
  for (ShardIndex shard = 0; shard < outboxes_.size(); ++shard) {
    Outbox& outbox = outboxes_[shard];
    if (outbox.words.empty() || (!outbox.urgent && !reports_too)) continue;
    outbox.urgent = false;
    shards_.post(shard, [to = all_[shard], words = std::exchange(outbox.words, {})]() mutable {
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
  home_->turn_ended();
}

}  // namespace herald
