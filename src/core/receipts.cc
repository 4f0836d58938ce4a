#include "core/receipts.h"

#include <utility>

namespace herald {

void Receipts::find(MessageId id, Done<KeptMessage> done) {
  log_.find(id, [this, id, done = std::move(done)](Result<KeptMessage> kept) mutable {
    complete(std::move(kept), id, std::move(done));
  });
}

void Receipts::find_request(std::string request_id, Done<KeptMessage> done) {
  log_.find_request(request_id,
                    [this, request_id, done = std::move(done)](Result<KeptMessage> kept) mutable {
                      complete(std::move(kept), request_id, std::move(done));
                    });
}

// Only homes know who waits, and QoS 0.
template <class Key>
void Receipts::complete(Result<KeptMessage> kept, const Key& key, Done<KeptMessage> done) {
  if (kept) return homes_.fill_in(std::move(*kept), std::move(done));
  if (kept.error().code == Code::absent) return homes_.recent(key, std::move(done));
  done(std::move(kept));
}

void Receipts::cancel(SharedMessage message, std::vector<RecipientIndex> recipients,
                      Done<Cancellation> done) {
  homes_.cancel(std::move(message), std::move(recipients),
                [this, done = std::move(done)](Cancellation cancelled) mutable {
                  // The homes have handed over the receipts. What an earlier call cancelled may
                  // wait for the disk as well.
                  log_.flush([cancelled, done = std::move(done)](const Result<void>& kept) mutable {
                    done(kept.map([cancelled] { return cancelled; }));
                  });
                });
}

}  // namespace herald
