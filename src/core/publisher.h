#pragma once

#include "core/homes.h"
#include "core/publications.h"
#include "store/message_log.h"

namespace herald {

// Takes a message from whoever publishes and answers when its promise holds.
class Publisher {
 public:
  Publisher(MessageLog& log, Homes& homes, IdGenerator& ids, const Clock& clock);

  // Gives the message its id and its creation time; `lifetime` after that it is no longer
  // delivered. QoS 1: `done` is called after the sync, on a thread of the log, before any device
  // hears of the message. QoS 0: at once, and `riders` are not looked at. Errors: refused, failed.
  // Any thread.
  void publish(std::unique_ptr<Message> message, Milliseconds lifetime, Changes riders,
               Done<MessageId> done);

  // The same, once for each token: MessageLog::append_once. QoS 0 waits for the sync as well, and
  // its riders are kept. Errors: also idempotent_mismatch.
  void publish_once(ClientToken token, std::unique_ptr<Message> message, Milliseconds lifetime,
                    Changes riders, Done<MessageId> done);

  const Publications& publications() const { return publications_; }

 private:
  void date(Message& message, Milliseconds lifetime) const;
  // Answers the caller, then hands the message on.
  Done<SharedMessage> hand_on(Done<MessageId> done);

  MessageLog& log_;
  Homes& homes_;
  IdGenerator& ids_;
  const Clock& clock_;
  Publications publications_;
};

}  // namespace herald
