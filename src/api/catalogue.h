#pragma once

#include <span>
#include <string>

#include "api/operation.h"

namespace herald::api {

// describe() as one JSON document, for those who only hand it on.
std::string catalogue(std::span<const Operation> operations);

}  // namespace herald::api
