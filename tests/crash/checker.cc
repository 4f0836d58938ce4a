#include "checker.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace herald::crash {
namespace {

constexpr std::size_t violations_kept = 100;
constexpr std::size_t going_down = std::numeric_limits<std::size_t>::max();
constexpr std::string_view nonce_used = "SignatureNonceUsed";
constexpr std::string_view other_parameters = "IdempotentParameterMismatch";

}  // namespace

void Checker::take(const Event& event) {
  ++totals_.lines;
  std::visit([this](const auto& kind) { on(kind); }, event);
}

void Checker::finish() {
  if (!settled_) violate("history", "it has no end");
  for (Call number = 0; number < calls_.size(); ++number) {
    const CallState& call = calls_[number];
    if (call.fate == Fate::open) violate("history", fmt::format("call {} has no answer", number));
    if (call.fate != Fate::success || call.qos == 0) continue;
    for (const Delivery& delivery : call.deliveries) {
      if (!is_owed(delivery)) continue;
      ++totals_.owed;
      if (delivery.arrived) continue;
      if (delivery.over_at != 0) {
        ++totals_.excused;
      } else {
        violate("lost", fmt::format("call {} (line {}) did not arrive at device {}", number,
                                    call.line, delivery.device));
      }
    }
  }
}

// Calls.

void Checker::on(const Known& event) {
  if (event.device != devices_.size())
    return violate("history", "devices are not numbered in order");
  devices_.push_back({.topic = event.topic});
}

void Checker::on(const Called& event) {
  ++totals_.calls;
  if (event.call != calls_.size()) return violate("history", "calls are not numbered in order");
  CallState call{.qos = event.qos,
                 .line = totals_.lines,
                 .at = event.at,
                 .lifetime = event.lifetime_ms * 1000,
                 .message_floor = greatest_message_,
                 .deliveries = {}};
  call.deliveries.reserve(event.recipients.size());
  for (const Device recipient : event.recipients) {
    if (recipient >= devices_.size()) return violate("history", "a recipient that is no device");
    const DeviceState& device = devices_[recipient];
    call.deliveries.push_back(
        {.device = recipient, .session = device.subscribed ? device.session : 0});
  }
  if (!by_hash_.emplace(event.hash, event.call).second)
    violate("history", "a payload of two calls");
  calls_.push_back(std::move(call));
}

void Checker::on(const CalledAgain& event) {
  CallState* call = call_of(event.call);
  if (call == nullptr) return;
  if (call->fate == Fate::open) return violate("history", "sent again before its answer");
  call->again = true;
}

void Checker::on(const Retried& event) {
  CallState* call = call_of(event.call);
  if (call == nullptr) return;
  if (call->fate == Fate::open) return violate("history", "sent anew before its answer");
  call->retried = true;
  if (call->fate == Fate::refused) call->fate = Fate::perhaps;  // Now it may be published.
}

void Checker::on(const Answered& event) {
  CallState* call = call_of(event.call);
  if (call == nullptr) return;
  if (event.outcome == Outcome::lost) {
    ++totals_.lost_answers;
    if (call->fate == Fate::open) call->fate = Fate::perhaps;
  } else if (event.outcome == Outcome::success) {
    succeeded(*call, event);
  } else {
    refused(*call, event);
  }
  call->again = call->retried = false;
}

void Checker::succeeded(CallState& call, const Answered& event) {
  if (call.retried && call.fate == Fate::success) return replayed(call, event);
  if (call.fate == Fate::success || call.fate == Fate::refused) {
    return violate("nonce", fmt::format("call {} was taken twice", event.call));
  }
  ++totals_.successes;
  call.fate = Fate::success;
  call.message = event.message;
  call.answer_line = totals_.lines;
  call.answered_at = event.at;
  if (event.message <= call.message_floor) {
    violate("id", fmt::format("{} of call {} is not above {}, which was answered before the call",
                              event.message, event.call, call.message_floor));
  }
  if (!messages_.insert(event.message).second) {
    violate("id", fmt::format("{} is that of two messages", event.message));
  }
  greatest_message_ = std::max(greatest_message_, event.message);
}

// That it was not published again, too, shows where it arrives.
void Checker::replayed(const CallState& call, const Answered& event) {
  ++totals_.tokens_replayed;
  if (event.message == call.message) return;
  violate("token", fmt::format("call {} was answered with {}, and sent anew with {}", event.call,
                               call.message, event.message));
}

