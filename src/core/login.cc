#include "core/login.h"

#include <optional>
#include <utility>

#include "base/crypto.h"
#include "model/device_signature.h"

namespace herald {

Login log_in(const Registry& registry, const Credentials& credentials) {
  const auto id = parse_client_id(credentials.client_id);
  if (!id) return {.verdict = LoginVerdict::malformed, .why = "client id without |…|"};
  const auto digest = digest_of(id->sign_method);
  if (!digest) return {.verdict = LoginVerdict::malformed, .why = "unknown signmethod"};
  const auto split = credentials.username.rfind('&');
  if (split == credentials.username.npos) {
    return {.verdict = LoginVerdict::wrong, .why = "username is not deviceName&productKey"};
  }
  const std::string_view name = credentials.username.substr(0, split);
  const std::string_view product_key = credentials.username.substr(split + 1);

  Login login;
  login.product = registry.product(product_key);
  std::optional<DeviceView> known;
  if (login.product) known = registry.device(login.product->key, name);
  const std::string_view secret =
      known ? std::string_view(known->device->secret) : "00000000000000000000000000000000";
  const std::string expected = sign_device(*digest, secret, *id, name, product_key);
  const auto given = from_hex(credentials.password);
  const bool right = equal_in_constant_time(expected, given.value_or(std::string()));
  if (!known) {
    login.why = "unknown device";
    return login;
  }
  if (!right) {
    login.why = "wrong signature";
    return login;
  }
  login.device = std::move(known->device);
  if (login.device->disabled) {
    login.verdict = LoginVerdict::forbidden;
    login.why = "device disabled";
    return login;
  }
  login.verdict = LoginVerdict::accepted;
  return login;
}

}  // namespace herald
