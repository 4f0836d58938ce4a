#include <algorithm>
#include <array>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"
#include "core/registry.h"

// The part of the registry that is about devices.
namespace herald {
namespace {

// device-mqtt.md, section 4: physical devices that share one name.
constexpr std::size_t tokens_per_device = 5;

constexpr std::size_t iot_id_random_size = 19;  // Of 32: operations.md, RegisterDevice.
constexpr std::size_t iot_id_number_size = 13;  // 64 bits in base 36.

// An IotId is random text, which nobody guesses, and the device's number, by which it is found
// without a table of its own.
std::string make_iot_id(DeviceId id) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string number(iot_id_number_size, '0');
  std::uint64_t rest = id.value;
  for (std::size_t i = number.size(); i-- > 0 && rest > 0; rest /= 36)
    number[i] = digits[rest % 36];
  return random_name(iot_id_random_size) + number;
}

std::optional<DeviceId> number_of(std::string_view iot_id) {
  if (iot_id.size() != iot_id_random_size + iot_id_number_size) return std::nullopt;
  DeviceId id;
  for (const char c : iot_id.substr(iot_id_random_size)) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c < 'a' || c > 'z')) return std::nullopt;
    id.value = id.value * 36 + static_cast<std::uint64_t>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return id;
}

}  // namespace

std::optional<DeviceView> Registry::drop_device(DeviceId id) {
  tokens_.erase(id);
  return devices_.erase(id);
}

std::optional<DeviceView> Registry::device(const ProductKey& product, std::string_view name) const {
  const auto id = device_id(product, name);
  return id ? device(*id) : std::nullopt;
}

Result<std::vector<DeviceId>> Registry::device_ids(const ProductKey& product,
                                                   std::span<const std::string_view> names) const {
  auto ids = devices_.ids_of(product, names);
  if (ids.size() < names.size()) {
    return fail(Code::device_not_found, std::string(names[ids.size()]));
  }
  return ids;
}

std::optional<DeviceView> Registry::device_by_iot_id(std::string_view iot_id) const {
  const auto id = number_of(iot_id);
  auto view = id ? device(*id) : std::nullopt;
  if (!view || view->device->iot_id != iot_id) return std::nullopt;
  return view;
}

std::optional<DeviceView> Registry::device_by_certificate(std::string_view sha256) const {
  const auto id = devices_.id_of_certificate(sha256);
  return id ? device(*id) : std::nullopt;
}

void Registry::create_devices(const ProductKey& product, std::vector<NewDevice> devices,
                              Done<NewDevices> done) {
  const std::lock_guard lock(writers_);
  if (!this->product(product.view())) return done(fail(Code::product_not_found, product.text()));
  const Time now = clock_.now();
  NewDevices made;
  made.reserve(devices.size());
  Changes changes;
  changes.reserve(2 * devices.size());
  std::unordered_set<std::string> names;
  for (NewDevice& wanted : devices) {
    DeviceName name =
        wanted.name ? std::move(*wanted.name) : DeviceName::parse(random_name(20)).value();
    if (!names.insert(name.text()).second || device_id(product, name.view())) {
      return done(fail(Code::device_name_taken, name.text()));
    }
    const DeviceId id{ids_.next()};
    made.push_back(
        std::make_shared<const Device>(Device{.id = id,
                                              .product = product,
                                              .name = std::move(name),
                                              .iot_id = make_iot_id(id),
                                              .nickname = std::move(wanted.nickname),
                                              .created = now,
                                              .certificate = std::move(wanted.certificate)}));
    changes.emplace_back(Record(*made.back()));
    changes.emplace_back(Record(DeviceSecret{
        id, wanted.secret.empty() ? to_hex(random_bytes(16)) : std::move(wanted.secret)}));
  }
  for (const auto& device : made) devices_.put(*device);
  storage_.write(std::move(changes),
                 [this, made, done = std::move(done)](Result<void> kept) mutable {
                   if (kept) return done(std::move(made));
                   for (const auto& device : made) drop_device(device->id);
                   done(tl::unexpected(std::move(kept.error())));
                 });
}

void Registry::delete_device(DeviceId id, Changes riders, Done<void> done) {
  delete_devices({id}, std::move(riders),
                 [done = std::move(done)](Result<NewDevices> gone) mutable {
                   if (gone && gone->empty()) return done(fail(Code::device_not_found));
                   if (!gone) return done(tl::unexpected(std::move(gone.error())));
                   done({});
                 });
}

void Registry::delete_devices(const std::vector<DeviceId>& ids, Changes riders,
                              Done<NewDevices> done) {
  const std::lock_guard lock(writers_);
  NewDevices gone;
  for (const DeviceId id : ids) {
    const auto tokens = tokens_of(id);
    const auto view = drop_device(id);
    if (!view) continue;
    riders.emplace_back(ErasedDevice{id});
    riders.emplace_back(ErasedDeviceSecret{id});
    riders.emplace_back(ErasedSession{id});
    for (const DeviceToken& token : tokens) {
      riders.emplace_back(ErasedDeviceToken{id, token.client_id});
    }
    gone.push_back(view->device);
  }
  if (gone.empty()) return done(std::move(gone));
  storage_.write(std::move(riders),
                 [this, gone, done = std::move(done)](Result<void> kept) mutable {
                   if (kept) return done(std::move(gone));
                   for (const auto& device : gone) devices_.put(*device);
                   done(tl::unexpected(std::move(kept.error())));
                 });
}

