#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "history.h"

namespace herald::crash {

// A promise that a history breaks.
struct Violation {
  std::size_t line = 0;
  std::string_view rule;
  std::string detail;
};

// Holds a history to what is promised, knowing nothing else: docs/durability.md, "Crashes". It is
// fed line by line and finds violations of these rules:
//
//   lost        a success with QoS 1 did not arrive where it was owed, and no receipt excuses it
//   invented    a payload that nobody published, at a device that was not named, under another
//               topic or with another QoS, or of a call that was refused
//   order       a call that was sent after another's answer arrived before it, with the same QoS
//   duplicate   a second arrival with QoS 0, on the same connection, or without DUP
//   needless    DUP, and no connection had ended since; or a second arrival of what was
//               acknowledged long before anything ended
//   late        an arrival after the message's deadline
//   receipt     a receipt that contradicts what was seen, before or after
//   nonce       a nonce that was used was taken again
//   token       a call that was sent anew with its ClientToken has become another message
//   id          a MessageId that does not grow, or that two messages have
//   session     a kept session that is gone or a clean one that is there, a device refused
//   closed      a connection that the server ended without a reason. It may end one that waits for
//               SUBACK: a subscription that the disk does not take is answered by that
//   packet_id   one that is not free
//   history     lines that contradict each other, or have no end: the history itself is wrong
//
// A recipient is owed a message when its session was known to subscribe before the call was sent,
// and lived on: a kept session until a CONNECT for a clean one is sent, a clean one until its
// connection ends.
class Checker {
 public:
  struct Options {
    // What was acknowledged for this long, when a connection or the server ends, stays so.
    Micros acknowledged_for = 1'500'000;
    // The server hears of the end of a connection this much later than the device.
    Micros noticed_within = 1'000'000;
    // How much later than its deadline a message may arrive, having been sent before.
    Micros late_by = 3'000'000;
  };
  // How much a history shows: a checker that saw nothing has nothing to complain of.
  struct Totals {
    std::uint64_t lines = 0;
    std::uint64_t kills = 0;
    std::uint64_t stops = 0;
    std::uint64_t calls = 0;
    std::uint64_t successes = 0;
    std::uint64_t lost_answers = 0;
    std::uint64_t nonces_refused = 0;   // Of calls that were sent again.
    std::uint64_t tokens_replayed = 0;  // Calls that were sent anew and had succeeded before.
    std::uint64_t owed = 0;             // Recipients that successes with QoS 1 were owed to.
    std::uint64_t excused = 0;          // Of them, those that a receipt speaks for.
    std::uint64_t cancelled = 0;        // Recipients from whom a message was taken back.
    std::uint64_t arrived = 0;          // First arrivals.
    std::uint64_t arrived_again = 0;
    std::uint64_t again_after_puback = 0;  // Of those.
    std::uint64_t sessions_resumed = 0;
    std::uint64_t subscriptions_refused = 0;        // By the end of the connection.
    std::map<std::string, std::uint64_t> refusals;  // By code.
  };

  explicit Checker(const Options& options) : options_(options) {}

  void take(const Event& event);
  // After the last line.
  void finish();

  // The first of them; all are counted.
  const std::vector<Violation>& violations() const { return violations_; }
  std::uint64_t violations_total() const { return violations_total_; }
  const Totals& totals() const { return totals_; }

 private:
  // One call at one of its recipients.
  struct Delivery {
    Device device = 0;
    std::uint32_t session = 0;  // The one that it is owed to; 0: none.
    Connection last = 0;        // Where it arrived last.
    Micros acknowledged = 0;    // Its last arrival; 0: not yet.
    Micros over_at = 0;       // When a receipt said that it will not arrive, or not again; 0: none.
    bool cancelling = false;  // Somebody has asked for it.
    bool arrived = false;
    bool ever_acknowledged = false;
  };
  enum class Fate : std::uint8_t { open, success, refused, perhaps };
  struct CallState {
    int qos = 0;
    Fate fate = Fate::open;
    bool again = false;           // The next answer is to a repetition.
    bool retried = false;         // The next answer is to one with a new nonce.
    std::size_t line = 0;         // Of the call.
    std::size_t answer_line = 0;  // Of the success.
    Micros at = 0;
    Micros answered_at = 0;
    Micros lifetime = 0;
    std::uint64_t cancelled = 0;      // From so many of its recipients, as was answered.
    std::uint64_t message = 0;        // Of the success.
    std::uint64_t message_floor = 0;  // The greatest MessageId that was answered before the call.
    std::vector<Delivery> deliveries;
  };
  struct DeviceState {
    std::string topic;
    std::optional<Connection> connection;      // The latest.
    std::uint32_t session = 0;                 // Grows with each session there was.
    bool kept = false;                         // There is a kept session, for certain.
    bool maybe_kept = false;                   // There may be one.
    bool subscribed = false;                   // The session subscribes, for certain.
    Micros ended_at = 0;                       // When one of its connections ended last.
    std::array<std::size_t, 2> latest_call{};  // That arrived: the line of the call, by QoS.
  };
  struct ConnectionState {
    Device device = 0;
    bool clean = false;
    bool accepted = false;
    bool subscribing = false;  // SUBACK is still to come.
    bool ended = false;
    std::size_t line = 0;
    Micros ended_at = 0;
    std::unordered_map<std::uint32_t, Call> unacknowledged;  // By packet id.
  };

  void on(const Known& event);
  void on(const Called& event);
  void on(const CalledAgain& event);
  void on(const Retried& event);
  void on(const Answered& event);
  void on(const Cancelling& event);
  void on(const Cancelled& event);
  void on(const ReceiptsSeen& event);
  void on(const Connecting& event);
  void on(const Connected& event);
  void on(const Subscribing& event);
  void on(const Subscribed& event);
  void on(const Received& event);
  void on(const Acknowledged& event);
  void on(const Ended& event);
  void on(const Started&) {}
  void on(const Ready&) {}
  void on(const Stopping& event);
  void on(const Killed& event);
  void on(const Gone&) { down_line_ = totals_.lines; }
  void on(const Settled&) { settled_ = true; }

  void succeeded(CallState& call, const Answered& event);
  void replayed(const CallState& call, const Answered& event);
  void refused(CallState& call, const Answered& event);
  void check_receipt(const CallState& call, Delivery& delivery, const ReceiptSeen& receipt,
                     Micros at);
  void arrives_first(const CallState& call, const Delivery& delivery);
  void arrives_again(const Delivery& delivery, const Received& event);
  bool ended_soon_after(const Delivery& delivery) const;
  bool went_down_soon_after(Micros at) const;
  void goes_down(Micros at);
  void end_session(DeviceState& device);
  bool is_owed(const Delivery& delivery) const;
  Delivery* delivery_to(CallState& call, Device device);
  // Violations of "history" when there is no such thing.
  CallState* call_of(Call call);
  ConnectionState* connection_of(Connection connection);

  void violate(std::string_view rule, std::string detail);

  Options options_;
  Totals totals_;
  std::vector<Violation> violations_;
  std::uint64_t violations_total_ = 0;
  std::vector<DeviceState> devices_;
  std::vector<ConnectionState> connections_;
  std::vector<CallState> calls_;
  std::unordered_map<std::uint64_t, Call> by_hash_;
  std::unordered_set<std::uint64_t> messages_;
  std::uint64_t greatest_message_ = 0;
  std::vector<Micros> downs_;  // When the server was told to end, rising.
  std::size_t down_line_ = 0;  // Where it had ended last; above all lines while it ends.
  bool settled_ = false;
};

}  // namespace herald::crash