void Checker::refused(CallState& call, const Answered& event) {
  if (event.code == nonce_used) {
    // It tells of an earlier sending: of our own, or of the client's below, on another connection.
    if (call.again) ++totals_.nonces_refused;
    if (call.fate == Fate::open) call.fate = Fate::perhaps;
    return;
  }
  ++totals_.refusals[event.code];
  if (call.retried) {  // What became of it before stays so.
    if (event.code != other_parameters) return;
    return violate("token", fmt::format("call {}: its parameters are the same", event.call));
  }
  if (call.fate == Fate::success) {
    return violate("nonce", fmt::format("call {} was read again: {}", event.call, event.code));
  }
  if (call.fate == Fate::perhaps) return;  // The first sending may have been published.
  call.fate = Fate::refused;
  if (std::ranges::any_of(call.deliveries, &Delivery::arrived)) {
    violate("invented", fmt::format("call {} was refused and had arrived", event.call));
  }
}

void Checker::on(const Cancelling& event) {
  CallState* call = call_of(event.call);
  if (call == nullptr) return;
  for (Delivery& delivery : call->deliveries) {
    const bool is_meant = event.devices.empty() ||
                          std::ranges::find(event.devices, delivery.device) != event.devices.end();
    delivery.cancelling = delivery.cancelling || is_meant;
  }
}

void Checker::on(const Cancelled& event) {
  CallState* call = call_of(event.call);
  if (call == nullptr) return;
  call->cancelled += event.recipients;
  totals_.cancelled += event.recipients;
}

// Receipts.

void Checker::on(const ReceiptsSeen& event) {
  CallState* call = call_of(event.call);
  if (call == nullptr) return;
  if (event.receipts.size() != call->deliveries.size()) {
    violate("receipt", fmt::format("call {} has {} recipients and {} receipts", event.call,
                                   call->deliveries.size(), event.receipts.size()));
  }
  const auto cancelled = static_cast<std::uint64_t>(
      std::ranges::count(event.receipts, "cancelled", &ReceiptSeen::state));
  if (cancelled < call->cancelled) {
    violate("receipt", fmt::format("call {} was taken back from {} recipients, and here from {}",
                                   event.call, call->cancelled, cancelled));
  }
  for (const ReceiptSeen& receipt : event.receipts) {
    Delivery* delivery = delivery_to(*call, receipt.device);
    if (delivery == nullptr) {
      violate("receipt", fmt::format("call {}: of device {}, which is no recipient", event.call,
                                     receipt.device));
    } else {
      check_receipt(*call, *delivery, receipt, event.at);
    }
  }
}

void Checker::check_receipt(const CallState& call, Delivery& delivery, const ReceiptSeen& receipt,
                            Micros at) {
  const auto contradicts = [&](std::string_view what) {
    violate("receipt", fmt::format("{} {} of the call of line {} at device {}: {}", receipt.state,
                                   receipt.reason, call.line, delivery.device, what));
  };
  if (receipt.state == "queued" || receipt.state == "inflight") {
    if (delivery.over_at != 0) contradicts("it had ended");
    return;
  }
  if (receipt.state == "sent") {
    if (call.qos != 0) contradicts("it has QoS 1");
    return;
  }
  if (receipt.state == "acked") {
    if (!delivery.ever_acknowledged) contradicts("the device did not acknowledge it");
    return;
  }
  if (receipt.state == "cancelled") {
    if (!delivery.cancelling) return contradicts("nobody has asked for it");
  } else if (receipt.state == "expired") {
    if (at < call.at + call.lifetime) return contradicts("its deadline is still to come");
  } else if (receipt.state == "dropped" && call.qos == 0) {
    // No more than once, and for many reasons less.
  } else if (receipt.state == "dropped" && receipt.reason == "not_subscribed") {
    if (delivery.arrived) contradicts("it arrived");
    if (is_owed(delivery)) return contradicts("the device subscribes");
  } else if (receipt.state == "dropped" && receipt.reason == "session_ended") {
    if (is_owed(delivery)) return contradicts("the session lives");
  } else {
    return contradicts("nothing is a reason for it");
  }
  delivery.over_at = at;
}

// Connections.

