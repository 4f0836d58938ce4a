#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/platform.h"

namespace herald::api {

using SharedProduct = std::shared_ptr<const Product>;
using SharedGroup = std::shared_ptr<const DeviceGroup>;

class Gateway;

// On whose behalf an operation runs, and on what. Lives until the handler returns: what answers
// later copies what it needs.
struct Context {
  Platform& platform;
  AccountId account;
  Principal caller;
  std::string request_id;
  std::string_view region;
  std::string instance{};            // As the call names it; empty: the public one, without an id.
  std::optional<SeenNonce> nonce{};  // Of this call, until somebody stores it.
  std::string peer{};                // The caller's address.
  const Gateway* gateway = nullptr;  // That called it.

  // What a write takes along, so that the call and its nonce become durable together.
  Changes take_riders();

  // Products exist only for those who own them and name their instance: operations.md, conventions.
  // Errors: product_not_found.
  Result<SharedProduct> product(std::string_view key) const;
  bool reaches(const Product& product) const {
    return product.account == account && product.instance == instance;
  }
  // The same of groups. Errors: group_not_found.
  Result<SharedGroup> group(std::string_view id) const;
  // Whether there is an instance for something new: in none, nobody could name it. Errors:
  // instance_not_found.
  Result<void> can_create() const;
};

}  // namespace herald::api
