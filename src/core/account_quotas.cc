#include "core/account_quotas.h"

namespace herald {

void AccountQuotas::restore(AccountQuota quota) {
  std::string operation = quota.operation;
  quotas_.restore(std::move(operation), std::move(quota));
}

void AccountQuotas::put(AccountQuota quota, Done<void> done) {
  std::string operation = quota.operation;
  quotas_.put(std::move(operation), std::move(quota), {},
              [done = std::move(done)](Result<Shared> kept) mutable {
                done(kept ? Result<void>() : tl::unexpected(std::move(kept.error())));
              });
}

}  // namespace herald
