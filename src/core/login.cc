#include "core/login.h"

#include <optional>
#include <utility>

#include "base/crypto.h"
#include "model/device_signature.h"

namespace herald {
namespace {

Login admitted(Login login, std::shared_ptr<const Device> device) {
  login.device = std::move(device);
  const bool disabled = login.device->disabled;
  login.verdict = disabled ? LoginVerdict::forbidden : LoginVerdict::accepted;
  login.why = disabled ? "device disabled" : "";
  return login;
}

// What a signature is checked against once the secret is known.
struct Signed {
  std::string client_id;
  std::string username;
  std::string password;

  bool is_by(std::string_view secret) const {
    const auto id = parse_client_id(client_id);
    const auto name = parse_username(username);
    const auto digest = digest_of(id->sign_method);
    const std::string expected = sign_device(*digest, secret, *id, name->device, name->product);
    return equal_in_constant_time(expected, from_hex(password).value_or(std::string()));
  }
};

// Costs the same whoever the device is, and if it is nobody.
void by_secret(const Registry& registry, const DeviceClientId& id, const Credentials& credentials,
               LoggedIn done) {
  if (!digest_of(id.sign_method)) {
    return done({.verdict = LoginVerdict::malformed, .why = "unknown signmethod"});
  }
  const auto username = parse_username(credentials.username);
  if (!username) return done({.why = "username is not deviceName&productKey"});
  Login login;
  login.product = registry.product(username->product);
  std::optional<DeviceView> known;
  if (login.product) known = registry.device(login.product->key, username->device);
  // Nobody has the id 0.
  const DeviceId device = known ? known->device->id : DeviceId{};
  Signed claim{std::string(credentials.client_id), std::string(credentials.username),
               std::string(credentials.password)};
  registry.device_secrets(
      {device}, [claim = std::move(claim), login = std::move(login), known = std::move(known),
                 done = std::move(done)](Result<std::vector<std::string>> secrets) mutable {
        if (!secrets) {
          login.verdict = LoginVerdict::unavailable;
          login.why = "the secret cannot be read";
          return done(std::move(login));
        }
        const std::string& secret = secrets->front();
        const bool right =
            claim.is_by(secret.empty() ? "00000000000000000000000000000000" : secret);
        if (!known || secret.empty() || !right) {
          login.why = known ? "wrong signature" : "unknown device";
          return done(std::move(login));
        }
        done(admitted(std::move(login), std::move(known->device)));
      });
}

// Dynamic registration without pre-registration gave it a client id and a token.
Login by_token(const Registry& registry, const DeviceClientId& id, const Credentials& credentials) {
  Login login{.why = "unknown client id or wrong token"};
  const auto username = parse_username(credentials.username);
  if (!username) return login;
  login.product = registry.product(username->product);
  std::optional<DeviceView> known;
  if (login.product) known = registry.device(login.product->key, username->device);
  if (!known) return login;
  bool right = false;
  for (const DeviceToken& token : registry.tokens_of(known->device->id)) {
    if (token.client_id == id.name)
      right = equal_in_constant_time(token.token, credentials.password);
  }
  return right ? admitted(std::move(login), std::move(known->device)) : login;
}

// TLS has checked the certificate; here it is found out whose it is.
Login by_certificate(const Registry& registry, const Credentials& credentials) {
  Login login{.why = "the certificate is not this device's"};
  auto known = registry.device_by_certificate(credentials.certificate);
  if (!known) return login;
  login.product = registry.product(known->device->product.view());
  if (!login.product) return login;
  if (credentials.username.empty()) {
    login.tell_identity = true;
  } else {
    const auto username = parse_username(credentials.username);
    const bool same = username && username->device == known->device->name.view() &&
                      username->product == known->device->product.view();
    if (!same) return login;
  }
  return admitted(std::move(login), std::move(known->device));
}

}  // namespace

void log_in(const Registry& registry, const Credentials& credentials, LoggedIn done) {
  if (!credentials.certificate.empty() && credentials.password.empty()) {
    return done(by_certificate(registry, credentials));
  }
  const auto id = parse_client_id(credentials.client_id);
  if (!id) {
    return done({.verdict = LoginVerdict::malformed, .why = "client id without |…|"});
  }
  if (id->auth_type == "connwl" || id->auth_type == "regnwl") {
    return done(by_token(registry, *id, credentials));
  }
  by_secret(registry, *id, credentials, std::move(done));
}

}  // namespace herald
