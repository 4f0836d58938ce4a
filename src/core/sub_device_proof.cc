#include "core/sub_device_proof.h"

#include <boost/json/object.hpp>
#include <string>
#include <utility>

#include "thing/json_text.h"

namespace herald {
namespace {

namespace json = boost::json;

// Texts, numbers and flags as they are signed.
std::optional<std::string> member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null() || value->is_structured()) return std::nullopt;
  return thing::plain_text(*value);
}

}  // namespace

std::optional<SubDeviceClaim> sub_device_claim_from(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto product_key = member(*object, "productKey");
  const auto device_name = member(*object, "deviceName");
  if (!product_key || !device_name) return std::nullopt;
  auto method = member(*object, "signMethod");
  if (!method) method = member(*object, "signmethod");
  return SubDeviceClaim{.product_key = *product_key,
                        .device_name = *device_name,
                        .client_id = member(*object, "clientId"),
                        .timestamp = member(*object, "timestamp"),
                        .clean_session = member(*object, "cleanSession"),
                        .sign_method = method.value_or(""),
                        .sign = member(*object, "sign").value_or("")};
}

std::shared_ptr<const Device> find_sub_device(const Registry& registry,
                                              const Product& product_of_gateway,
                                              std::string_view product_key,
                                              std::string_view device_name) {
  const auto product = registry.product(product_key);
  const bool is_near = product && product->account == product_of_gateway.account &&
                       product->instance == product_of_gateway.instance && product->node_type == 0;
  if (!is_near) return nullptr;
  const auto view = registry.device(product->key, device_name);
  return view ? view->device : nullptr;
}

void prove(const Registry& registry, const Product& product_of_gateway,
           std::vector<SubDeviceClaim> claims, std::move_only_function<void(Proof)> done) {
  Proof proof;
  std::vector<DeviceId> ids;
  for (const SubDeviceClaim& claim : claims) {
    auto device =
        find_sub_device(registry, product_of_gateway, claim.product_key, claim.device_name);
    if (!device) return done({.verdict = ProofVerdict::device_unknown, .devices = {}});
    if (!has_known_method(claim)) {
      return done({.verdict = ProofVerdict::method_unknown, .devices = {}});
    }
    ids.push_back(device->id);
    proof.devices.push_back(std::move(device));
  }
  registry.device_secrets(
      std::move(ids), [claims = std::move(claims), proof = std::move(proof),
                       done = std::move(done)](Result<std::vector<std::string>> secrets) mutable {
        if (!secrets) return done({.verdict = ProofVerdict::unavailable, .devices = {}});
        for (std::size_t i = 0; i < claims.size(); ++i) {
          if (!is_signed_by(claims[i], (*secrets)[i])) {
            return done({.verdict = ProofVerdict::sign_wrong, .devices = {}});
          }
        }
        done(std::move(proof));
      });
}

}  // namespace herald
