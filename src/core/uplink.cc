#include "core/uplink.h"

#include "core/permissions.h"

namespace herald {

Uplink::Uplink(Registry& registry, Publisher& publisher, const Clock& clock)
    : registry_(registry), publisher_(publisher), clock_(clock) {}

void Uplink::publish(std::shared_ptr<const Device> device, UplinkMessage message,
                     UplinkAnswered answered) {
  const auto product = registry_.product(device->product.view());
  if (!product || !may_publish(*product, device->name, message.topic)) {
    return answered(UplinkVerdict::not_authorized);
  }
  answered(UplinkVerdict::taken);
}

}  // namespace herald
