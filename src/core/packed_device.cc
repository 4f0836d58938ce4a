#include "core/packed_device.h"

#include <cstring>
#include <utility>

#include "store/codec.h"

namespace herald {
namespace {

// The first byte says what is so and what follows.
enum Flag : std::uint8_t {
  is_online = 1U << 0U,
  is_disabled = 1U << 1U,
  is_reset = 1U << 2U,
  was_active = 1U << 3U,
  was_online = 1U << 4U,
  has_details = 1U << 5U,  // Nickname, address, certificate, tags.
};

bool is_detailed(const Device& device) {
  return !device.nickname.empty() || !device.address.empty() || !device.certificate.empty() ||
         !device.tags.empty();
}

std::string pack(const Device& device, const ProductKey* product, bool online) {
  unsigned flags = 0;
  if (online) flags |= is_online;
  if (device.disabled) flags |= is_disabled;
  if (device.reset) flags |= is_reset;
  if (device.activated) flags |= was_active;
  if (device.last_online) flags |= was_online;
  if (is_detailed(device)) flags |= has_details;
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(flags));
  writer.raw({reinterpret_cast<const char*>(&product), sizeof product});
  writer.text(device.name.view());
  writer.text(device.iot_id);
  writer.time(device.created);
  if (device.activated) writer.time(*device.activated);
  if (device.last_online) writer.time(*device.last_online);
  if (is_detailed(device)) {
    writer.text(device.nickname);
    writer.text(device.address);
    writer.text(device.certificate);
    writer.varint(device.tags.size());
    for (const auto& [key, value] : device.tags) {
      writer.text(key);
      writer.text(value);
    }
  }
  return writer.take();
}

}  // namespace

PackedDevice::PackedDevice(const Device& device, const ProductKey& product, bool online)
    : bytes_(pack(device, &product, online)) {}

bool PackedDevice::online() const {
  return (static_cast<std::uint8_t>(bytes_.view().front()) & is_online) != 0;
}

Device PackedDevice::device(DeviceId id) const {
  Reader reader(bytes_.view());
  const unsigned flags = reader.u8();
  const ProductKey* product = nullptr;
  std::memcpy(&product, reader.raw(sizeof product).data(), sizeof product);
  Device device{.id = id,
                .product = *product,
                .name = DeviceName::parse(reader.text()).value(),
                .iot_id = reader.string(),
                .disabled = (flags & is_disabled) != 0,
                .created = reader.time(),
                .reset = (flags & is_reset) != 0};
  if ((flags & was_active) != 0) device.activated = reader.time();
  if ((flags & was_online) != 0) device.last_online = reader.time();
  if ((flags & has_details) != 0) {
    device.nickname = reader.string();
    device.address = reader.string();
    device.certificate = reader.string();
    for (std::size_t left = reader.count(); left > 0; --left) {
      std::string key = reader.string();
      device.tags.emplace_back(std::move(key), reader.string());
    }
  }
  return device;
}

}  // namespace herald
