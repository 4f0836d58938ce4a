#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"

// How a device signs in: device-mqtt.md, section 2. For those who check and those who connect.
namespace herald {

// The client id `${name}|key=value,…|`. Views into the text it was read from.
struct DeviceClientId {
  std::string_view name;                     // The part that is signed.
  std::string_view sign_method = "hmacmd5";  // The documented default.
  std::string_view timestamp;                // Empty: not given and not signed.
  std::string_view auth_type;                // Of dynamic registration, section 4.
  std::string_view random;                   // The same.
  std::string_view abilities;                // `ext`, a bit mask: understands_custom_rrpc.
};
std::optional<DeviceClientId> parse_client_id(std::string_view text);

// Whether requests may come under topics of its own: section 11.
bool understands_custom_rrpc(const DeviceClientId& id);

std::optional<Digest> digest_of(std::string_view sign_method);

// The raw HMAC over the sorted fields; on the wire it is the password, in hex of either case.
std::string sign_device(Digest digest, std::string_view secret, const DeviceClientId& id,
                        std::string_view device, std::string_view product);

// The raw HMAC by which a device proves that it knows its product's secret: section 4.
std::string sign_registration(Digest digest, std::string_view product_secret,
                              std::string_view device, std::string_view product,
                              std::string_view random);

// The username `${deviceName}&${productKey}`; neither part can hold an ampersand.
struct DeviceUsername {
  std::string_view device;
  std::string_view product;
};
std::optional<DeviceUsername> parse_username(std::string_view text);

// What a device sends in CONNECT.
struct DeviceCredentials {
  std::string client_id;
  std::string username;
  std::string password;
};
DeviceCredentials credentials_of(std::string_view product, std::string_view device,
                                 std::string_view secret, bool over_tls);

}  // namespace herald
