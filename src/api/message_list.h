#pragma once

#include "api/operation.h"

namespace herald::api {

// What an account has published of late, with what became of each; and how much it was over a day.
Operation query_message_list();
Operation query_message_statistics();

}  // namespace herald::api
