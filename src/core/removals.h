#pragma once

#include <cstddef>
#include <string_view>

#include "core/device_groups.h"
#include "core/homes.h"
#include "core/registry.h"
#include "core/retained.h"
#include "core/shadows.h"
#include "core/thing_models.h"
#include "core/topic_routes.h"

namespace herald {

class Gateways;

// Deletes devices, and products with all of their devices, together with what is theirs elsewhere:
// sessions and what waits for them, groups, topologies, routes, retained messages, shadows, thing
// models. A device or product of the same name that is made later inherits nothing. Any thread.
class Removals {
 public:
  Removals(Registry& registry, Homes& homes, TopicRoutes& routes, Retained& retained,
           DeviceGroups& groups, Shadows& shadows, ThingModels& things, Gateways& gateways)
      : registry_(registry),
        homes_(homes),
        routes_(routes),
        retained_(retained),
        groups_(groups),
        shadows_(shadows),
        things_(things),
        gateways_(gateways) {}

  // `riders` are written with it. Errors: device_not_found, and those of the storage.
  void remove_device(DeviceId id, Changes riders, Done<void> done);

  // Answers when the product is there for nobody any more; its devices are deleted afterwards, a
  // slice at a time, and the log tells how far that is. Errors: product_not_found, and those of
  // the storage.
  void remove_product(const ProductKey& key, Changes riders, Done<void> done);
  // Goes on with what a process before this one had begun. Once, when all is restored.
  void resume();

  // Devices of products that are being deleted.
  std::size_t devices_left() const;

 private:
  // Answers those that were there.
  void remove_devices(const std::vector<DeviceId>& ids, Changes riders,
                      Done<Registry::NewDevices> done);
  using SharedProduct = std::shared_ptr<const Product>;
  void remove_devices_of(const SharedProduct& product, std::size_t removed);
  void finish(const SharedProduct& product, std::size_t removed);
  void forget_topics(std::string_view prefix);

  Registry& registry_;
  Homes& homes_;
  TopicRoutes& routes_;
  Retained& retained_;
  DeviceGroups& groups_;
  Shadows& shadows_;
  ThingModels& things_;
  Gateways& gateways_;
};

}  // namespace herald
