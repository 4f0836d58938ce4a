#pragma once

#include "api/http.h"
#include "core/registration.h"

namespace herald::api {

// POST /auth/register/device: a form in, JSON out. device-mqtt.md, section 4.
HttpResponse answer_registration(const HttpRequest& request, const Registration& registration);

}  // namespace herald::api
