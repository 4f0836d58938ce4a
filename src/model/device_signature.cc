#include "model/device_signature.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace herald {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(blanks);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

}  // namespace

// The extension stands between the first and the last bar: values may hold bars themselves. Blanks
// around keys and values, empty entries and unknown keys are ignored, as SDKs send them.
std::optional<DeviceClientId> parse_client_id(std::string_view text) {
  const auto first = text.find('|');
  const auto last = text.rfind('|');
  if (first == text.npos || first == last) return std::nullopt;
  DeviceClientId id{.name = text.substr(0, first)};
  std::string_view rest = text.substr(first + 1, last - first - 1);
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view entry = rest.substr(0, comma);
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
    const auto equals = entry.find('=');
    if (equals == entry.npos) continue;
    const std::string_view key = trim(entry.substr(0, equals));
    const std::string_view value = trim(entry.substr(equals + 1));
    if (key == "signmethod") id.sign_method = value;
    if (key == "timestamp") id.timestamp = value;
    if (key == "authType") id.auth_type = value;
    if (key == "random") id.random = value;
    if (key == "ext") id.abilities = value;
  }
  return id;
}

bool understands_custom_rrpc(const DeviceClientId& id) {
  // Bit 0 of a decimal number is that of its last digit.
  return !id.abilities.empty() && (id.abilities.back() & 1) != 0 &&
         id.abilities.find_first_not_of("0123456789") == id.abilities.npos;
}

std::optional<Digest> digest_of(std::string_view sign_method) {
  constexpr std::array<std::pair<std::string_view, Digest>, 3> methods = {
      {{"hmacmd5", Digest::md5}, {"hmacsha1", Digest::sha1}, {"hmacsha256", Digest::sha256}}};
  for (const auto& [name, digest] : methods) {
    if (equal_ignoring_case(name, sign_method)) return digest;
  }
  return std::nullopt;
}

std::optional<DeviceUsername> parse_username(std::string_view text) {
  const auto split = text.rfind('&');
  if (split == text.npos) return std::nullopt;
  return DeviceUsername{.device = text.substr(0, split), .product = text.substr(split + 1)};
}

std::string sign_registration(Digest digest, std::string_view product_secret,
                              std::string_view device, std::string_view product,
                              std::string_view random) {
  Hasher hasher = Hasher::hmac(digest, product_secret);
  for (const std::string_view piece :
       {std::string_view("deviceName"), device, std::string_view("productKey"), product,
        std::string_view("random"), random}) {
    hasher.add(piece);
  }
  return hasher.finish();
}

std::string sign_device(Digest digest, std::string_view secret, const DeviceClientId& id,
                        std::string_view device, std::string_view product) {
  Hasher hasher = Hasher::hmac(digest, secret);
  for (const std::string_view piece :
       {std::string_view("clientId"), id.name, std::string_view("deviceName"), device,
        std::string_view("productKey"), product}) {
    hasher.add(piece);
  }
  if (!id.timestamp.empty()) {
    hasher.add("timestamp");
    hasher.add(id.timestamp);
  }
  return hasher.finish();
}

DeviceCredentials credentials_of(std::string_view product, std::string_view device,
                                 std::string_view secret, bool over_tls) {
  const std::string name = std::string(product) + "." + std::string(device);
  const DeviceClientId id{.name = name, .sign_method = "hmacsha256"};
  return {.client_id =
              name + (over_tls ? "|securemode=2" : "|securemode=3") + ",signmethod=hmacsha256|",
          .username = std::string(device) + "&" + std::string(product),
          .password = to_hex(sign_device(Digest::sha256, secret, id, device, product))};
}

}  // namespace herald
