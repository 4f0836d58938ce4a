#pragma once

#include <string>
#include <vector>

#include "core/homes.h"
#include "store/message_log.h"

namespace herald {

// Answers what became of a message at each of its recipients: end states from the log, waiting and
// in-flight ones from the homes, QoS 0 from the homes' memory. Any thread; `done` on any thread.
// Errors of find: message_not_found, and those of MessageLog::find but absent.
class Receipts {
 public:
  Receipts(MessageLog& log, Homes& homes) : log_(log), homes_(homes) {}
  void find(MessageId id, Done<KeptMessage> done);
  void find_request(std::string request_id, Done<KeptMessage> done);

  // Ends the message at those of these recipients for whom it waits still; one that was found, so
  // that its homes know it. Durable when `done` is called. Errors: refused, failed (in doubt: it
  // may be delivered after a restart).
  void cancel(SharedMessage message, std::vector<RecipientIndex> recipients,
              Done<Cancellation> done);

 private:
  template <class Key>
  void complete(Result<KeptMessage> kept, const Key& key, Done<KeptMessage> done);

  MessageLog& log_;
  Homes& homes_;
};

}  // namespace herald
