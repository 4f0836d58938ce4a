#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/device_session.h"
#include "core/home.h"
#include "core/rates.h"

// The second half of Home: messages on their way to its devices, and what became of them.
namespace herald {
namespace {

constexpr std::size_t fetch_messages_max = 32;
constexpr std::size_t fetch_bytes_max = 512 * limits::KiB;
constexpr Milliseconds fetch_again_after{1000};
// Recipients of one slice of a message that has more of them than a call can name.
constexpr RecipientIndex slice = 2'048;

// What of the platform's own topics reaches a device without a subscription: device-mqtt.md,
// section 8. Requests under topics of its own are for those who say that they understand them.
bool is_pushed(std::string_view topic, const DeviceSession& session) {
  return is_system_topic(topic) && (session.custom_rrpc || !topic.starts_with("/ext/rrpc/"));
}

}  // namespace

// Several subscriptions that match make one copy, at the publisher's QoS.
Home::Match Home::match(DeviceSession& session, const Message& message) {
  if (has_expired(session)) return {};
  topic_.assign(message.topic.before());
  if (message.topic.names_device()) topic_ += session.name;
  topic_ += message.topic.after();
  Match match;
  for (const Subscription& one : session.subscriptions) {
    std::string_view filter = one.filter;
    if (filter.starts_with('$')) {
      const auto share = parse_share(filter);
      if (share) filter = share->filter;
    }
    if (!matches(filter, topic_)) continue;
    if (one.no_local && message.source == session.device) continue;
    match.matches = true;
    match.retain = match.retain || message.retain == Retain::kept ||
                   (message.retain == Retain::published && one.retain_as_published);
    if (message.retain == Retain::no) return match;
  }
  if (session.live && is_pushed(topic_, session)) match.matches = true;
  return match;
}

void Home::publish(const SharedMessage& message) {
  if (message->qos == Qos::at_most_once) {
    publish_qos0(message);
  } else {
    publish_qos1(message);
  }
  rest_woken();
  hand_over_receipts();
}

void Home::rest_woken() {
  for (const DeviceId device : woken_) rest(device);
  woken_.clear();
}

// Found before anything is done with them: so many look-ups in a row wait for memory together.
// Those that have ended by what was `reached` are left out.
void Home::find_recipients(const Message& message, RecipientIndex from, RecipientIndex to,
                           std::span<const Receipt> reached) {
  const ShardIndex shards = shards_.count();
  recipients_.clear();
  for (RecipientIndex i = from; i < to; ++i) {
    const DeviceId device = message.recipients[i];
    if (home_of(device, shards) != self_) continue;
    if (!reached.empty() && is_final(reached[i].outcome)) continue;
    DeviceSession* session = awake(device);
    if (session == nullptr) {
      session = session_of(device);
      if (session != nullptr) woken_.push_back(device);
    }
    __builtin_prefetch(session);
    recipients_.emplace_back(i, session);
  }
  counts_.recipients.add(static_cast<std::int64_t>(recipients_.size()));
}

void Home::publish_qos0(const SharedMessage& message, RecipientIndex from) {
  // Null: forgotten since the slice before.
  RecentMessages::Entry* receipts =
      from == 0 ? &recent_.add(message, clock_.now()) : recent_.find(message->id);
  const auto note = [receipts](RecipientIndex recipient, Outcome outcome, DropReason reason) {
    if (receipts != nullptr) RecentMessages::set(*receipts, recipient, outcome, reason);
  };
  const auto drop = [&](RecipientIndex recipient, DropReason reason) {
    note(recipient, Outcome::dropped, reason);
    counts_.ended(Outcome::dropped, reason);
  };
  const auto all = static_cast<RecipientIndex>(message->recipients.size());
  const bool in_slices = all > limits::batch_recipients_ceiling;
  const RecipientIndex to = in_slices ? std::min(all, from + slice) : all;
  find_recipients(*message, from, to);
  for (const auto& [i, session] : recipients_) {
    const Match match = session == nullptr ? Match() : this->match(*session, *message);
    if (!match.matches) {
      drop(i, DropReason::not_subscribed);
    } else if (!session->reachable()) {
      drop(i, DropReason::offline);
    } else if (!may_send_now(*session, *message)) {
      drop(i, DropReason::rate);
    } else {
      note(i, Outcome::sent, DropReason::none);
      counts_.in(Outcome::inflight).add();  // The edge counts what becomes of it.
      mail_.deliver(message,
                    {.connection = session->connection, .recipient = i, .retain = match.retain});
    }
  }
  if (to == all) return;
  shards_.post(self_, [this, message, to] {
    publish_qos0(message, to);
    rest_woken();
  });
}

void Home::publish_qos1(const SharedMessage& message) {
  const std::size_t bytes = message->payload.size();
  Held* held = nullptr;
  if (held_bytes_ + memory_of(*message) <= limits_.held_bytes_max) {
    // By this call, until all recipients are counted: some may have ended by then.
    held = &held_.emplace(message->id, Held{message, 1}).first->second;
    held_bytes_ += memory_of(*message);
  }
  find_recipients(*message, 0, static_cast<RecipientIndex>(message->recipients.size()));
  for (const auto& [i, session] : recipients_) {
    if (session == nullptr || !subscribed(*session, *message)) {
      end(message->id, i, Outcome::dropped, DropReason::not_subscribed);
      continue;
    }
    Waiting waiting{.message = message->id, .recipient = static_cast<std::uint16_t>(i)};
    waiting.bytes = static_cast<std::uint32_t>(bytes) & 0x7fffffffU;
    if (!holding_ && session->queue.empty() && session->takes(bytes, limits_.inflight_bytes_max)) {
      if (may_send_now(*session, *message)) {
        if (held != nullptr) ++held->waiting;
        send(*session, waiting, message);
        continue;
      }
      hold_back(*session);
    }
    if (session->queue.size() >= limits_.queue_messages_max ||
        session->queue_bytes + bytes > limits_.queue_bytes_max) {
      if (!std::exchange(session->warned, true)) {
        log::warning("device {}: its queue is full, new messages are dropped", session->name);
      }
      end(message->id, i, Outcome::dropped, DropReason::queue_full);
      continue;
    }
    enqueue(*session, waiting);
    if (held != nullptr) ++held->waiting;
  }
  if (held != nullptr) release(message->id);
}

// Only what comes new is held to a rate; what has waited is not: device-mqtt.md, section 10.
bool Home::may_send_now(DeviceSession& session, const Message& message) {
  return message.unmetered || needs_ == nullptr || needs_->rates == nullptr ||
         needs_->rates->admit_down(session.device, message.account);
}

void Home::hold_back(DeviceSession& session) {
  session.held_back = true;
  shards_.post_after(self_, needs_->rates->until_next_down(),
                     [this, device = session.device, connection = session.connection] {
                       DeviceSession* same = awake(device, connection);
                       if (same == nullptr) return;
                       same->held_back = false;
                       drain(*same);
                       hand_over_receipts();
                     });
}

void Home::reported(const Report& report) {
  if (report.receipt.outcome != Outcome::acked) {
    // QoS 0 that was taken for sent and was not.
    if (auto* entry = recent_.find(report.message)) {
      return RecentMessages::set(*entry, report.recipient, report.receipt.outcome,
                                 report.receipt.reason);
    }
  }
  DeviceSession* session = awake(report.device);
  if (session == nullptr) return;
  for (std::size_t i = 0; i < session->inflight.size(); ++i) {
    const Waiting& waiting = session->inflight[i];
    if (waiting.message != report.message || waiting.recipient != report.recipient) continue;
    session->inflight_bytes -= waiting.bytes;
    session->inflight.erase(i);
    counts_.in(Outcome::inflight).add(-1);
    end(report.message, report.recipient, report.receipt.outcome, report.receipt.reason);
    release(report.message);
    if (!session->queue.empty()) drain(*session);
    return;
  }
}

void Home::send(DeviceSession& session, const Waiting& waiting, const SharedMessage& message) {
  session.inflight.push_back(waiting);
  session.inflight_bytes += waiting.bytes;
  counts_.in(Outcome::inflight).add();
  mail_.deliver(message,
                {.connection = session.connection,
                 .recipient = waiting.recipient,
                 .packet_id = waiting.packet_id,
                 .duplicate = waiting.duplicate != 0,
                 .retain = message->retain != Retain::no && match(session, *message).retain});
}

void Home::enqueue(DeviceSession& session, const Waiting& waiting) {
  session.queue.push_back(waiting);
  session.queue_bytes += waiting.bytes;
  counts_.in(Outcome::queued).add();
  counts_.queued_bytes.add(waiting.bytes);
}

void Home::leave_queue(DeviceSession& session, std::size_t place) {
  const std::uint32_t bytes = session.queue[place].bytes;
  session.queue.erase(place);
  session.queue_bytes -= bytes;
  counts_.in(Outcome::queued).add(-1);
  counts_.queued_bytes.add(-std::int64_t{bytes});
  if (session.queue.empty()) session.warned = false;
}

// What is sent may be refused at once, and the report of that comes back here: the loop that is
// under way goes on then, instead of one more for each message.
void Home::drain(DeviceSession& session) {
  if (holding_ || std::exchange(session.draining, true)) return;
  send_waiting(session);
  session.draining = false;
}

void Home::send_waiting(DeviceSession& session) {
  const Time now = clock_.now();
  while (!session.queue.empty() &&
         session.takes(session.queue.front().bytes, limits_.inflight_bytes_max)) {
    const Waiting waiting = session.queue.front();
    const SharedMessage message = waiting_message(session, waiting);
    if (!message) return fetch(session);
    leave_queue(session, 0);
    if (now >= message->deadline) {
      end(waiting.message, waiting.recipient, Outcome::expired, DropReason::none);
      release(waiting.message);
      continue;
    }
    send(session, waiting, message);
  }
  if (session.queue.empty()) session.fetched.clear();
}

bool Home::is_expired(const Waiting& waiting, Time now) const {
  const auto held = held_.find(waiting.message);
  const Time deadline = held != held_.end()
                            ? held->second.message->deadline
                            : time_of_id(waiting.message.value) + limits::message_lifetime_max;
  return now >= deadline;
}

void Home::sweep() {
  const Time now = clock_.now();
  std::vector<DeviceId> idle;
  awake_.each([&](DeviceSession& session) {
    while (!session.queue.empty() && is_expired(session.queue.front(), now)) {
      const Waiting waiting = session.queue.front();
      leave_queue(session, 0);
      end(waiting.message, waiting.recipient, Outcome::expired, DropReason::none);
      release(waiting.message);
    }
    if (session.may_rest()) idle.push_back(session.device);
  });
  for (const DeviceId device : idle) rest(device);
  hand_over_receipts();
}

SharedMessage Home::waiting_message(DeviceSession& session, const Waiting& waiting) const {
  if (const auto held = held_.find(waiting.message); held != held_.end())
    return held->second.message;
  const auto at = std::ranges::find(session.fetched, waiting.message,
                                    [](const SharedMessage& message) { return message->id; });
  if (at == session.fetched.end()) return nullptr;
  SharedMessage message = std::move(*at);
  session.fetched.erase(at);
  return message;
}

void Home::fetch(DeviceSession& session) {
  if (std::exchange(session.fetching, true)) return;
  session.fetched.clear();
  std::vector<MessageId> ids;
  std::size_t bytes = 0;
  for (const Waiting& waiting : session.queue) {
    if (ids.size() == fetch_messages_max || bytes > fetch_bytes_max) break;
    if (held_.contains(waiting.message)) continue;
    ids.push_back(waiting.message);
    bytes += waiting.bytes;
  }
  auto asked = ids;
  log_.fetch(std::move(ids), [this, device = session.device, asked = std::move(asked)](
                                 Result<std::vector<SharedMessage>> messages) mutable {
    shards_.post(
        self_, [this, device, asked = std::move(asked), messages = std::move(messages)]() mutable {
          fetched(device, asked, std::move(messages));
        });
  });
}

void Home::fetched(DeviceId device, const std::vector<MessageId>& asked,
                   Result<std::vector<SharedMessage>> messages) {
  DeviceSession* session = awake(device);
  if (session == nullptr) return;
  session->fetching = false;
  if (!session->reachable()) return;  // Read again when it is.
  if (!messages) {
    static log::Limited failing;
    failing.error("device {}: its messages cannot be read: {}", session->name,
                  messages.error().detail);
    return shards_.post_after(self_, fetch_again_after, [this, device] {
      if (DeviceSession* same = awake(device)) drain(*same);
      hand_over_receipts();
    });
  }
  session->fetched = std::move(*messages);
  // What the log has no longer was ended there; what it cannot read ends here.
  for (const MessageId id : asked) {
    const bool found = std::ranges::any_of(
        session->fetched, [&](const SharedMessage& message) { return message->id == id; });
    if (!found) drop_unreadable(*session, id);
  }
  drain(*session);
  hand_over_receipts();
}

void Home::drop_unreadable(DeviceSession& session, MessageId message) {
  for (std::size_t i = 0; i < session.queue.size(); ++i) {
    const Waiting waiting = session.queue[i];
    if (waiting.message != message) continue;
    leave_queue(session, i);
    return end(message, waiting.recipient, Outcome::dropped, DropReason::unreadable);
  }
}

void Home::cancel(const Message& message, std::span<const RecipientIndex> recipients,
                  Cancellation& counts) {
  const bool is_late = clock_.now() >= message.deadline;
  const auto is_it = [&message](const Waiting& waiting) { return waiting.message == message.id; };
  for (const RecipientIndex recipient : recipients) {
    const DeviceId device = message.recipients[recipient];
    if (home_of(device, shards_.count()) != self_) continue;
    DeviceSession* session = awake(device);
    if (session == nullptr) {
      ++counts.ended;
    } else if (std::ranges::any_of(session->inflight, is_it)) {
      ++counts.inflight;
    } else if (const auto at = std::ranges::find_if(session->queue, is_it);
               at != session->queue.end()) {
      ++(is_late ? counts.ended : counts.cancelled);
      leave_queue(*session, static_cast<std::size_t>(at - session->queue.begin()));
      end(message.id, recipient, is_late ? Outcome::expired : Outcome::cancelled, DropReason::none);
      release(message.id);
      drain(*session);  // It may have stood in the way.
      rest(device);
    } else {
      ++counts.ended;
    }
  }
  hand_over_receipts();
}

void Home::cut_off(DeviceId device) {
  DeviceSession* session = session_of(device);
  if (session == nullptr) return;
  end_session(*session, Outcome::cancelled, DropReason::device_deleted);
  hand_over_receipts();
  session->expiry = 0;
  if (session->after) session->after->will.reset();
  if (!session->live) {
    awake_.erase(device);
  } else {
    cut(*session, CutReason::device_gone);
  }
}

void Home::disconnect(DeviceId device) {
  if (DeviceSession* session = awake(device)) cut(*session, CutReason::device_gone);
}

// Only a question to the edge, which knows whose connection it is: the device may have signed in
// through its new gateway by now, and then it stays.
void Home::leave_gateway(DeviceId device) {
  const DeviceSession* session = awake(device);
  if (session == nullptr || !session->live || !session->by_gateway) return;
  const ConnectionRef connection = session->connection;
  mail_.run_at(connection.shard, [this, device, connection] {
    mail_.edge_of(connection.shard).cut(device, connection, CutReason::left_gateway);
  });
}

// Receipts.

void Home::end(MessageId message, RecipientIndex recipient, Outcome outcome, DropReason reason) {
  receipts_.push_back({message, recipient, {outcome, reason, clock_.now()}});
  counts_.ended(outcome, reason);
}

void Home::release(MessageId message) {
  const auto at = held_.find(message);
  if (at == held_.end() || --at->second.waiting > 0) return;
  held_bytes_ -= memory_of(*at->second.message);
  held_.erase(at);
}

void Home::append_inflight(std::vector<ReceiptOf>& inflight) const {
  awake_.each([&](const DeviceSession& session) {
    for (const Waiting& waiting : session.inflight) {
      inflight.push_back({waiting.message, waiting.recipient, {.outcome = Outcome::inflight}});
    }
    for (const Waiting& waiting : session.queue) {
      if (waiting.duplicate == 0) continue;
      inflight.push_back({waiting.message, waiting.recipient, {.outcome = Outcome::inflight}});
    }
  });
}

void Home::hand_over_receipts() {
  if (!receipts_.empty()) log_.record(std::exchange(receipts_, {}));
}

// What waits past its deadline has ended, whoever finds that out first.
void Home::fill_in(const Message& message, std::vector<Receipt>& receipts) const {
  const bool is_late = clock_.now() >= message.deadline;
  for (RecipientIndex i = 0; i < message.recipients.size(); ++i) {
    if (is_final(receipts[i].outcome)) continue;
    if (home_of(message.recipients[i], shards_.count()) != self_) continue;
    const DeviceSession* session = awake(message.recipients[i]);
    if (session == nullptr) continue;
    const auto is_it = [&message](const Waiting& waiting) { return waiting.message == message.id; };
    if (std::ranges::any_of(session->inflight, is_it)) {
      receipts[i].outcome = Outcome::inflight;
    } else if (is_late && std::ranges::any_of(session->queue, is_it)) {
      receipts[i] = {.outcome = Outcome::expired, .at = message.deadline};
    }
  }
}

namespace {

std::optional<KeptMessage> kept_from(const RecentMessages::Entry* entry) {
  if (entry == nullptr) return std::nullopt;
  KeptMessage kept{entry->message, {}};
  kept.receipts.resize(entry->states.size());
  for (RecipientIndex i = 0; i < entry->states.size(); ++i) {
    if (const auto state = RecentMessages::state(*entry, i)) kept.receipts[i] = *state;
  }
  return kept;
}

}  // namespace

std::optional<KeptMessage> Home::recent(MessageId id) { return kept_from(recent_.find(id)); }
std::optional<KeptMessage> Home::recent(std::string_view request_id) {
  return kept_from(recent_.find_request(request_id));
}

}  // namespace herald