void Checker::on(const Connecting& event) {
  if (event.connection != connections_.size() || event.device >= devices_.size()) {
    return violate("history", "connections are not numbered in order");
  }
  connections_.push_back(
      {.device = event.device, .clean = event.clean, .line = totals_.lines, .unacknowledged = {}});
  DeviceState& device = devices_[event.device];
  if (event.clean || !device.kept) end_session(device);
  if (event.clean) device.kept = false;
  device.connection = event.connection;
}

void Checker::on(const Connected& event) {
  ConnectionState* connection = connection_of(event.connection);
  if (connection == nullptr) return;
  DeviceState& device = devices_[connection->device];
  if (event.code != 0) {
    return violate("session", fmt::format("device {} was refused with code {}", connection->device,
                                          event.code));
  }
  if (event.session_present && (connection->clean || !device.maybe_kept)) {
    violate("session",
            fmt::format("device {} has a session that it did not make", connection->device));
  }
  if (!event.session_present && device.kept) {
    violate("session", fmt::format("the kept session of device {} is gone", connection->device));
    end_session(device);
  }
  if (event.session_present) ++totals_.sessions_resumed;
  connection->accepted = true;
  device.kept = device.maybe_kept = !connection->clean;
}

void Checker::on(const Subscribing& event) {
  if (ConnectionState* connection = connection_of(event.connection)) connection->subscribing = true;
}

void Checker::on(const Subscribed& event) {
  ConnectionState* connection = connection_of(event.connection);
  if (connection == nullptr) return;
  connection->subscribing = false;
  DeviceState& device = devices_[connection->device];
  // What a former connection is told counts when the session goes on.
  const bool taken_over = device.connection != event.connection;
  if (!taken_over || (!connection->clean && device.kept)) device.subscribed = true;
}

void Checker::on(const Ended& event) {
  ConnectionState* connection = connection_of(event.connection);
  if (connection == nullptr) return;
  DeviceState& device = devices_[connection->device];
  const bool taken_over = device.connection != event.connection;
  if (event.by_server && connection->accepted && !taken_over && down_line_ < connection->line) {
    if (connection->subscribing) {
      ++totals_.subscriptions_refused;
    } else {
      violate("closed",
              fmt::format("connection {} of device {}", event.connection, connection->device));
    }
  }
  connection->ended = true;
  connection->ended_at = event.at;
  connection->unacknowledged.clear();
  device.ended_at = event.at;
  if (connection->clean && !taken_over) end_session(device);
  // A CONNECT without an answer may have made a session all the same.
  if (!connection->clean && !connection->accepted) device.maybe_kept = true;
}

void Checker::on(const Stopping& event) {
  ++totals_.stops;
  goes_down(event.at);
}

void Checker::on(const Killed& event) {
  ++totals_.kills;
  goes_down(event.at);
}

void Checker::goes_down(Micros at) {
  downs_.push_back(at);
  down_line_ = going_down;
  for (DeviceState& device : devices_) {
    if (!device.kept) end_session(device);
  }
}

void Checker::end_session(DeviceState& device) {
  ++device.session;
  device.subscribed = false;
}

bool Checker::is_owed(const Delivery& delivery) const {
  return delivery.session != 0 && delivery.session == devices_[delivery.device].session;
}

// Packets.

void Checker::on(const Received& event) {
  ConnectionState* connection = connection_of(event.connection);
  if (connection == nullptr) return;
  if (connection->ended) return violate("history", "a packet on a connection that has ended");
  const auto found = by_hash_.find(event.hash);
  if (found == by_hash_.end()) {
    return violate("invented",
                   fmt::format("device {}: a payload that nobody published", connection->device));
  }
  CallState& call = calls_[found->second];
  Delivery* delivery = delivery_to(call, connection->device);
  if (delivery == nullptr) {
    return violate("invented", fmt::format("device {} is no recipient of call {}",
                                           connection->device, found->second));
  }
  DeviceState& device = devices_[connection->device];
  if (event.topic != device.topic || event.qos != call.qos) {
    violate("invented", fmt::format("call {} came under {} with QoS {}", found->second, event.topic,
                                    event.qos));
  }
  if (call.fate == Fate::refused) {
    violate("invented", fmt::format("call {} was refused and arrives", found->second));
  }
  // What was on its way when a new connection took the place can still be read from the old one.
  const bool on_its_way = device.connection != event.connection;
  if (delivery->over_at != 0 && !on_its_way) {
    violate("receipt", fmt::format("call {} arrives at device {} after its end was reported",
                                   found->second, connection->device));
  }
  if (call.fate == Fate::success &&
      event.at > call.answered_at + call.lifetime + options_.late_by) {
    violate("late", fmt::format("call {} arrives at device {} after its deadline", found->second,
                                connection->device));
  }
  const Micros last_end = std::max(device.ended_at, downs_.empty() ? 0 : downs_.back());
  if (event.duplicate && last_end + options_.noticed_within < call.at) {
    violate("needless", fmt::format("call {} has DUP at device {}, and nothing has ended",
                                    found->second, connection->device));
  }
  if (delivery->arrived) {
    arrives_again(*delivery, event);
  } else {
    arrives_first(call, *delivery);
  }
  if (event.qos != 0) {
    const bool is_free = connection->unacknowledged.emplace(event.packet_id, found->second).second;
    if (!is_free || event.packet_id == 0) {
      violate("packet_id", fmt::format("{} on connection {}", event.packet_id, event.connection));
    }
  }
  delivery->arrived = true;
  delivery->last = event.connection;
  delivery->acknowledged = 0;
}

