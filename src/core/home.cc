#include "core/home.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/permissions.h"

namespace herald {
namespace {

constexpr std::uint8_t subscription_refused = 0x80;  // MQTT 3.1.1 section 3.9.3.
constexpr std::size_t fetch_messages_max = 32;
constexpr std::size_t fetch_bytes_max = 512 * limits::KiB;

}  // namespace

// A place in a device's queue: 16 bytes, because there may be ten million of them.
struct Home::Waiting {
  MessageId message;
  std::uint16_t recipient = 0;
  std::uint16_t packet_id = 0;
  std::uint32_t bytes : 31 = 0;
  std::uint32_t duplicate : 1 = 0;
};
static_assert(limits::batch_recipients_ceiling <= 0xffff, "recipients are counted in 16 bits");

struct Home::PendingConnect {
  ConnectRequest request;
  ConnectAnswered answered;
};

struct Home::Session {
  DeviceId device;
  std::string name;  // DeviceName, for topics.
  std::vector<Subscription> subscriptions;
  Fifo<Waiting> queue;
  Fifo<Waiting> inflight;  // In the order of sending.
  std::vector<SharedMessage> fetched;
  std::unique_ptr<PendingConnect> pending;  // Waits for the connection before it to end.
  ConnectionRef connection;
  std::uint32_t window = 0;
  std::uint32_t queue_bytes = 0;
  bool live = false;      // `connection` is the device's.
  bool answered = false;  // It knows so: deliveries may follow.
  bool cut = false;       // It was told to end.
  bool kept = false;      // Outlives its connection.
  bool fetching = false;
  bool warned = false;    // That the queue is full.

