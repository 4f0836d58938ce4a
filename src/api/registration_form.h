#pragma once

#include "api/http.h"
#include "core/registration.h"

namespace herald::api {

// POST /auth/register/device: a form in, JSON out. device-mqtt.md, section 4.
void answer_registration(const HttpRequest& request, const Registration& registration,
                         Respond respond);

}  // namespace herald::api
