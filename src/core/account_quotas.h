#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/named_records.h"

namespace herald {

// What accounts may do more or less often than others. Any thread; a write counts at once and is
// undone when the storage refuses it.
class AccountQuotas {
 public:
  explicit AccountQuotas(RegistryStorage& storage) : quotas_(storage, mutex_) {}

  // While starting, before any other call.
  void restore(AccountQuota quota);

  using Shared = std::shared_ptr<const AccountQuota>;
  // None: as others.
  Shared find(AccountId account, std::string_view operation) const {
    return quotas_.find(account, operation);
  }
  std::vector<Shared> of(AccountId account) const { return quotas_.of(account); }  // By operation.
  void put(AccountQuota quota, Done<void> done);
  void erase(AccountId account, const std::string& operation, Done<void> done) {
    quotas_.erase(account, operation, {}, std::move(done));
  }

 private:
  mutable std::recursive_mutex mutex_;
  NamedRecords<AccountQuota, ErasedAccountQuota> quotas_;
};

}  // namespace herald
