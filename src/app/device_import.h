#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/device_rows.h"
#include "core/registry.h"

namespace herald::app {

// Makes the devices of rows that come one by one, in writes of a thousand of which a few are on
// their way to the disk. A row whose device is there already, just as it says, changes nothing, so
// what was interrupted is begun again. One thread, which waits.
class DeviceImport {
 public:
  static constexpr std::size_t devices_per_write = 1'000, devices_under_way = 4'000;

  // Hears of a row that is wrong.
  using Reject = std::function<void(const DeviceRow& row, const std::string& reason)>;
  // Products that are not there are made in this instance.
  DeviceImport(Registry& registry, AccountId account, std::string instance, Reject reject)
      : registry_(registry),
        account_(account),
        instance_(std::move(instance)),
        reject_(std::move(reject)) {}

  // Errors: those of the storage.
  Result<void> add(DeviceRow row);
  // Waits until all is durable. Errors: those of the storage.
  Result<void> finish();

  struct Counts {
    std::size_t products = 0;  // Made.
    std::size_t created = 0;
    std::size_t present = 0;
    std::size_t rejected = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  using Rows = std::vector<DeviceRow>;
  struct Write {
    Rows rows;
    std::size_t tries;
    std::future<Result<Registry::NewDevices>> answer;
  };

  void reject(const DeviceRow& row, const std::string& reason);
  Result<void> write();
  Result<void> write(const ProductKey& product, Rows rows, std::size_t tries);
  // Whether the row fits to a product; one that is not there is made.
  Result<bool> has_product(const DeviceRow& row);
  // Rows of devices that are there: as they say?
  Result<void> compare(const Rows& rows, std::vector<DeviceId> devices);
  // Waits until no more than so many devices are under way.
  Result<void> drain(std::size_t leave);

  Registry& registry_;
  AccountId account_;
  std::string instance_;
  Reject reject_;
  Rows waiting_;
  std::deque<Write> writes_;
  std::size_t under_way_ = 0;  // Devices of `writes_`.
  Counts counts_;
};

}  // namespace herald::app
