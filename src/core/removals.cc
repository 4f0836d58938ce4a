#include "core/removals.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "core/gateways.h"

namespace herald {
namespace {

// Devices of one write: messages wait for it at most.
constexpr std::size_t slice = 1'000;
constexpr std::size_t between_lines = 100'000;

}  // namespace

void Removals::remove_device(DeviceId id, Changes riders, Done<void> done) {
  remove_devices({id}, std::move(riders),
                 [this, done = std::move(done)](Result<Registry::NewDevices> gone) mutable {
                   if (!gone) return done(tl::unexpected(std::move(gone.error())));
                   if (gone->empty()) return done(fail(Code::device_not_found));
                   const Device& device = *gone->front();
                   forget_topics("/" + device.product.text() + "/" + device.name.text() + "/");
                   done({});
                 });
}

void Removals::remove_devices(const std::vector<DeviceId>& ids, Changes riders,
                              Done<Registry::NewDevices> done) {
  auto left = groups_.leave_all(ids);
  std::ranges::move(erasures(left), std::back_inserter(riders));
  std::ranges::move(Shadows::erasures(ids), std::back_inserter(riders));
  auto relations = gateways_.topology().drop_all(ids);
  std::ranges::move(erasures(relations), std::back_inserter(riders));
  registry_.delete_devices(ids, std::move(riders),
                           [this, ids, left = std::move(left), relations = std::move(relations),
                            done = std::move(done)](Result<Registry::NewDevices> gone) mutable {
                             if (gone) {
                               groups_.forget(ids);
                               shadows_.forget(ids);
                               gateways_.topology().forget(ids);
                               gateways_.tell_deleted(relations, *gone);
                               for (const auto& device : *gone) homes_.cut_off(device->id);
                             } else {
                               groups_.rejoin(left);
                               gateways_.topology().put_back(relations);
                             }
                             done(std::move(gone));
                           });
}

void Removals::remove_product(const ProductKey& key, Changes riders, Done<void> done) {
  const SharedProduct product = registry_.product(key.view());
  if (!product) return done(fail(Code::product_not_found, key.text()));
  registry_.begin_removal(key, std::move(riders),
                          [this, product, done = std::move(done)](Result<void> begun) mutable {
                            const bool goes_on = begun.has_value();
                            done(std::move(begun));
                            if (!goes_on) return;
                            forget_topics("/" + product->key.text() + "/");
                            forget_topics("/broadcast/" + product->key.text() + "/");
                            remove_devices_of(product, 0);
                          });
}

void Removals::resume() {
  for (const SharedProduct& product : registry_.removals()) {
    log::info("going on with the deletion of product {}: {} devices are left", product->key.view(),
              registry_.devices().counts(product->key).all);
    remove_devices_of(product, 0);
  }
}

std::size_t Removals::devices_left() const {
  std::size_t left = 0;
  for (const SharedProduct& product : registry_.removals()) {
    left += registry_.devices().counts(product->key).all;
  }
  return left;
}

// The newest first: they stand at the end of every list.
void Removals::remove_devices_of(const SharedProduct& product, std::size_t removed) {
  const auto ids = registry_.devices().newest(product->key, 0, slice);
  if (ids.empty()) return finish(product, removed);
  remove_devices(ids, {}, [this, product, removed](const Result<Registry::NewDevices>& gone) {
    if (!gone) {
      // The store accepts nothing just now. What is left goes with the next start.
      return log::error("devices of product {} stay: {}", product->key.view(), gone.error().detail);
    }
    const std::size_t by_now = removed + gone->size();
    if (by_now / between_lines != removed / between_lines) {
      log::info("product {}: {} devices deleted, {} left", product->key.view(), by_now,
                registry_.devices().counts(product->key).all);
    }
    remove_devices_of(product, by_now);
  });
}

// The product goes last: as long as it is there, the next start goes on.
void Removals::finish(const SharedProduct& product, std::size_t removed) {
  const auto report = [product, removed](const Result<void>& gone) {
    if (!gone) return log::error("product {} stays: {}", product->key.view(), gone.error().detail);
    log::info("product {} is deleted, with {} devices", product->key.view(), removed);
  };
  things_.erase(*product, [this, product, report](Result<void> gone) {
    if (!gone) return report(gone);
    registry_.delete_product(product->key, {}, report);
  });
}

void Removals::forget_topics(std::string_view prefix) {
  routes_.forget(prefix);
  retained_.forget(prefix);
}

}  // namespace herald
