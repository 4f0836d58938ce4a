#pragma once

#include <span>
#include <variant>
#include <vector>

#include "core/edge.h"
#include "core/shards.h"
#include "model/message.h"

namespace herald {

class Home;

// A device's word about one message that was handed to its connection.
struct Report {
  DeviceId device;
  ConnectionRef connection;
  MessageId message;
  RecipientIndex recipient = 0;
  Receipt receipt;  // acked; or, for QoS 0, dropped with the reason why it was not sent.
};

// Carries words between the home and the edge of each pair of shards: in order, at most one post
// for each shard and turn. Reports alone do not wake another shard: they ride with the next word to
// it, at latest 5 ms later. On one and the same shard a word is a call. One per shard, used on its
// thread only.
class Mail {
 public:
  Mail(ShardIndex self, Shards& shards) : self_(self), shards_(shards), outboxes_(shards.count()) {}

  // Before the first word.
  void introduce(std::span<Mail* const> all, Home& home) {
    all_ = all;
    home_ = &home;
  }
  void introduce(Edge& edge) { edge_ = &edge; }
  // To be called on that shard's thread only.
  Edge& edge_of(ShardIndex shard) { return *all_[shard]->edge_; }

  void deliver(const SharedMessage& message, const EdgeTarget& target);
  void report(const Report& report);
  // Anything rarer, in order with the above.
  void run_at(ShardIndex shard, Task task);

  // Sends what has gathered. Called at the end of a turn: by whoever owns the turn, else by a task
  // that the first word of a turn posts.
  void flush();

 private:
  // Consecutive words of one kind share one entry, and one reference to their message.
  struct Deliveries {
    SharedMessage message;
    std::vector<EdgeTarget> targets;
  };
  using Reports = std::vector<Report>;
  using Word = std::variant<Deliveries, Reports, Task>;
  struct Outbox {
    std::vector<Word> words;
    bool urgent = false;  // Holds more than reports.
  };

  // Where words to that shard gather; an urgent one has them sent when the turn ends.
  std::vector<Word>& urgent_words(ShardIndex shard);
  void flush(bool reports_too);
  void receive(std::vector<Word> words);

  ShardIndex self_;
  Shards& shards_;
  std::vector<Outbox> outboxes_;
  bool flush_posted_ = false;
  bool late_flush_posted_ = false;
  std::span<Mail* const> all_;
  Home* home_ = nullptr;
  Edge* edge_ = nullptr;
};

}  // namespace herald
