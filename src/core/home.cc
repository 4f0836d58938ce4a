#include "core/home.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/device_session.h"

namespace herald {
Home::Home(ShardIndex self, Shards& shards, Mail& mail, Registry& registry, MessageLog& log,
           RegistryStorage& storage, const Clock& clock, const HomeLimits& limits,
           DeliveryCounts& counts)
    : self_(self),
      shards_(shards),
      mail_(mail),
      registry_(registry),
      log_(log),
      storage_(storage),
      clock_(clock),
      limits_(limits),
      counts_(counts) {}

Home::~Home() = default;

DeviceSession* Home::awake(DeviceId device) const { return awake_.find(device); }

DeviceSession* Home::awake(DeviceId device, const ConnectionRef& connection) const {
  DeviceSession* session = awake(device);
  return session != nullptr && session->live && session->connection == connection ? session
                                                                                  : nullptr;
}

DeviceSession* Home::session_of(DeviceId device) {
  if (DeviceSession* session = awake(device)) return session;
  auto resting = resting_.take(device);
  if (!resting) return nullptr;
  auto session = std::make_unique<DeviceSession>();
  session->device = device;
  session->name = std::move(resting->name);
  session->subscriptions = std::move(resting->subscriptions);
  session->expiry = resting->expiry;
  if (resting->expires_at) {
    session->after = std::make_unique<Afterlife>();
    session->after->expires_at = resting->expires_at;
  }
  return &awake_.put(std::move(session));
}

void Home::rest(DeviceId device) {
  const DeviceSession* session = awake(device);
  if (session == nullptr || !session->may_rest()) return;
  resting_.put(device, {.name = session->name,
                        .subscriptions = session->subscriptions,
                        .expiry = session->expiry,
                        .expires_at = session->after ? session->after->expires_at : std::nullopt});
  awake_.erase(device);
}

// Starting.

void Home::restore(const KeptSession& kept) {
  if (home_of(kept.device, shards_.count()) != self_) return;
  const auto view = registry_.device(kept.device);
  if (!view) return;  // Deleted; its session record was erased with it or will be ignored for good.
  RestingSession session{.name = view->device->name.text(),
                         .subscriptions = kept.subscriptions,
                         .expiry = kept.expiry};
  if (kept.expiry != never_expires) {
    // One that was connected when the last run ended has been away since now.
    session.expires_at =
        kept.disconnected.value_or(clock_.now()) + std::chrono::seconds(kept.expiry);
    afterlives_.emplace(*session.expires_at, kept.device);
  }
  resting_.put(kept.device, session);
}

void Home::restore(const KeptMessage& kept) {
  const Message& message = *kept.message;
  find_recipients(message, 0, static_cast<RecipientIndex>(message.recipients.size()),
                  kept.receipts);
  for (const auto& [i, session] : recipients_) {
    if (session != nullptr && subscribed(*session, message)) {
      Waiting waiting{.message = message.id, .recipient = static_cast<std::uint16_t>(i)};
      waiting.bytes = static_cast<std::uint32_t>(kept.payload_bytes) & 0x7fffffffU;
      // Of what may have been sent in the last run, only the device knows.
      waiting.duplicate = kept.receipts[i].outcome == Outcome::inflight ? 1 : 0;
      enqueue(*session, waiting);
    } else {
      end(message.id, i, Outcome::dropped, DropReason::session_ended);
    }
  }
  rest_woken();
}

void Home::restored() {
  hand_over_receipts();
  watch_afterlives();
}

// Connections.

void Home::connect(ConnectRequest request, ConnectAnswered answered) {
  const DeviceId device = request.device->id;
  if (session_of(device) == nullptr) {
    auto made = std::make_unique<DeviceSession>();
    made->device = device;
    made->name = request.device->name.text();
    awake_.put(std::move(made));
  }
  DeviceSession& session = *awake(device);
  PendingConnect pending{std::move(request), std::move(answered)};
  if (!session.live) return admit(session, std::move(pending));
  if (session.pending) answer(std::move(*session.pending), {.why = "taken over while waiting"});
  session.pending = std::make_unique<PendingConnect>(std::move(pending));
  cut(session, CutReason::taken_over);
}

void Home::cut(DeviceSession& session, CutReason reason) {
  if (!session.live || std::exchange(session.cut, true)) return;
  mail_.run_at(session.connection.shard,
               [this, device = session.device, connection = session.connection, reason] {
                 mail_.edge_of(connection.shard).cut(device, connection, reason);
               });
}

void Home::admit(DeviceSession& session, PendingConnect pending) {
  const auto view = registry_.device(session.device);
  if (!view || view->device->disabled) {
    answer(std::move(pending), {.why = view ? "device disabled" : "device deleted"});
    const DeviceId device = session.device;
    if (!session.kept()) {
      awake_.erase(device);
    } else {
      rest(device);
    }
    return;
  }
  ConnectRequest& request = pending.request;
  const bool present = session.kept() && !request.clean_start && !has_expired(session);
  // What the disk knows of a session is whether there is one, how long it stays, and, if that is
  // not for ever, since when.
  const bool dated = session.after && session.after->expires_at;
  const bool stored_changes =
      session.expiry != request.session_expiry || dated || !session.is_stored();
  revive(session, present);
  if (!present) end_session(session, Outcome::dropped, DropReason::session_ended);
  session.expiry = request.session_expiry;
  session.connection = request.connection;
  session.window = request.window;
  session.custom_rrpc = request.custom_rrpc;
  session.by_gateway = request.by_gateway;
  session.live = true;
  counts_.connected.add();
  session.answered = false;
  session.cut = false;
  session.held_back = false;
  if (request.will) {
    session.after = std::make_unique<Afterlife>();
    session.after->will = std::move(request.will);
  }
  join_broadcasts(session, *view->device);
  registry_.set_online(session.device, clock_.now(), request.address);
  hand_over_receipts();

  auto tell = [this, device = session.device, present, pending = std::move(pending)]() mutable {
    const ConnectionRef connection = pending.request.connection;
    answer(std::move(pending), {.accepted = true, .session_present = present});
    if (DeviceSession* same = awake(device, connection)) {
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

void Home::gone(DeviceId device, ConnectionRef connection, ConnectionEnd end) {
  DeviceSession* session = awake(device);
  if (session == nullptr) return;
  if (session->pending && session->pending->request.connection == connection) {
    session->pending.reset();  // Nobody is there to hear the answer.
    return;
  }
  if (!session->live || session->connection != connection) return;
  session->live = false;
  counts_.connected.add(-1);
  session->cut = false;
  session->fetched.clear();
  registry_.set_offline(device, clock_.now());
  leave_broadcasts(*session);
  const bool was_kept = session->kept();
  if (end.expiry) session->expiry = *end.expiry;
  if (session->kept()) requeue_inflight(*session, end.unacknowledged);
  outlive(*session, end, was_kept);
  if (!session->kept()) end_session(*session, Outcome::dropped, DropReason::session_ended);
  if (session->pending) {
    const auto pending = std::exchange(session->pending, nullptr);
    admit(*session, std::move(*pending));
  } else if (!session->kept()) {
    awake_.erase(device);
  } else {
    rest(device);
  }
  hand_over_receipts();
}

void Home::requeue_inflight(DeviceSession& session, const std::vector<SentUnacknowledged>& sent) {
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
  const auto returned = static_cast<std::int64_t>(again.size());
  counts_.in(Outcome::inflight).add(-returned);
  counts_.in(Outcome::queued).add(returned);
  counts_.queued_bytes.add(static_cast<std::int64_t>(session.inflight_bytes));
  session.inflight.clear();
  session.inflight_bytes = 0;
  if (!again.empty()) session.queue.push_front(std::move(again));
}

void Home::end_session(DeviceSession& session, Outcome outcome, DropReason reason) {
  for (const auto* list : {&session.inflight, &session.queue}) {
    for (const Waiting& waiting : *list) {
      end(waiting.message, waiting.recipient, outcome, reason);
      release(waiting.message);
    }
  }
  counts_.in(Outcome::inflight).add(-static_cast<std::int64_t>(session.inflight.size()));
  counts_.in(Outcome::queued).add(-static_cast<std::int64_t>(session.queue.size()));
  counts_.queued_bytes.add(-static_cast<std::int64_t>(session.queue_bytes));
  session.inflight.clear();
  session.inflight_bytes = 0;
  session.queue.clear();
  session.queue_bytes = 0;
  session.subscriptions.clear();
  session.fetched.clear();
}

KeptSession Home::record_of(const DeviceSession& session) const {
  KeptSession kept{
      .device = session.device, .subscriptions = session.subscriptions, .expiry = session.expiry};
  if (!session.live && session.expiry != never_expires) kept.disconnected = clock_.now();
  return kept;
}

// Writes the session as it stands, or that there is none, and goes on when the disk has it.
void Home::store(DeviceSession& session, Task stored) {
  hand_over_receipts();  // What came before it is kept with it: durability.md.
  Changes changes;
  if (session.kept()) {
    changes.emplace_back(Record(record_of(session)));
  } else {
    changes.emplace_back(ErasedSession{session.device});
  }
  const std::uint32_t write = ++session.writes_begun;
  storage_.write(std::move(changes),
                 [this, device = session.device, connection = session.connection, write,
                  stored = std::move(stored)](Result<void> done) mutable {
                   shards_.post(self_, [this, device, connection, write, stored = std::move(stored),
                                        done = std::move(done)]() mutable {
                     if (done) {
                       if (DeviceSession* same = awake(device)) {
                         same->writes_confirmed = std::max(same->writes_confirmed, write);
                       }
                       stored();
                       return rest(device);
                     }
                     static log::Limited failing;
                     failing.error("device {}: its session cannot be stored: {}", device.value,
                                   done.error().detail);
                     if (DeviceSession* same = awake(device, connection)) {
                       cut(*same, CutReason::storage_failed);
                     }
                   });
                 });
}

}  // namespace herald
