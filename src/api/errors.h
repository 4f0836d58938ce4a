#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace herald::api {

// What callers see of one herald::Code: errors.md and openapi-gateway.md, section 7. The rows
// answer calls and make the reference.
struct ErrorRow {
  Code code;
  std::string_view name;     // `{}` stands for the parameter's name.
  int status;                // 200 marks the failure of an operation, all others are the gateway's.
  std::string_view message;  // `{}` stands for the detail.
  std::string_view advice;   // What the caller can do.
};

std::span<const ErrorRow> error_rows();
const ErrorRow& row_of(Code code);

// One error as it is answered.
struct ApiError {
  std::string name;
  std::string message;
  int status;
  bool of_gateway() const { return status != 200; }
};
ApiError describe(const Error& error);

}  // namespace herald::api
