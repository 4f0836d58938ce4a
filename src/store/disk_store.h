#pragma once

#include <memory>
#include <string>

#include "store/disk.h"
#include "store/store.h"

namespace herald {

// The store on any disk, sealed with `key`: what open_rocks_store and make_memory_store share.
// Errors: failed; malformed, also when a newer version wrote the disk or another key sealed it.
Result<std::unique_ptr<Store>> open_store(std::unique_ptr<Disk> disk, const std::string& key,
                                          Clock& clock, IdGenerator& ids,
                                          const StoreLimits& limits);

// A store without threads, for simulations: nothing goes on in it but by these calls, all on one
// thread. What they answer is answered within them. Its end commits what waits, as that of others.
class HandStore : public Store {
 public:
  // When the committer's next turn is, by the clock's steady(): not before something waits for it,
  // unless it has work of its own.
  virtual Steady::time_point committer_due() const = 0;
  // One turn of it: one batch.
  virtual void run_committer() = 0;
  // Whether something is to be read.
  virtual bool reader_waits() const = 0;
  virtual void run_reader() = 0;
};
Result<std::unique_ptr<HandStore>> open_store_by_hand(std::unique_ptr<Disk> disk,
                                                      const std::string& key, Clock& clock,
                                                      IdGenerator& ids, const StoreLimits& limits);

}  // namespace herald
