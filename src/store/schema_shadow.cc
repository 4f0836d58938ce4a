#include "store/schema_shadow.h"

namespace herald::schema {
namespace {

std::string place_of(DeviceId device) { return "s" + number(device.value); }

}  // namespace

Entry entry(const DeviceShadow& shadow) {
  Writer writer;
  writer.varint(shadow.device.value);
  writer.text(shadow.document);
  return {Family::registry, place_of(shadow.device), writer.take()};
}

Entry entry(const ErasedDeviceShadow& erased) {
  return {Family::registry, place_of(erased.device), std::nullopt};
}

DeviceShadow shadow_from(Reader& reader) {
  DeviceShadow shadow;
  shadow.device = DeviceId{reader.varint()};
  shadow.document = reader.string();
  return shadow;
}

}  // namespace herald::schema