  bool takes_more() const { return live && answered && !cut && inflight.size() < window; }
};

Home::Home(ShardIndex self, Shards& shards, Mail& mail, Registry& registry, MessageLog& log,
           RegistryStorage& storage, const Clock& clock, const HomeLimits& limits)
    : self_(self), shards_(shards), mail_(mail), registry_(registry), log_(log), storage_(storage),
      clock_(clock), limits_(limits) {}

Home::~Home() = default;

Home::Session* Home::session_of(DeviceId device) const {
  const auto at = sessions_.find(device);
  return at == sessions_.end() ? nullptr : at->second.get();
}

Home::Session* Home::session_of(DeviceId device, const ConnectionRef& connection) const {
  Session* session = session_of(device);
  return session != nullptr && session->live && session->connection == connection ? session : nullptr;
}

// Starting.

void Home::restore(const KeptSession& kept) {
  const auto view = registry_.device(kept.device);
  if (!view) return;  // Deleted; its session record was erased with it or will be ignored for good.
  auto session = std::make_unique<Session>();
  session->device = kept.device;
  session->name = view->device->name.text();
  session->subscriptions = kept.subscriptions;
  session->kept = true;
  sessions_.insert_or_assign(kept.device, std::move(session));
}

void Home::restore(const KeptMessage& kept) {
  const Message& message = *kept.message;
  for (RecipientIndex i = 0; i < message.recipients.size(); ++i) {
    if (is_final(kept.receipts[i].outcome)) continue;
    if (home_of(message.recipients[i], shards_.count()) != self_) continue;
    Session* session = session_of(message.recipients[i]);
    if (session != nullptr && subscribed(*session, message)) {
      // It may have been sent before the end of the last run: only the device knows.
      Waiting waiting{.message = message.id, .recipient = static_cast<std::uint16_t>(i)};
      waiting.duplicate = 1;
      session->queue.push_back(waiting);
    } else {
      end(message.id, i, Outcome::dropped, DropReason::session_ended);
    }
  }
}

void Home::restored() { hand_over_receipts(); }

// Connections.

void Home::connect(ConnectRequest request, ConnectAnswered answered) {
  const DeviceId device = request.device->id;
  auto& slot = sessions_[device];
  if (!slot) {
    slot = std::make_unique<Session>();
    slot->device = device;
    slot->name = request.device->name.text();
  }
  Session& session = *slot;
  PendingConnect pending{std::move(request), std::move(answered)};
  if (!session.live) return admit(session, std::move(pending));
  if (session.pending) answer(std::move(*session.pending), {.why = "taken over while waiting"});
  session.pending = std::make_unique<PendingConnect>(std::move(pending));
  if (session.cut) return;
  session.cut = true;
  mail_.run_at(session.connection.shard, [this, connection = session.connection] {
    mail_.edge_of(connection.shard).cut(connection, CutReason::taken_over);
  });
}

void Home::admit(Session& session, PendingConnect pending) {
  const auto view = registry_.device(session.device);
  if (!view || view->device->disabled) {
    answer(std::move(pending), {.why = view ? "device disabled" : "device deleted"});
    const DeviceId device = session.device;
    if (!session.kept) sessions_.erase(device);
    return;
  }
  const ConnectRequest& request = pending.request;
  const bool present = session.kept && !request.clean_session;
  const bool stored_changes = session.kept == request.clean_session;
  if (!present) end_session(session, Outcome::dropped, DropReason::session_ended);
  session.kept = !request.clean_session;
  session.connection = request.connection;
  session.window = request.window;
  session.live = true;
  session.answered = false;
  session.cut = false;
  registry_.set_online(session.device, clock_.now(), request.address);
  hand_over_receipts();

  auto tell = [this, device = session.device, present, pending = std::move(pending)]() mutable {
    const ConnectionRef connection = pending.request.connection;
    answer(std::move(pending), {.accepted = true, .session_present = present});
    if (Session* same = session_of(device, connection)) {
      same->answered = true;
      drain(*same);
      hand_over_receipts();
    }
  };
  // A CONNACK that made or destroyed stored state leaves when the disk has it.
  if (!stored_changes) return tell();
  store(session, std::move(tell));
}

void Home::answer(PendingConnect pending, ConnectAnswer answer) {
  mail_.run_at(pending.request.connection.shard,
               [answered = std::move(pending.answered), answer]() mutable { answered(answer); });
}

void Home::gone(DeviceId device, ConnectionRef connection,
                std::vector<SentUnacknowledged> unacknowledged) {
  Session* session = session_of(device);
  if (session == nullptr) return;
  if (session->pending && session->pending->request.connection == connection) {
    session->pending.reset();  // Nobody is there to hear the answer.
    return;
  }
  if (!session->live || session->connection != connection) return;
  session->live = false;
  session->cut = false;
  registry_.set_offline(device, clock_.now());
  if (session->kept) {
    requeue_inflight(*session, unacknowledged);
  } else {
    end_session(*session, Outcome::dropped, DropReason::session_ended);
  }
  if (session->pending) {
    const auto pending = std::exchange(session->pending, nullptr);
    admit(*session, std::move(*pending));
  } else if (!session->kept) {
    sessions_.erase(device);
  }
  hand_over_receipts();
}

void Home::requeue_inflight(Session& session, const std::vector<SentUnacknowledged>& sent) {
  std::vector<Waiting> again;
  again.reserve(session.inflight.size());
  std::size_t next_sent = 0;
  for (Waiting waiting : session.inflight) {
    // Both lists are in the order of sending; what the connection never got is missing in its own.
    if (next_sent < sent.size() && sent[next_sent].message == waiting.message) {
      waiting.packet_id = sent[next_sent].packet_id;
      waiting.duplicate = 1;
      ++next_sent;
    }
    session.queue_bytes += waiting.bytes;
    again.push_back(waiting);
  }
  session.inflight.clear();
  if (!again.empty()) session.queue.push_front(std::move(again));
}

void Home::end_session(Session& session, Outcome outcome, DropReason reason) {
  for (const auto* list : {&session.inflight, &session.queue}) {
    for (const Waiting& waiting : *list) {
      end(waiting.message, waiting.recipient, outcome, reason);
      release(waiting.message);
    }
  }
  session.inflight.clear();
  session.queue.clear();
  session.queue_bytes = 0;
  session.subscriptions.clear();
  session.fetched.clear();
}

// Writes the session as it stands, or that there is none, and goes on when the disk has it.
void Home::store(const Session& session, Task stored) {
  Changes changes;
  if (session.kept) {
    changes.emplace_back(Record(KeptSession{session.device, session.subscriptions}));
  } else {
    changes.emplace_back(ErasedSession{session.device});
  }
  storage_.write(std::move(changes), [this, device = session.device, connection = session.connection,
                                      stored = std::move(stored)](Result<void> done) mutable {
    shards_.post(self_, [this, device, connection, stored = std::move(stored),
                         done = std::move(done)]() mutable {
      if (done) return stored();
      log::error("device {}: its session cannot be stored: {}", device.value, done.error().detail);
      if (Session* same = session_of(device, connection); same != nullptr && !same->cut) {
        same->cut = true;
        mail_.run_at(connection.shard, [this, connection] {
          mail_.edge_of(connection.shard).cut(connection, CutReason::device_gone);
        });
      }
    });
  });
}

// Subscriptions.

void Home::subscribe(DeviceId device, ConnectionRef connection,
                     std::vector<WantedSubscription> wanted, Subscribed subscribed) {
  Session* session = session_of(device, connection);
  const auto view = registry_.device(device);
  if (session == nullptr || !view) return;
  const auto product = registry_.product(view->device->product.view());
  std::string codes;
  bool changed = false;
  for (WantedSubscription& one : wanted) {
    const bool allowed = product && may_subscribe(*product, view->device->name, one.filter);
    const auto known = std::ranges::find(session->subscriptions, one.filter, &Subscription::filter);
    const bool is_new = known == session->subscriptions.end();
    if (!allowed ||
        (is_new && session->subscriptions.size() >= limits_.subscriptions_per_device)) {
      log::info("device {}/{}: may not subscribe {}", view->device->product.view(),
                view->device->name.view(), log::printable(one.filter));
      codes.push_back(static_cast<char>(subscription_refused));
      continue;
    }
    codes.push_back(static_cast<char>(one.qos));
    changed = true;
    Subscription made{std::move(one.filter), one.qos, clock_.now()};
    if (is_new) {
      session->subscriptions.push_back(std::move(made));
    } else {
      *known = std::move(made);
    }
  }
  auto tell = [this, shard = connection.shard, subscribed = std::move(subscribed),
               codes = std::move(codes)]() mutable {
    mail_.run_at(shard, [subscribed = std::move(subscribed), codes = std::move(codes)]() mutable {
      subscribed(std::move(codes));
    });
  };
  if (!changed || !session->kept) return tell();
  store(*session, std::move(tell));
}

void Home::unsubscribe(DeviceId device, ConnectionRef connection, std::vector<std::string> filters,
                       Task unsubscribed) {
  Session* session = session_of(device, connection);
  if (session == nullptr) return;
  const auto removed = std::erase_if(session->subscriptions, [&](const Subscription& one) {
    return std::ranges::find(filters, one.filter) != filters.end();
  });
  auto tell = [this, shard = connection.shard, unsubscribed = std::move(unsubscribed)]() mutable {
    mail_.run_at(shard, std::move(unsubscribed));
  };
  if (removed == 0 || !session->kept) return tell();
  store(*session, std::move(tell));
}

bool Home::subscribed(Session& session, const Message& message) {
  topic_.assign(message.topic.before());
  if (message.topic.names_device()) topic_ += session.name;
  topic_ += message.topic.after();
  return std::ranges::any_of(session.subscriptions, [&](const Subscription& subscription) {
    return matches(subscription.filter, topic_);
  });
}

// Messages.

void Home::publish(const SharedMessage& message) {
  if (message->qos == Qos::at_most_once) {
    publish_qos0(message);
  } else {
    publish_qos1(message);
  }
  hand_over_receipts();
}

void Home::publish_qos0(const SharedMessage& message) {
  RecentMessages::Entry& receipts = recent_.add(message, clock_.now());
  const ShardIndex shards = shards_.count();
  for (RecipientIndex i = 0; i < message->recipients.size(); ++i) {
    const DeviceId device = message->recipients[i];
    if (home_of(device, shards) != self_) continue;
    Session* session = session_of(device);
    if (session == nullptr || !subscribed(*session, *message)) {
      RecentMessages::set(receipts, i, Outcome::dropped, DropReason::not_subscribed);
    } else if (!session->live || !session->answered || session->cut) {
      RecentMessages::set(receipts, i, Outcome::dropped, DropReason::offline);
    } else {
      RecentMessages::set(receipts, i, Outcome::sent, DropReason::none);
      mail_.deliver(message, {.connection = session->connection, .recipient = i});
    }
  }
}

void Home::publish_qos1(const SharedMessage& message) {
  const ShardIndex shards = shards_.count();
  const std::size_t bytes = message->payload.size();
  std::uint32_t waits = 0;
  const bool hold = held_bytes_ + bytes <= limits_.held_bytes_max;
  for (RecipientIndex i = 0; i < message->recipients.size(); ++i) {
    const DeviceId device = message->recipients[i];
    if (home_of(device, shards) != self_) continue;
    Session* session = session_of(device);
    if (session == nullptr || !subscribed(*session, *message)) {
      end(message->id, i, Outcome::dropped, DropReason::not_subscribed);
      continue;
    }
    Waiting waiting{.message = message->id, .recipient = static_cast<std::uint16_t>(i)};
    waiting.bytes = static_cast<std::uint32_t>(bytes) & 0x7fffffffU;
    if (session->queue.empty() && session->takes_more()) {
      session->inflight.push_back(waiting);
      ++waits;
      mail_.deliver(message, {.connection = session->connection, .recipient = i});
      continue;
    }
    if (session->queue.size() >= limits_.queue_messages_max ||
        session->queue_bytes + bytes > limits_.queue_bytes_max) {
      if (!std::exchange(session->warned, true)) {
        log::warning("device {}: its queue is full, new messages are dropped", session->name);
      }
      end(message->id, i, Outcome::dropped, DropReason::queue_full);
      continue;
    }
    session->queue.push_back(waiting);
    session->queue_bytes += static_cast<std::uint32_t>(bytes);
    ++waits;
  }
  if (waits > 0 && hold) {
    held_.insert_or_assign(message->id, Held{message, waits});
    held_bytes_ += bytes;
  }
}

void Home::reported(const Report& report) {
  if (report.receipt.outcome != Outcome::acked) {
    // QoS 0 that was taken for sent and was not.
    if (auto* entry = recent_.find(report.message)) {
      RecentMessages::set(*entry, report.recipient, report.receipt.outcome, report.receipt.reason);
    }
    return;
  }
  Session* session = session_of(report.device);
  if (session == nullptr) return;
  for (std::size_t i = 0; i < session->inflight.size(); ++i) {
    const Waiting& waiting = session->inflight[i];
    if (waiting.message != report.message || waiting.recipient != report.recipient) continue;
    session->inflight.erase(i);
    end(report.message, report.recipient, Outcome::acked, DropReason::none);
    release(report.message);
    if (!session->queue.empty()) drain(*session);
    hand_over_receipts();
    return;
  }
}

void Home::drain(Session& session) {
  const Time now = clock_.now();
  while (!session.queue.empty() && session.takes_more()) {
    const Waiting waiting = session.queue.front();
    const SharedMessage message = waiting_message(session, waiting);
    if (!message) return fetch(session);
    session.queue.pop_front();
    session.queue_bytes -= std::min<std::uint32_t>(session.queue_bytes, waiting.bytes);
    session.warned = false;
    if (now >= message->deadline) {
      end(waiting.message, waiting.recipient, Outcome::expired, DropReason::none);
      release(waiting.message);
      continue;
    }
    session.inflight.push_back(waiting);
    mail_.deliver(message, {.connection = session.connection, .recipient = waiting.recipient,
                            .packet_id = waiting.packet_id, .duplicate = waiting.duplicate != 0});
  }
  if (session.queue.empty()) session.fetched.clear();
}

SharedMessage Home::waiting_message(Session& session, const Waiting& waiting) const {
  if (const auto held = held_.find(waiting.message); held != held_.end()) return held->second.message;
  const auto at = std::ranges::find(session.fetched, waiting.message,
                                    [](const SharedMessage& message) { return message->id; });
  if (at == session.fetched.end()) return nullptr;
  SharedMessage message = std::move(*at);
  session.fetched.erase(at);
  return message;
}

void Home::fetch(Session& session) {
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
    shards_.post(self_, [this, device, asked = std::move(asked),
                         messages = std::move(messages)]() mutable {
      fetched(device, asked, std::move(messages));
    });
  });
}