void Checker::arrives_first(const CallState& call, const Delivery& delivery) {
  ++totals_.arrived;
  std::size_t& latest = devices_[delivery.device].latest_call[call.qos == 0 ? 0 : 1];
  // A cancellation that a crash has forgotten before its answer lets the message come after all,
  // behind what did not wait for it.
  if (call.answer_line != 0 && call.answer_line < latest && !delivery.cancelling) {
    violate("order", fmt::format("device {}: the call of line {} arrives after that of line {}",
                                 delivery.device, call.line, latest));
  }
  latest = std::max(latest, call.line);
}

void Checker::arrives_again(const Delivery& delivery, const Received& event) {
  ++totals_.arrived_again;
  const auto again = [&](std::string_view rule, std::string_view how) {
    violate(rule,
            fmt::format("device {}, connection {}: {}", delivery.device, event.connection, how));
  };
  if (event.qos == 0) return again("duplicate", "twice with QoS 0");
  if (delivery.last == event.connection) return again("duplicate", "twice on one connection");
  if (!event.duplicate) again("duplicate", "again without DUP");
  if (delivery.acknowledged == 0) return;
  ++totals_.again_after_puback;
  if (!ended_soon_after(delivery)) again("needless", "it was acknowledged long before");
}

// Whether the connection or the server ended while the acknowledgement may not have been on the
// disk.
bool Checker::ended_soon_after(const Delivery& delivery) const {
  const ConnectionState& connection = connections_[delivery.last];
  return went_down_soon_after(delivery.acknowledged) ||
         (connection.ended &&
          connection.ended_at <= delivery.acknowledged + options_.acknowledged_for);
}

bool Checker::went_down_soon_after(Micros at) const {
  const auto down = std::ranges::lower_bound(downs_, at);
  return down != downs_.end() && *down <= at + options_.acknowledged_for;
}

void Checker::on(const Acknowledged& event) {
  ConnectionState* connection = connection_of(event.connection);
  if (connection == nullptr) return;
  const auto found = connection->unacknowledged.find(event.packet_id);
  if (found == connection->unacknowledged.end()) {
    return violate("history", "an acknowledgement of nothing");
  }
  Delivery* delivery = delivery_to(calls_[found->second], connection->device);
  delivery->acknowledged = event.at;
  delivery->ever_acknowledged = true;
  connection->unacknowledged.erase(found);
}

// What lines name.

Checker::Delivery* Checker::delivery_to(CallState& call, Device device) {
  const auto found = std::ranges::find(call.deliveries, device, &Delivery::device);
  return found == call.deliveries.end() ? nullptr : &*found;
}

Checker::CallState* Checker::call_of(Call call) {
  if (call < calls_.size()) return &calls_[call];
  violate("history", fmt::format("there is no call {}", call));
  return nullptr;
}

Checker::ConnectionState* Checker::connection_of(Connection connection) {
  if (connection < connections_.size()) return &connections_[connection];
  violate("history", fmt::format("there is no connection {}", connection));
  return nullptr;
}

void Checker::violate(std::string_view rule, std::string detail) {
  ++violations_total_;
  if (violations_.size() < violations_kept) {
    violations_.push_back({totals_.lines, rule, std::move(detail)});
  }
}

}  // namespace herald::crash
