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

}  // namespace herald::api
