#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fifo.h"
#include "core/edge.h"
#include "core/home.h"
#include "model/message.h"

namespace herald {

// A place in a device's queue: 16 bytes, because there may be ten million of them.
struct Waiting {
  MessageId message;
  std::uint16_t recipient = 0;
  std::uint16_t packet_id = 0;  // That it was sent with before; 0: it was not.
  std::uint32_t bytes : 31 = 0;
  std::uint32_t duplicate : 1 = 0;
};
static_assert(limits::batch_recipients_ceiling <= 0xffff, "recipients are counted in 16 bits");

struct PendingConnect {
  ConnectRequest request;
  ConnectAnswered answered;
};

// What becomes of a session after its connection; few have any of it.
struct Afterlife {
  std::optional<Will> will;
  // Both only while nobody is connected.
  std::optional<Time> will_at;
  std::optional<Time> expires_at;
};

// What a home knows of one device that is connected or has a kept session. There are many: its
// members lie so that none leaves a gap.
struct DeviceSession {
  DeviceId device;
  std::string name;  // DeviceName, for topics.
  std::vector<Subscription> subscriptions;
  Fifo<Waiting> queue;
  Fifo<Waiting> inflight;  // In the order of sending.
  std::vector<SharedMessage> fetched;
  std::unique_ptr<PendingConnect> pending;  // Waits for the connection before it to end.
  std::unique_ptr<Afterlife> after;
  ConnectionRef connection;
  SessionExpiry expiry = 0;  // How long it outlives its connection.
  std::uint64_t queue_bytes = 0;
  std::uint64_t inflight_bytes = 0;
  std::uint32_t window = 0;
  // Of the session's record: how many were begun, and up to which the disk has them.
  std::uint32_t writes_begun = 0;
  std::uint32_t writes_confirmed = 0;
  bool live = false;        // `connection` is the device's.
  bool answered = false;    // It knows so: deliveries may follow.
  bool cut = false;         // It was told to end.
  bool broadcasts = false;  // Has subscriptions that all devices of the product share.
  bool fetching = false;
  bool draining = false;     // Below us on the stack.
  bool by_gateway = false;   // ConnectRequest::by_gateway of the connection.
  bool custom_rrpc = false;  // ConnectRequest::custom_rrpc of the connection.
  bool warned = false;       // That the queue is full.
  bool held_back = false;    // What waits goes on when its rate allows.

  bool kept() const { return expiry > 0; }
  bool reachable() const { return live && answered && !cut; }
  bool is_stored() const { return writes_begun == writes_confirmed; }
  // Nobody is connected or about to be, nothing waits, and the disk has what is to be remembered.
  bool may_rest() const {
    return kept() && !live && !pending && !fetching && queue.empty() && inflight.empty() &&
           is_stored() && !(after && after->will);
  }
  // Whether a message of this size may be sent now. One is always let through, whatever its size.
  bool takes(std::uint64_t bytes, std::uint64_t inflight_bytes_max) const {
    return reachable() && !held_back && inflight.size() < window &&
           (inflight.empty() || inflight_bytes + bytes <= inflight_bytes_max);
  }
};

}  // namespace herald
