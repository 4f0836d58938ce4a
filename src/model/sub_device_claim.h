#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace herald {

// How a gateway proves that it has a sub-device's secret: device-mqtt.md, section 13.
struct SubDeviceClaim {
  std::string product_key;
  std::string device_name;
  std::optional<std::string> client_id;
  std::optional<std::string> timestamp;
  std::optional<std::string> clean_session;  // As it is written: some sign it, most do not.
  std::string sign_method;
  std::string sign;  // In hex of either case.
};

// Whether the claim's method is known: hmacMd5, hmacSha1, hmacSha256 and Sha256, in any case.
bool has_known_method(const SubDeviceClaim& claim);

// Never, when the method is unknown or the secret empty.
bool is_signed_by(const SubDeviceClaim& claim, std::string_view secret);

}  // namespace herald
