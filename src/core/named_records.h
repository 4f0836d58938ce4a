#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/registry_storage.h"

namespace herald {

// Records of one kind, of all accounts, by name. A write is seen at once, and no longer when the
// storage refuses it; what was made from it meanwhile, and is kept, contains it. Any thread.
// `mutex` is the owner's, who may hold it over several calls; it is recursive because a Done that
// is called at once may call again.
//
// `T` is what is kept in memory, `Kept` the part of it that is stored, `Erased` its name there.
template <class T, class Erased, class Kept = T>
class NamedRecords {
 public:
  using Shared = std::shared_ptr<const T>;

  NamedRecords(RegistryStorage& storage, std::recursive_mutex& mutex)
      : storage_(storage), mutex_(mutex) {}

  void restore(std::string name, T record) {
    Name key(record.account, std::move(name));
    all_[std::move(key)].stored = std::make_shared<const T>(std::move(record));
  }

  Shared find(AccountId account, std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto at = all_.find(Name(account, name));
    return at == all_.end() ? nullptr : at->second.seen();
  }

  // By name.
  std::vector<Shared> of(AccountId account) const {
    const std::lock_guard lock(mutex_);
    std::vector<Shared> found;
    for (auto at = all_.lower_bound(Name(account, ""));
         at != all_.end() && at->first.first == account; ++at) {
      if (auto seen = at->second.seen()) found.push_back(std::move(seen));
    }
    return found;
  }

  // Takes the place of what has this name. `riders` are written with it.
  void put(std::string name, T record, Changes riders, Done<Shared> done) {
    Name key(record.account, std::move(name));
    riders.emplace_back(Record(static_cast<const Kept&>(record)));
    auto made = std::make_shared<const T>(std::move(record));
    write(std::move(key), made, std::move(riders),
          [made, done = std::move(done)](Result<void> kept) mutable {
            if (!kept) return done(tl::unexpected(std::move(kept.error())));
            done(std::move(made));
          });
  }

  void erase(AccountId account, const std::string& name, Changes riders, Done<void> done) {
    riders.emplace_back(Erased{account, name});
    write(Name(account, name), nullptr, std::move(riders), std::move(done));
  }

 private:
  using Name = std::pair<AccountId, std::string>;

  // Nothing (a null) stands for an erased record.
  struct Entry {
    struct Write {
      std::uint64_t number;
      Shared record;
    };
    Shared stored;
    std::vector<Write> writes;  // That the storage has not answered yet, in their order.
    Shared seen() const { return writes.empty() ? stored : writes.back().record; }
  };

  void write(Name key, Shared record, Changes changes, Done<void> done) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t number = ++writes_;
    all_[key].writes.push_back({number, std::move(record)});
    storage_.write(std::move(changes), [this, key = std::move(key), number,
                                        done = std::move(done)](Result<void> kept) mutable {
      answered(key, number, kept.has_value());
      done(std::move(kept));
    });
  }

  void answered(const Name& key, std::uint64_t number, bool kept) {
    const std::lock_guard lock(mutex_);
    const auto at = all_.find(key);
    Entry& entry = at->second;
    const auto write = std::ranges::find(entry.writes, number, &Entry::Write::number);
    if (kept) entry.stored = std::move(write->record);
    entry.writes.erase(write);
    if (entry.writes.empty() && !entry.stored) all_.erase(at);
  }

  RegistryStorage& storage_;
  std::recursive_mutex& mutex_;
  std::map<Name, Entry> all_;
  std::uint64_t writes_ = 0;  // So far.
};

}  // namespace herald
