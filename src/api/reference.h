#pragma once

#include <span>
#include <string>

#include "api/operation.h"

namespace herald::api {

// The declarations as docs/operations.md, in Markdown.
std::string reference(std::span<const Operation> operations);

}  // namespace herald::api
