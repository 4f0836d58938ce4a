#pragma once

#include "api/operation.h"

namespace herald::api {

// QueryMessageInfo: what was published, in either direction. operations.md, section 1.
Operation query_message_info();

}  // namespace herald::api
