#pragma once

#include <cstdint>
#include <iosfwd>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

// What callers and devices saw while a server was killed again and again: one event on each line,
// `name field field …`, in the order in which it was seen. A line about something that is sent is
// written before it leaves, a line about something that came after it came: so when one line stands
// before another, what it tells began before the other had ended.
//
// `at` counts microseconds of the monotonic clock. Devices, connections and calls are numbers from
// 0. A hash is that of a payload, and no two calls have the same payload.
namespace herald::crash {

using Device = std::uint32_t;
using Connection = std::uint32_t;
using Call = std::uint32_t;
using Micros = std::int64_t;

// A device there is, with the one topic that it subscribes to and that calls publish to.
struct Known {
  Device device = 0;
  std::string topic;
};

// Calls. `again` sends the very bytes of an earlier call, with its nonce.
struct Called {
  Micros at = 0;
  Call call = 0;
  int qos = 0;
  std::int64_t lifetime_ms = 0;  // How long it may wait for its recipients.
  std::uint64_t hash = 0;
  std::string nonce;
  std::vector<Device> recipients;
};
struct CalledAgain {
  Micros at = 0;
  Call call = 0;
};
// An earlier call as a new one: with its ClientToken, and a nonce that was never used.
struct Retried {
  Micros at = 0;
  Call call = 0;
};
enum class Outcome : std::uint8_t { success, refused, lost };  // Lost: no answer came.
struct Answered {  // To the last `call`, `again` or `retry` of this call.
  Micros at = 0;
  Call call = 0;
  Outcome outcome = Outcome::lost;
  std::uint64_t message = 0;  // Of a success.
  std::string code;           // Of what was refused.
};

// A caller asks that the message of a call be taken back from these recipients, or from all when it
// names none; and that it was, from so many of them. No answer may come.
struct Cancelling {
  Micros at = 0;
  Call call = 0;
  std::vector<Device> devices;
};
struct Cancelled {
  Micros at = 0;
  Call call = 0;
  std::uint64_t recipients = 0;
};

// What QueryMessageReceipts said about the message of a call.
struct ReceiptSeen {
  Device device = 0;
  std::string state;   // As `acked`.
  std::string reason;  // Of a drop.
};
struct ReceiptsSeen {
  Micros at = 0;
  Call call = 0;
  std::vector<ReceiptSeen> receipts;
};

// Connections. A device has one at a time, but for the moment in which it takes over its own.
struct Connecting {
  Micros at = 0;
  Connection connection = 0;
  Device device = 0;
  bool clean = false;
};
struct Connected {
  Micros at = 0;
  Connection connection = 0;
  int code = 0;  // Of CONNACK; 0: accepted.
  bool session_present = false;
};
struct Subscribing {
  Micros at = 0;
  Connection connection = 0;
};
struct Subscribed {  // SUBACK; the subscription's QoS is 1.
  Micros at = 0;
  Connection connection = 0;
};
struct Received {
  Micros at = 0;
  Connection connection = 0;
  std::string topic;
  std::uint64_t hash = 0;
  int qos = 0;
  bool duplicate = false;
  std::uint32_t packet_id = 0;
};
struct Acknowledged {
  Micros at = 0;
  Connection connection = 0;
  std::uint32_t packet_id = 0;
};
struct Ended {  // Nothing more is read from it.
  Micros at = 0;
  Connection connection = 0;
  bool by_server = false;
};

// The server.
struct Started {
  Micros at = 0;
};
struct Ready {
  Micros at = 0;
};
struct Stopping {  // SIGTERM.
  Micros at = 0;
};
struct Killed {  // SIGKILL.
  Micros at = 0;
};
struct Gone {  // The process is no more.
  Micros at = 0;
};
// The last line: all devices with a kept session were connected, had acknowledged all that came,
// and received what was published last.
struct Settled {
  Micros at = 0;
};

using Event = std::variant<Known, Called, CalledAgain, Retried, Answered, Cancelling, Cancelled,
                           ReceiptsSeen, Connecting, Connected, Subscribing, Subscribed, Received,
                           Acknowledged, Ended, Started, Ready, Stopping, Killed, Gone, Settled>;

std::string to_line(const Event& event);
// Errors: malformed.
Result<Event> from_line(std::string_view line);

// The hash by which a history names a payload.
std::uint64_t payload_hash(std::string_view payload);

// Writes a history. Any thread.
class Writer {
 public:
  explicit Writer(std::ostream& out) : out_(out) {}
  // Sets the time of the event and writes it, in one step: times grow from line to line.
  template <class Kind>
  void write(Kind event);

 private:
  static Micros now();
  std::mutex mutex_;  // Guards out_.
  std::ostream& out_;
};

template <class Kind>
void Writer::write(Kind event) {
  std::lock_guard lock(mutex_);
  if constexpr (requires { event.at; }) event.at = now();
  out_ << to_line(event) << '\n';
}

}  // namespace herald::crash
