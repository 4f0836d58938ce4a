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

std::string Registry::device_key(std::string_view product, std::string_view name) {
  std::string key;
  key.reserve(product.size() + 1 + name.size());
  key += product;
  key += '/';
  key += name;
  return key;
}

void Registry::put_device(const std::shared_ptr<const Device>& device) {
  devices_.put(device->id, {device});
  if (!device->certificate.empty()) certificates_.put(device->certificate, device->id);
  device_ids_.put(device_key(device->product.view(), device->name.view()), device->id);
  const bool counted =
      device_counts_.update(device->product.text(), [](std::size_t& count) { ++count; });
  if (!counted) device_counts_.put(device->product.text(), 1);
}

void Registry::drop_device(const Device& device) {
  certificates_.erase(device.certificate);
  tokens_.erase(device.id);
  device_ids_.erase(device_key(device.product.view(), device.name.view()));
  devices_.erase(device.id);
  device_counts_.update(device.product.text(), [](std::size_t& count) { --count; });
}

std::optional<DeviceId> Registry::device_id(const ProductKey& product,
                                            std::string_view name) const {
  // Asked a hundred times for each BatchPub: the key is put together without allocating.
  std::array<char, ProductKeyRule::size_max + 1 + DeviceNameRule::size_max> room;
  if (name.size() > DeviceNameRule::size_max) return std::nullopt;
  char* end = std::ranges::copy(product.view(), room.begin()).out;
  *end++ = '/';
  end = std::ranges::copy(name, end).out;
  return device_ids_.find(
      std::string_view(room.data(), static_cast<std::size_t>(end - room.data())));
}

std::optional<DeviceView> Registry::device(DeviceId id) const {
  auto entry = devices_.find(id);
  if (!entry) return std::nullopt;
  return DeviceView{std::move(entry->device), entry->online};
}

std::optional<DeviceView> Registry::device(const ProductKey& product, std::string_view name) const {
  const auto id = device_id(product, name);
  return id ? device(*id) : std::nullopt;
}

std::optional<DeviceView> Registry::device_by_iot_id(std::string_view iot_id) const {
  const auto id = number_of(iot_id);
  auto view = id ? device(*id) : std::nullopt;
  if (!view || view->device->iot_id != iot_id) return std::nullopt;
  return view;
}

std::optional<DeviceView> Registry::device_by_certificate(std::string_view sha256) const {
  const auto id = certificates_.find(sha256);
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
  changes.reserve(devices.size());
  const auto wanted_names = std::ranges::count_if(
      devices, [](const NewDevice& wanted) { return wanted.name.has_value(); });
  for (NewDevice& wanted : devices) {
    DeviceName name =
        wanted.name ? std::move(*wanted.name) : DeviceName::parse(random_name(20)).value();
    const bool repeated = wanted_names > 1 && std::ranges::any_of(made, [&](const auto& other) {
                            return other->name == name;
                          });
    if (repeated || device_id(product, name.view())) {
      return done(fail(Code::device_name_taken, name.text()));
    }
    const DeviceId id{ids_.next()};
    made.push_back(
        std::make_shared<const Device>(Device{.id = id,
                                              .product = product,
                                              .name = std::move(name),
                                              .secret = to_hex(random_bytes(16)),
                                              .iot_id = make_iot_id(id),
                                              .nickname = std::move(wanted.nickname),
                                              .created = now,
                                              .certificate = std::move(wanted.certificate)}));
    changes.emplace_back(Record(*made.back()));
  }
  for (const auto& device : made) put_device(device);
  storage_.write(std::move(changes),
                 [this, made, done = std::move(done)](Result<void> kept) mutable {
                   if (kept) return done(std::move(made));
                   for (const auto& device : made) drop_device(*device);
                   done(tl::unexpected(std::move(kept.error())));
                 });
}

void Registry::delete_device(DeviceId id, Changes riders, Done<void> done) {
  const std::lock_guard lock(writers_);
  const auto view = device(id);
  if (!view) return done(fail(Code::device_not_found));
  drop_device(*view->device);
  Changes changes = std::move(riders);
  changes.emplace_back(ErasedDevice{id});
  changes.emplace_back(ErasedSession{id});
  for (const DeviceToken& token : tokens_of(id)) {
    changes.emplace_back(ErasedDeviceToken{id, token.client_id});
  }
  storage_.write(std::move(changes),
                 [this, device = view->device, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) put_device(device);
                   done(std::move(kept));
                 });
}

// Only what `change` says: whether the device is connected stays as it is meanwhile.
template <class Change>
void Registry::change_device(DeviceId id, Changes riders, Change change, Done<void> done) {
  const std::lock_guard lock(writers_);
  std::shared_ptr<const Device> before;
  std::shared_ptr<const Device> after;
  devices_.update(id, [&](DeviceEntry& entry) {
    before = entry.device;
    Device changed = *before;
    change(changed);
    after = entry.device = std::make_shared<const Device>(std::move(changed));
  });
  if (!before) return done(fail(Code::device_not_found));
  riders.emplace_back(Record(*after));
  storage_.write(std::move(riders),
                 [this, id, before, after, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) {
                     devices_.update(id, [&](DeviceEntry& entry) {
                       if (entry.device == after) entry.device = before;
                     });
                   }
                   done(std::move(kept));
                 });
}

void Registry::set_disabled(DeviceId id, bool disabled, Changes riders, Done<void> done) {
  change_device(
      id, std::move(riders), [disabled](Device& device) { device.disabled = disabled; },
      std::move(done));
}

void Registry::reset_device(DeviceId id, Changes riders, Done<void> done) {
  for (const DeviceToken& token : tokens_of(id)) {
    riders.emplace_back(ErasedDeviceToken{id, token.client_id});
  }
  tokens_.erase(id);
  change_device(
      id, std::move(riders), [](Device& device) { device.reset = true; }, std::move(done));
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
  devices_.update(id, [&](DeviceEntry& entry) {
    Device after = *entry.device;
    counts = !after.activated || after.reset;
    if (!after.activated) after.activated = at;
    after.reset = false;
    after.last_online = at;
    after.address = std::move(address);
    entry = {std::make_shared<const Device>(std::move(after)), true};
    if (counts) storage_.write_soon({Record(*entry.device)});
  });
  if (!counts) see(id);
}

void Registry::set_offline(DeviceId id, Time at) {
  devices_.update(id, [&](DeviceEntry& entry) {
    Device after = *entry.device;
    after.last_online = at;
    entry = {std::make_shared<const Device>(std::move(after)), false};
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
      const auto entry = devices_.find(seen.extract(seen.begin()).value());
      if (entry) changes.emplace_back(Record(*entry->device));
    }
    if (!changes.empty()) storage_.write_soon(std::move(changes));
  }
}

}  // namespace herald
