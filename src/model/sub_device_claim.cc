#include "model/sub_device_claim.h"

#include "base/crypto.h"
#include "base/text.h"
#include "model/device_signature.h"

namespace herald {
namespace {

std::optional<Digest> digest_of(const SubDeviceClaim& claim) {
  // What it stands for is said nowhere; all others are HMACs.
  if (equal_ignoring_case(claim.sign_method, "sha256")) return Digest::sha256;
  return herald::digest_of(claim.sign_method);
}

// Over the names and values of what is there, in the order of the names.
std::string sign(const SubDeviceClaim& claim, Digest digest, std::string_view secret,
                 bool with_clean_session) {
  Hasher hasher = Hasher::hmac(digest, secret);
  const auto add = [&hasher](std::string_view name, const std::optional<std::string>& value) {
    if (!value) return;
    hasher.add(name);
    hasher.add(*value);
  };
  if (with_clean_session) add("cleanSession", claim.clean_session);
  add("clientId", claim.client_id);
  add("deviceName", claim.device_name);
  add("productKey", claim.product_key);
  add("timestamp", claim.timestamp);
  return hasher.finish();
}

}  // namespace

bool has_known_method(const SubDeviceClaim& claim) { return digest_of(claim).has_value(); }

bool is_signed_by(const SubDeviceClaim& claim, std::string_view secret) {
  const auto digest = digest_of(claim);
  const auto given = from_hex(claim.sign);
  if (!digest || !given || secret.empty()) return false;
  if (equal_in_constant_time(sign(claim, *digest, secret, false), *given)) return true;
  return claim.clean_session && equal_in_constant_time(sign(claim, *digest, secret, true), *given);
}

}  // namespace herald
