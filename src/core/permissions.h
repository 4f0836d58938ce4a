#pragma once

#include <string_view>

#include "model/records.h"
#include "model/topic.h"

namespace herald {

// What a device may do with a topic, by device-mqtt.md, section 9: custom topics as the categories
// of its product say, system topics of its own, never those of another device.
bool may_subscribe(const Product& product, const DeviceName& device, std::string_view filter,
                   const TopicLimits& limits = {});
bool may_publish(const Product& product, const DeviceName& device, std::string_view topic,
                 const TopicLimits& limits = {});

}  // namespace herald
