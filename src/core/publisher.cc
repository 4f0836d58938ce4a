#include "core/publisher.h"

#include <utility>

namespace herald {

Publisher::Publisher(MessageLog& log, Homes& homes, IdGenerator& ids, const Clock& clock)
    : log_(log), homes_(homes), ids_(ids), clock_(clock) {}

void Publisher::publish(std::unique_ptr<Message> message, Milliseconds lifetime, Changes riders,
                        Done<MessageId> done) {
  message->created = clock_.now();
  message->deadline = message->created + lifetime;
  if (message->qos == Qos::at_most_once) {
    message->id = MessageId{ids_.next()};
    const SharedMessage shared = std::move(message);
    done(shared->id);
    return homes_.publish(shared);
  }
  log_.append(std::move(message), std::move(riders),
              [this, done = std::move(done)](Result<SharedMessage> kept) mutable {
                if (!kept) return done(tl::unexpected(std::move(kept.error())));
                // The caller first: what it waited for is done.
                done((*kept)->id);
                homes_.publish(*kept);
              });
}

}  // namespace herald
