#include "api/context.h"

namespace herald::api {

Changes Context::take_riders() {
  Changes riders;
  if (nonce) riders.emplace_back(Record(*nonce));
  nonce.reset();
  return riders;
}

Result<SharedProduct> Context::product(std::string_view key) const {
  SharedProduct found = platform.registry.product(key);
  if (!found || !reaches(*found)) return fail(Code::product_not_found, std::string(key));
  return found;
}

Result<SharedGroup> Context::group(std::string_view id) const {
  SharedGroup found = platform.groups.find(account, id);
  if (!found || found->instance != instance) {
    return fail(Code::group_not_found, std::string(id.substr(0, 64)));
  }
  return found;
}

Result<void> Context::can_create() const {
  if (!instance.empty() || platform.registry.has_public_instance(account)) return {};
  return fail(Code::instance_not_found);
}

}  // namespace herald::api
