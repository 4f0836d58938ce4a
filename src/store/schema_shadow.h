#pragma once

#include "model/records.h"
#include "store/codec.h"
#include "store/schema.h"

namespace herald::schema {

// Device shadows in the family `registry`, under 's' and the DeviceId.
Entry entry(const DeviceShadow& shadow);
Entry entry(const ErasedDeviceShadow& erased);
DeviceShadow shadow_from(Reader& reader);

}  // namespace herald::schema
