#include "core/removals.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"

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
  registry_.delete_devices(ids, std::move(riders),
                           [this, ids, left = std::move(left),
                            done = std::move(done)](Result<Registry::NewDevices> gone) mutable {
                             if (gone) {
                               groups_.forget(ids);
                               shadows_.forget(ids);
                               for (const auto& device : *gone) homes_.cut_off(device->id);
                             } else {
                               groups_.rejoin(left);
                             }
                             done(std::move(gone));
                           });
}

void Removals::remove_product(const ProductKey& key, Changes riders, Done<void> done) {
  registry_.begin_removal(key, std::move(riders),
                          [this, key, done = std::move(done)](Result<void> begun) mutable {
                            const bool goes_on = begun.has_value();
                            done(std::move(begun));
                            if (!goes_on) return;
                            forget_topics("/" + key.text() + "/");
                            forget_topics("/broadcast/" + key.text() + "/");
                            remove_devices_of(key, 0);
                          });
}

void Removals::resume() {
  for (const ProductKey& key : registry_.removals()) {
    log::info("going on with the deletion of product {}: {} devices are left", key.view(),
              registry_.devices().counts(key).all);
    remove_devices_of(key, 0);
  }
}

std::size_t Removals::devices_left() const {
  std::size_t left = 0;
  for (const ProductKey& key : registry_.removals()) left += registry_.devices().counts(key).all;
  return left;
}

// The newest first: they stand at the end of every list.
void Removals::remove_devices_of(const ProductKey& key, std::size_t removed) {
  const auto ids = registry_.devices().newest(key, 0, slice);
  if (ids.empty()) {
    return registry_.delete_product(key, {}, [key, removed](const Result<void>& gone) {
      if (!gone) return log::error("product {} stays: {}", key.view(), gone.error().detail);
      log::info("product {} is deleted, with {} devices", key.view(), removed);
    });
  }
  remove_devices(ids, {}, [this, key, removed](const Result<Registry::NewDevices>& gone) {
    if (!gone) {
      // The store accepts nothing just now. What is left goes with the next start.
      return log::error("devices of product {} stay: {}", key.view(), gone.error().detail);
    }
    const std::size_t by_now = removed + gone->size();
    if (by_now / between_lines != removed / between_lines) {
      log::info("product {}: {} devices deleted, {} left", key.view(), by_now,
                registry_.devices().counts(key).all);
    }
    remove_devices_of(key, by_now);
  });
}

void Removals::forget_topics(std::string_view prefix) {
  routes_.forget(prefix);
  retained_.forget(prefix);
}

}  // namespace herald
