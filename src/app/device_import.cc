#include "app/device_import.h"

#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "base/wait_for.h"

namespace herald::app {
namespace {

// The storage refuses while others keep it busy, and a name may be taken by a caller at the same
// moment: both are looked at again.
constexpr std::size_t tries_max = 100;
constexpr std::chrono::milliseconds between_tries{100};

bool may_be_tried_again(Code code) {
  return code == Code::refused || code == Code::device_name_taken;
}

// What the row says nothing of is as it is.
bool fits(std::string_view said, std::string_view is) { return said.empty() || said == is; }

}  // namespace

Result<void> DeviceImport::add(DeviceRow row) {
  if (const std::string fault = fault_of(row); !fault.empty()) {
    reject(row, fault);
    return {};
  }
  const auto fits = has_product(row);
  if (!fits) return tl::unexpected(fits.error());
  if (*fits) waiting_.push_back(std::move(row));
  return waiting_.size() < devices_per_write ? Result<void>() : write();
}

Result<void> DeviceImport::finish() {
  if (auto written = write(); !written) return written;
  return drain(0);
}

void DeviceImport::reject(const DeviceRow& row, const std::string& reason) {
  ++counts_.rejected;
  reject_(row, reason);
}

Result<bool> DeviceImport::has_product(const DeviceRow& row) {
  auto product = registry_.product(row.product_key);
  if (!product) {
    Product draft{.key = ProductKey::parse(row.product_key).value(),
                  .account = account_,
                  .instance = instance_,
                  .name = row.product_key,
                  .secret = row.product_secret,
                  .commodity_code = "iothub",
                  .auth_type = "secret"};
    auto made = wait_for<std::shared_ptr<const Product>>(
        [&](auto done) { registry_.adopt_product(std::move(draft), std::move(done)); });
    if (!made && made.error().code == Code::failed) return tl::unexpected(std::move(made.error()));
    if (!made) {
      reject(row, "the product cannot be made: " + made.error().detail);
      return false;
    }
    ++counts_.products;
    product = *made;
  }
  if (product->account != account_) {
    reject(row, "the ProductKey is of another account");
  } else if (product->instance != instance_) {
    reject(row, "the ProductKey is of another instance");
  } else if (!fits(row.product_secret, product->secret)) {
    reject(row, "the product has another ProductSecret");
  } else {
    return true;
  }
  return false;
}

Result<void> DeviceImport::write() {
  std::map<std::string, Rows> by_product;
  for (DeviceRow& row : std::exchange(waiting_, {})) {
    Rows& rows = by_product[row.product_key];
    rows.push_back(std::move(row));
  }
  for (auto& [key, rows] : by_product) {
    auto written = write(ProductKey::parse(key).value(), std::move(rows), /*tries=*/0);
    if (!written) return written;
  }
  return {};
}

Result<void> DeviceImport::write(const ProductKey& product, Rows rows, std::size_t tries) {
  Rows fresh;
  Rows known;
  std::vector<DeviceId> known_devices;
  std::unordered_map<std::string, std::size_t> places;  // Of names in `fresh`.
  std::vector<NewDevice> devices;
  for (DeviceRow& row : rows) {
    if (const auto id = registry_.device_id(product, row.device_name)) {
      known_devices.push_back(*id);
      known.push_back(std::move(row));
      continue;
    }
    const auto [place, first] = places.try_emplace(row.device_name, fresh.size());
    if (first) {
      devices.push_back({.name = DeviceName::parse(row.device_name).value(),
                         .nickname = row.nickname,
                         .secret = row.device_secret});
      fresh.push_back(std::move(row));
      continue;
    }
    const DeviceRow& other = fresh[place->second];
    if (fits(row.device_secret, other.device_secret) && fits(row.nickname, other.nickname)) {
      ++counts_.present;
    } else {
      reject(row, "line " + std::to_string(other.line) + " says otherwise of the same device");
    }
  }
  if (!known.empty()) {
    if (auto compared = compare(known, std::move(known_devices)); !compared) return compared;
  }
  if (fresh.empty()) return {};
  std::promise<Result<Registry::NewDevices>> promise;
  under_way_ += fresh.size();
  writes_.push_back({std::move(fresh), tries, promise.get_future()});
  registry_.create_devices(
      product, std::move(devices),
      [promise = std::move(promise)](auto made) mutable { promise.set_value(std::move(made)); });
  return drain(devices_under_way - devices_per_write);
}

Result<void> DeviceImport::compare(const Rows& rows, std::vector<DeviceId> devices) {
  // One of them may be on its way to the disk, where secrets are.
  if (auto drained = drain(0); !drained) return drained;
  const auto secrets = wait_for<std::vector<std::string>>(
      [&](auto done) { registry_.device_secrets(devices, std::move(done)); });
  if (!secrets) return tl::unexpected(secrets.error());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto view = registry_.device(devices[i]);
    if (!view) {
      reject(rows[i], "the device was deleted meanwhile");
    } else if (!fits(rows[i].device_secret, (*secrets)[i])) {
      reject(rows[i], "the device is there with another DeviceSecret");
    } else if (!fits(rows[i].nickname, view->device->nickname)) {
      reject(rows[i], "the device is there with another Nickname");
    } else {
      ++counts_.present;
    }
  }
  return {};
}

Result<void> DeviceImport::drain(std::size_t leave) {
  while (under_way_ > leave) {
    Write write = std::move(writes_.front());
    writes_.pop_front();
    under_way_ -= write.rows.size();
    auto made = write.answer.get();
    if (made) {
      counts_.created += made->size();
      continue;
    }
    const Error& error = made.error();
    if (error.code == Code::product_not_found) {
      for (const DeviceRow& row : write.rows) reject(row, "the product was deleted meanwhile");
      continue;
    }
    if (!may_be_tried_again(error.code) || write.tries == tries_max) {
      return tl::unexpected(std::move(made.error()));
    }
    std::this_thread::sleep_for(between_tries);
    const auto product = ProductKey::parse(write.rows.front().product_key).value();
    auto again = this->write(product, std::move(write.rows), write.tries + 1);
    if (!again) return again;
  }
  return {};
}

}  // namespace herald::app
