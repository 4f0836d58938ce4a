#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "core/publisher.h"
#include "core/system_topics.h"

namespace herald {

// What `/ext/ntp/{pk}/{dn}/request` is answered with, device-mqtt.md section 11; nothing when the
// request cannot be read. Times are text or numbers as in the request.
std::optional<std::string> ntp_answer(std::string_view request, Time received, Time sent);

// Answers the device whose request this is.
void answer_ntp(const SystemMessage& request, Publisher& publisher, const Clock& clock);

}  // namespace herald
