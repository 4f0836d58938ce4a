#pragma once

#include <optional>
#include <string_view>

namespace herald {

// Which device a topic, or a filter, is about: the part `${productKey}/${deviceName}` of it, at the
// place where topics of this kind have it: device-mqtt.md, sections 9, 11, 13 and 14. Nothing where
// no device is named.
std::optional<std::string_view> device_in_topic(std::string_view topic);

}  // namespace herald
