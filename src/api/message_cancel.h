#pragma once

#include "api/operations.h"

namespace herald::api {

// CancelMessage, Herald's own: ends a message for those of its recipients who wait for it still.
Operation cancel_message(const ApiLimits& api_limits);

}  // namespace herald::api
