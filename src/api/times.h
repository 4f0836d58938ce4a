#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// Times as callers write and read them: operations.md, conventions.
namespace herald::api {

// `2024-05-20T12:00:00Z` and nothing else.
std::optional<Time> parse_timestamp(std::string_view text);

std::string timestamp_text(Time time);  // 2024-05-20T12:00:00Z
std::string utc_text(Time time);        // 2024-05-20T12:00:00.000Z, as in Utc fields.
std::string gmt_date_text(Time time);   // Wed, 20-Feb-2019 02:16:09 GMT, as in QueryDevice.
std::string gmt_text(Time time);        // 2024-05-20 20:00:00, UTC+8 in spite of the fields' name.

}  // namespace herald::api
