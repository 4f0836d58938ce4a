#include "core/registration.h"

#include <boost/json.hpp>
#include <utility>

#include "base/crypto.h"
#include "model/device_signature.h"

namespace herald {
namespace {

namespace json = boost::json;

// The codes of POST /auth/register/device.
constexpr int bad_parameter = 460, product_unknown = 6250, device_unknown = 6100,
              registration_off = 6288, already_active = 6289, method_unknown = 6292,
              signature_wrong = 6600, internal_error = 500;

// One that is active holds its secret; ResetThing says that it does not any more.
bool may_register(const Device& device) { return !device.activated || device.reset; }

bool is_signed(const Product& product, std::string_view device, std::string_view random,
               Digest digest, std::string_view sign) {
  const std::string expected =
      sign_registration(digest, product.secret, device, product.key.view(), random);
  return equal_in_constant_time(expected, from_hex(sign).value_or(std::string()));
}

Registration::Push secret_push(const Device& device, std::string_view secret) {
  return {"/ext/register", json::serialize(json::object{{"productKey", device.product.view()},
                                                        {"deviceName", device.name.view()},
                                                        {"deviceSecret", secret}})};
}

Registration::Push token_push(const Device& device, const DeviceToken& token) {
  return {"/ext/regnwl", json::serialize(json::object{{"productKey", device.product.view()},
                                                      {"deviceName", device.name.view()},
                                                      {"clientId", token.client_id},
                                                      {"deviceToken", token.token}})};
}

}  // namespace

Registration::Registration(Registry& registry) : registry_(registry) {}

bool Registration::is_asked_for(std::string_view client_id) {
  const auto id = parse_client_id(client_id);
  return id && (id->auth_type == "register" || (id->auth_type == "regnwl" && !id->random.empty()));
}

std::string Registration::identity_of(const DeviceIdentity& device) {
  return json::serialize(
      json::object{{"productKey", device.product.view()}, {"deviceName", device.name.view()}});
}

void Registration::over_mqtt(const Credentials& credentials, Done<Push> done) const {
  const auto id = parse_client_id(credentials.client_id);
  const auto username = parse_username(credentials.username);
  if (!id || !username || id->random.empty()) {
    return done(fail(Code::registration_malformed, "random, deviceName or productKey is missing"));
  }
  const auto digest = digest_of(id->sign_method);
  if (!digest) return done(fail(Code::registration_malformed, "unknown signmethod"));
  if (!credentials.over_tls) return done(fail(Code::registration_malformed, "not over TLS"));
  const auto product = registry_.product(username->product);
  if (!product || !product->dynamic_registration ||
      !is_signed(*product, username->device, id->random, *digest, credentials.password)) {
    return done(fail(Code::registration_refused, "product or signature"));
  }
  const auto known = registry_.device(product->key, username->device);
  if (known && known->device->disabled) {
    return done(fail(Code::registration_refused, "device disabled"));
  }
  if (id->auth_type == "register") {
    if (!known || !may_register(*known->device)) {
      return done(fail(Code::registration_refused, known ? "already active" : "unknown device"));
    }
    return registry_.device_secrets({known->device->id},
                                    [device = known->device, done = std::move(done)](
                                        Result<std::vector<std::string>> secrets) mutable {
                                      if (!secrets)
                                        return done(tl::unexpected(std::move(secrets.error())));
                                      done(secret_push(*device, secrets->front()));
                                    });
  }
  if (known) return give_token(known->device, std::move(done));
  auto name = DeviceName::parse(username->device);
  if (!name) return done(fail(Code::registration_malformed, "deviceName"));
  std::vector<NewDevice> wanted;
  wanted.push_back({.name = std::move(*name)});
  registry_.create_devices(
      product->key, std::move(wanted),
      [this, done = std::move(done)](Result<Registry::NewDevices> made) mutable {
        if (!made) return done(tl::unexpected(std::move(made.error())));
        give_token(made->front(), std::move(done));
      });
}

void Registration::give_token(const std::shared_ptr<const Device>& device, Done<Push> done) const {
  DeviceToken token{.device = device->id,
                    .client_id = to_hex(random_bytes(12)),
                    .token = to_hex(random_bytes(16))};
  Push push = token_push(*device, token);
  registry_.add_token(std::move(token),
                      [push = std::move(push), done = std::move(done)](Result<void> kept) mutable {
                        if (!kept) return done(tl::unexpected(std::move(kept.error())));
                        done(std::move(push));
                      });
}

void Registration::over_http(const Form& form, std::move_only_function<void(Answer)> done) const {
  if (form.product_key.empty() || form.device_name.empty() || form.random.empty() ||
      form.sign.empty() || form.sign_method.empty()) {
    return done({.code = bad_parameter, .message = "request parameter error"});
  }
  const auto product = registry_.product(form.product_key);
  if (!product) return done({.code = product_unknown, .message = "product not found"});
  if (!product->dynamic_registration) {
    return done({.code = registration_off, .message = "dynamic registration is off"});
  }
  const auto digest = digest_of(form.sign_method);
  if (!digest) return done({.code = method_unknown, .message = "signMethod not supported"});
  if (!is_signed(*product, form.device_name, form.random, *digest, form.sign)) {
    return done({.code = signature_wrong, .message = "signature verification failed"});
  }
  const auto known = registry_.device(product->key, form.device_name);
  if (!known) return done({.code = device_unknown, .message = "device not found"});
  if (!may_register(*known->device)) {
    return done({.code = already_active, .message = "device is already activated"});
  }
  registry_.device_secrets(
      {known->device->id},
      [done = std::move(done)](Result<std::vector<std::string>> secrets) mutable {
        if (!secrets) return done({.code = internal_error, .message = "the secret cannot be read"});
        done({.device_secret = std::move(secrets->front())});
      });
}

}  // namespace herald
