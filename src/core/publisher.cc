#include "core/publisher.h"

#include <utility>

namespace herald {

Publisher::Publisher(MessageLog& log, Homes& homes, IdGenerator& ids, const Clock& clock)
    : log_(log), homes_(homes), ids_(ids), clock_(clock) {}

void Publisher::publish(std::unique_ptr<Message> message, Milliseconds lifetime, Changes riders,
                        Done<MessageId> done) {
  date(*message, lifetime);
  if (message->qos == Qos::at_most_once) {
    message->id = MessageId{ids_.next()};
    return hand_on(std::move(done))(SharedMessage(std::move(message)));
  }
  log_.append(std::move(message), std::move(riders), hand_on(std::move(done)));
}

void Publisher::publish_once(ClientToken token, std::unique_ptr<Message> message,
                             Milliseconds lifetime, Changes riders, Done<MessageId> done) {
  date(*message, lifetime);
  log_.append_once(std::move(token), std::move(message), std::move(riders),
                   hand_on(std::move(done)));
}

void Publisher::date(Message& message, Milliseconds lifetime) const {
  message.created = clock_.now();
  message.deadline = message.created + lifetime;
}

Done<SharedMessage> Publisher::hand_on(Done<MessageId> done) {
  return [this, done = std::move(done)](Result<SharedMessage> kept) mutable {
    if (!kept) return done(tl::unexpected(std::move(kept.error())));
    // The caller first: what it waited for is done.
    done((*kept)->id);
    homes_.publish(*kept);
    publications_.add(**kept);
  };
}

}  // namespace herald
