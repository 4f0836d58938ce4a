#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/registry_storage.h"

namespace herald {

// Records of one kind, of all accounts, by name. A write is seen at once and undone when the
// storage refuses it. Any thread. `mutex` is the owner's, who may hold it over several calls; it is
// recursive because a Done that is called at once may call again.
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
    all_[std::move(key)] = std::make_shared<const T>(std::move(record));
  }

  Shared find(AccountId account, std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto at = all_.find(Name(account, name));
    return at == all_.end() ? nullptr : at->second;
  }

  // By name.
  std::vector<Shared> of(AccountId account) const {
    const std::lock_guard lock(mutex_);
    std::vector<Shared> found;
    for (auto at = all_.lower_bound(Name(account, ""));
         at != all_.end() && at->first.first == account; ++at) {
      found.push_back(at->second);
    }
    return found;
  }

  // Takes the place of what has this name. `riders` are written with it.
  void put(std::string name, T record, Changes riders, Done<Shared> done) {
    const std::lock_guard lock(mutex_);
    Name key(record.account, std::move(name));
    riders.emplace_back(Record(static_cast<const Kept&>(record)));
    auto after = std::make_shared<const T>(std::move(record));
    const Shared before = std::exchange(all_[key], after);
    storage_.write(std::move(riders),
                   [this, key, before, after, done = std::move(done)](Result<void> kept) mutable {
                     if (kept) return done(std::move(after));
                     undo(key, after, before);
                     done(tl::unexpected(std::move(kept.error())));
                   });
  }

  void erase(AccountId account, const std::string& name, Changes riders, Done<void> done) {
    const std::lock_guard lock(mutex_);
    Name key(account, name);
    auto node = all_.extract(key);
    const Shared before = node.empty() ? nullptr : node.mapped();
    riders.emplace_back(Erased{account, name});
    storage_.write(std::move(riders),
                   [this, key, before, done = std::move(done)](Result<void> kept) mutable {
                     if (!kept) undo(key, nullptr, before);
                     done(std::move(kept));
                   });
  }

 private:
  using Name = std::pair<AccountId, std::string>;

  // What was written later than `after` stays.
  void undo(const Name& key, const Shared& after, const Shared& before) {
    const std::lock_guard lock(mutex_);
    const auto at = all_.find(key);
    if ((at == all_.end() ? nullptr : at->second) != after) return;
    if (before) {
      all_[key] = before;
    } else {
      all_.erase(key);
    }
  }

  RegistryStorage& storage_;
  std::recursive_mutex& mutex_;
  std::map<Name, Shared> all_;
};

}  // namespace herald