void Home::fetched(DeviceId device, const std::vector<MessageId>& asked,
                   Result<std::vector<SharedMessage>> messages) {
  Session* session = session_of(device);
  if (session == nullptr) return;
  session->fetching = false;
  if (!messages) {
    // What waits stays where it is; the next acknowledgement or connection asks again.
    log::error("device {}: its messages cannot be read: {}", session->name, messages.error().detail);
    return;
  }
  session->fetched = std::move(*messages);
  // What the log no longer has was ended there (expired, cancelled) and waits for nobody.
  for (const MessageId id : asked) {
    const bool found = std::ranges::any_of(
        session->fetched, [&](const SharedMessage& message) { return message->id == id; });
    if (found) continue;
    for (std::size_t i = 0; i < session->queue.size(); ++i) {
      if (session->queue[i].message == id) {
        session->queue.erase(i);
        break;
      }
    }
  }
  drain(*session);
  hand_over_receipts();
}

void Home::cut_off(DeviceId device) {
  Session* session = session_of(device);
  if (session == nullptr) return;
  end_session(*session, Outcome::cancelled, DropReason::device_deleted);
  hand_over_receipts();
  session->kept = false;
  if (!session->live) {
    sessions_.erase(device);
  } else if (!std::exchange(session->cut, true)) {
    mail_.run_at(session->connection.shard, [this, connection = session->connection] {
      mail_.edge_of(connection.shard).cut(connection, CutReason::device_gone);
    });
  }
}

// Receipts.

void Home::end(MessageId message, RecipientIndex recipient, Outcome outcome, DropReason reason) {
  receipts_.push_back({message, recipient, {outcome, reason, clock_.now()}});
}

void Home::release(MessageId message) {
  const auto at = held_.find(message);
  if (at == held_.end() || --at->second.waiting > 0) return;
  held_bytes_ -= at->second.message->payload.size();
  held_.erase(at);
}

void Home::hand_over_receipts() {
  if (!receipts_.empty()) log_.record(std::exchange(receipts_, {}));
}

void Home::fill_in(const Message& message, std::vector<Receipt>& receipts) const {
  for (RecipientIndex i = 0; i < message.recipients.size(); ++i) {
    if (is_final(receipts[i].outcome)) continue;
    if (home_of(message.recipients[i], shards_.count()) != self_) continue;
    const Session* session = session_of(message.recipients[i]);
    if (session == nullptr) continue;
    const bool inflight = std::ranges::any_of(session->inflight, [&](const Waiting& waiting) {
      return waiting.message == message.id;
    });
    receipts[i].outcome = inflight ? Outcome::inflight : Outcome::queued;
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
