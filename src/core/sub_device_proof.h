#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/registry.h"
#include "model/sub_device_claim.h"

namespace herald {

// What a gateway writes of a sub-device; nothing: it does not name one.
std::optional<SubDeviceClaim> sub_device_claim_from(const boost::json::value& value);

// A device that may belong to gateways of this product: of the same account and instance, and no
// gateway itself. Others do not exist for it.
std::shared_ptr<const Device> find_sub_device(const Registry& registry,
                                              const Product& product_of_gateway,
                                              std::string_view product_key,
                                              std::string_view device_name);

enum class ProofVerdict : std::uint8_t {
  accepted,
  device_unknown,
  method_unknown,
  sign_wrong,
  unavailable,  // Secrets cannot be read now.
};
struct Proof {
  ProofVerdict verdict = ProofVerdict::accepted;
  // In the order of the claims, when all of them are right.
  std::vector<std::shared_ptr<const Device>> devices;
};

// Checks that the gateway has the secrets of all these devices. `done` is called at once, or on a
// thread of the storage.
void prove(const Registry& registry, const Product& product_of_gateway,
           std::vector<SubDeviceClaim> claims, std::move_only_function<void(Proof)> done);

}  // namespace herald
