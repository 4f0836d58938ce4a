#include "core/sub_logins.h"

#include <string>
#include <utility>

#include "base/text.h"
#include "core/gateways.h"
#include "core/sub_device_proof.h"

namespace herald {
namespace {

namespace code = gateway_code;

SubLogins refused(std::int32_t code, std::string_view message) {
  return {.fault = {code, std::string(message)}, .logins = {}};
}

SubLogins refused(ProofVerdict verdict) {
  switch (verdict) {
    case ProofVerdict::accepted:
      return {};
    case ProofVerdict::device_unknown:
      return refused(code::device_unknown, "device not found");
    case ProofVerdict::method_unknown:
      return refused(thing::alink_code::malformed, "the signMethod is unknown");
    case ProofVerdict::sign_wrong:
      return refused(code::sign_wrong, "the sign is wrong");
    case ProofVerdict::unavailable:
      return refused(code::system, "the sign cannot be checked now");
  }
  return {};
}

SubLogins admit(const Platform& platform, DeviceId gateway, AccountId account,
                const std::vector<SubDeviceClaim>& claims, const Proof& proof) {
  SubLogins made;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const auto& device = proof.devices[i];
    if (!platform.gateways.topology().has(gateway, device->id)) {
      return refused(code::not_in_topology, "the device is not the gateway's");
    }
    if (device->disabled) return refused(code::disabled, "the device is disabled");
    if (!platform.rates.admit_connect(device->id, account)) {
      return refused(code::too_often, "the device signs in too often");
    }
    made.logins.push_back(
        {.device = device,
         .clean_session = !equal_ignoring_case(claims[i].clean_session.value_or("true"), "false")});
  }
  return made;
}

}  // namespace

void check_sub_logins(const Platform& platform, const DeviceIdentity& gateway,
                      std::vector<SubDeviceClaim> claims,
                      std::move_only_function<void(SubLogins)> done) {
  const auto product = platform.registry.product(gateway.product.view());
  if (!product || !Gateways::is_gateway(*product)) {
    return done(refused(thing::alink_code::malformed, "the device is no gateway"));
  }
  auto copy = claims;
  prove(platform.registry, *product, std::move(copy),
        [&platform, gateway = gateway.id, account = product->account, claims = std::move(claims),
         done = std::move(done)](const Proof& proof) mutable {
          if (proof.verdict != ProofVerdict::accepted) return done(refused(proof.verdict));
          done(admit(platform, gateway, account, claims, proof));
        });
}

}  // namespace herald
