#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/registry.h"

namespace herald {

// What a device said of itself: client id `${clientId}|k=v,…|`, username
// `${deviceName}&${productKey}`, password hex(HMAC(deviceSecret, content)); device-mqtt.md,
// section 2.
struct Credentials {
  std::string_view client_id;
  std::string_view username;
  std::string_view password;
  bool over_tls = false;
  std::string_view certificate;  // SHA-256 in hex of the client certificate that TLS verified.
};

enum class LoginVerdict : std::uint8_t { accepted, malformed, wrong, forbidden, unavailable };

struct Login {
  LoginVerdict verdict = LoginVerdict::wrong;
  std::string_view why;  // For the log: a constant, never a secret.
  std::shared_ptr<const Device> device;
  std::shared_ptr<const Product> product;
  // It said nothing of who it is but with its certificate, and is told: section 5.
  bool tell_identity = false;
};

// Checks credentials, which need to live only for the call. An unknown device costs the same work
// as a wrong password. Any thread; `done` is called at once, or on a thread of the storage when the
// device's secret has to be read from the disk.
using LoggedIn = std::move_only_function<void(Login)>;
void log_in(const Registry& registry, const Credentials& credentials, LoggedIn done);

}  // namespace herald