void Registry::change_device(DeviceId id, Changes riders, DeviceChange change, Done<void> done) {
  const std::lock_guard lock(writers_);
  std::optional<Device> before;
  std::optional<Device> after;
  Result<void> fits = fail(Code::device_not_found);
  devices_.change(id, [&](Device& device, bool&) {
    before = device;
    fits = change(device);
    if (fits) after = device;
    return fits.has_value();
  });
  if (!fits) return done(std::move(fits));
  riders.emplace_back(Record(*after));
  storage_.write(std::move(riders), [this, before = std::move(*before), after = std::move(*after),
                                     done = std::move(done)](Result<void> kept) mutable {
    if (!kept) devices_.restore(before.id, after, before);
    done(std::move(kept));
  });
}

// Applications.

std::shared_ptr<const DeviceApplication> Registry::application(std::uint64_t id) const {
  return applications_.find(id).value_or(nullptr);
}

void Registry::add_application(DeviceApplication application, Done<std::uint64_t> done) {
  const std::lock_guard lock(writers_);
  application.id = short_ids_.next();
  application.created = clock_.now();
  const std::uint64_t id = application.id;
  Changes changes{Record(application)};
  applications_.put(id, std::make_shared<const DeviceApplication>(std::move(application)));
  storage_.write(std::move(changes), [this, id, done = std::move(done)](Result<void> kept) mutable {
    if (kept) return done(id);
    applications_.erase(id);
    done(tl::unexpected(std::move(kept.error())));
  });
}

void Registry::make_application(std::uint64_t id, Done<NewDevices> done) {
  const auto wanted = application(id);
  if (!wanted) return done(fail(Code::application_not_found, std::to_string(id)));
  std::vector<NewDevice> devices;
  for (const auto& [name, nickname] : wanted->devices) {
    auto parsed = DeviceName::parse(name);
    if (!parsed) return done(fail(Code::device_name_malformed, name));
    devices.push_back({.name = std::move(*parsed), .nickname = nickname});
  }
  create_devices(wanted->product, std::move(devices),
                 [this, wanted, done = std::move(done)](Result<NewDevices> made) mutable {
                   if (made) {
                     DeviceApplication after = *wanted;
                     after.made = true;
                     storage_.write_soon({Record(after)});
                     applications_.put(wanted->id,
                                       std::make_shared<const DeviceApplication>(std::move(after)));
                   }
                   done(std::move(made));
                 });
}

void Registry::set_disabled(DeviceId id, bool disabled, Changes riders, Done<void> done) {
  change_device(
      id, std::move(riders),
      [disabled](Device& device) -> Result<void> {
        device.disabled = disabled;
        return {};
      },
      std::move(done));
}

void Registry::reset_device(DeviceId id, Changes riders, Done<void> done) {
  for (const DeviceToken& token : tokens_of(id)) {
    riders.emplace_back(ErasedDeviceToken{id, token.client_id});
  }
  tokens_.erase(id);
  change_device(
      id, std::move(riders),
      [](Device& device) -> Result<void> {
        device.reset = true;
        return {};
      },
      std::move(done));
}

// Tokens.

std::vector<DeviceToken> Registry::tokens_of(DeviceId id) const {
  return tokens_.find(id).value_or(std::vector<DeviceToken>());
}

void Registry::put_token(DeviceToken token) {
  const auto add = [&](std::vector<DeviceToken>& tokens) { tokens.push_back(token); };
  if (!tokens_.update(token.device, add)) tokens_.put(token.device, {token});
}

void Registry::add_token(DeviceToken token, Done<void> done) {
  const std::lock_guard lock(writers_);
  if (tokens_of(token.device).size() >= tokens_per_device) {
    return done(fail(Code::registration_refused, "too many devices of this name"));
  }
  put_token(token);
  Record record(std::move(token));
  storage_.write({std::move(record)}, std::move(done));
}

// Written under the device's lock, so that no late word brings a deleted device back.

void Registry::set_online(DeviceId id, Time at, std::string address) {
  bool counts = false;  // For who may register: written at once.
  devices_.change(id, [&](Device& device, bool& online) {
    counts = !device.activated || device.reset;
    if (!device.activated) device.activated = at;
    device.reset = false;
    device.last_online = at;
    device.address = std::move(address);
    online = true;
    if (counts) storage_.write_soon({Record(device)});
    return true;
  });
  if (!counts) see(id);
}

void Registry::set_offline(DeviceId id, Time at) {
  devices_.change(id, [&](Device& device, bool& online) {
    device.last_online = at;
    online = false;
    return true;
  });
  see(id);
}

void Registry::see(DeviceId id) {
  const std::lock_guard lock(seen_mutex_);
  seen_.insert(id);
}

void Registry::write_seen() {
  constexpr std::size_t at_once = 100;
  std::unordered_set<DeviceId> seen;
  {
    const std::lock_guard lock(seen_mutex_);
    seen.swap(seen_);
  }
  while (!seen.empty()) {
    // No other change of these records comes between reading and writing them.
    const std::lock_guard lock(writers_);
    Changes changes;
    while (!seen.empty() && changes.size() < at_once) {
      const auto view = devices_.find(seen.extract(seen.begin()).value());
      if (view) changes.emplace_back(Record(*view->device));
    }
    if (!changes.empty()) storage_.write_soon(std::move(changes));
  }
}

}  // namespace herald
