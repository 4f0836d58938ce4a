#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/message.h"
#include "model/records.h"

namespace herald {

// A message as it is kept: its receipts in the order of Message::recipients. Recipients without an
// end state read `queued`, and in a replay `inflight` when it may have been sent to them.
struct KeptMessage {
  SharedMessage message;  // Without its payload when all recipients have ended.
  std::vector<Receipt> receipts;
  std::size_t payload_bytes = 0;  // Known without the payload, too.
};

// A caller's own name for a call that publishes, so that the call may be sent again: 24 hours.
struct ClientToken {
  AccountId account;
  std::string operation;
  std::string token;
};

// Keeps each QoS 1 message once, until its deadline, with the state it has reached at each
// recipient. All calls may come from any thread and return at once, except replay. Every Done is
// called exactly once, on a thread of the log, and must not block it. What is refused before it was
// taken is the exception: its Done is called by the caller's thread, before the call returns, since
// the log's threads may be busy with the very disk that is in the way.
class MessageLog {
 public:
  virtual ~MessageLog() = default;

  // Durable, for all recipients or for none, when `done` is called with the message, which by then
  // has its id and is never changed again. Ids grow in commit order, and the Dones are called in
  // that order. `riders` become durable with the message or not at all.
  // Errors: refused (nothing was handed to the disk: it is too slow, nearly full or in trouble, too
  // much waits already, or the log is closed); failed (the disk: message and riders will not be
  // there when it has been opened anew).
  virtual void append(std::unique_ptr<Message> message, Changes riders,
                      Done<SharedMessage> done) = 0;

  // The same, once for each token: what comes first is kept, and remembered with it across
  // restarts. Who asks for the same again is answered with the id of that message, without
  // recipients, and may be found by its own request id as well; its riders are kept. Of a QoS 0
  // message nothing is kept but its id. Errors: also idempotent_mismatch (the token was used to ask
  // for something else).
  virtual void append_once(ClientToken token, std::unique_ptr<Message> message, Changes riders,
                           Done<SharedMessage> done) = 0;

  // End states at recipients. They reach the disk within a second and without an answer; a crash
  // may forget the newest, which costs a repeated delivery and never a message. The first end
  // state of a recipient stands; states that are not final are ignored.
  virtual void record(std::vector<ReceiptOf> receipts) = 0;

  // Every unfinished message, oldest id first, without its payload. Once, before the first append,
  // on the caller's thread; from then on receipts of these messages are taken. What cannot be read
  // is left out: Store::damage. Error: failed.
  using Visitor = std::function<void(KeptMessage kept)>;
  virtual Result<void> replay(const Visitor& visit) = 0;

  // Whole messages with payloads, in the order asked for; those that are finished, unknown or
  // unreadable are left out. Errors: failed; refused, for a moment, while the disk is opened anew.
  virtual void fetch(std::vector<MessageId> ids, Done<std::vector<SharedMessage>> done) = 0;

  // Its receipts are safe from a crash when `done` is called, the newest too. Errors: absent, and
  // those of fetch; refused also while the disk does not take the receipts.
  virtual void find(MessageId id, Done<KeptMessage> done) = 0;
  // By the RequestId of the call that published it.
  virtual void find_request(std::string request_id, Done<KeptMessage> done) = 0;

  // Ends recipients whose deadline has passed as `expired`, and forgets messages whose receipts
  // have been kept long enough (7 days past the longest deadline).
  virtual void sweep(Time now) = 0;

  // Called when everything handed over before is on the disk. Errors: failed, refused.
  virtual void flush(Done<void> done) = 0;

  // The end is in order, and `inflight` is all that was sent and not acknowledged: the next replay
  // knows the rest as never sent. Without it every recipient that has not ended may have been sent
  // to. Nothing but flush may follow.
  virtual void close(std::vector<ReceiptOf> inflight) = 0;
};

}  // namespace herald
