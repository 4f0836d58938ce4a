#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/device_identity.h"
#include "core/publisher.h"
#include "core/rates.h"
#include "core/registry.h"
#include "core/shards.h"
#include "core/system_topics.h"
#include "store/registry_storage.h"

namespace herald {

// What each device last reported and what applications want of it: alink.md, section 7. A shadow
// belongs to the home of its device: its shard makes the changes one after the other, and nothing
// is locked. All documents are in memory; a change is durable before it is answered, and undone
// when the storage refuses it. Any thread; answers come on the home's shard.
class Shadows {
 public:
  Shadows(Shards& shards, RegistryStorage& storage, const Registry& registry, Publisher& publisher,
          const Clock& clock);

  // While starting, after the devices and before any other call.
  void restore(DeviceShadow shadow);

  // What a device published to `/shadow/update/…`; it is answered under `/shadow/get/…`.
  void take(const SystemMessage& from, UplinkAnswered answered);

  // For applications. Errors of both: device_not_found; of update also rate_limited, those of
  // shadow::change and those of the storage. A device that is connected is told of an update.
  void get(DeviceId device, Done<std::string> done);
  void update(DeviceId device, AccountId account, std::string message, bool merge, Changes riders,
              Done<void> done);

  // What erases the shadows of these devices, if they have any; and that it has happened.
  static Changes erasures(std::span<const DeviceId> devices);
  void forget(std::span<const DeviceId> devices);

 private:
  struct Kept {
    std::string document;
    std::string stored;        // The storage's, while it is asked to write.
    std::uint32_t writes = 0;  // That it has not answered.
  };
  using Documents = std::unordered_map<DeviceId, Kept>;

  // All on the shard of the device's home.
  void answer(const DeviceIdentity& device, AccountId account, const std::string& message,
              UplinkAnswered answered);
  std::string document_of(DeviceId device);
  void write(DeviceId device, std::string document, Changes riders, Done<void> done);
  void written(DeviceId device, std::string document, bool kept);
  void tell(const DeviceIdentity& device, AccountId account, std::string payload);

  ShardIndex shard_of(DeviceId device) const { return home_of(device, shards_.count()); }
  Documents& documents_of(DeviceId device) { return documents_[shard_of(device)]; }

  Shards& shards_;
  RegistryStorage& storage_;
  const Registry& registry_;
  Publisher& publisher_;
  const Clock& clock_;
  RateMeter<DeviceId> requests_;
  std::vector<Documents> documents_;  // One for each shard.
};

}  // namespace herald
