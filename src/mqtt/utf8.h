#pragma once

#include <string_view>

namespace herald::mqtt {

// Whether `bytes` may stand in a string of MQTT: well-formed UTF-8, hence without surrogates and
// overlong forms, and without U+0000 ([MQTT-1.5.3-1], [MQTT-1.5.3-2]).
bool is_text(std::string_view bytes);

}  // namespace herald::mqtt
