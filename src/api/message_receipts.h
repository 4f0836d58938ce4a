#pragma once

#include "api/operation.h"

namespace herald::api {

// Herald's own: what became of a message at each of its recipients.
Operation query_message_receipts();

}  // namespace herald::api
