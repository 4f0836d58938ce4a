#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

// The caller's side of signature V1, for Herald's own clients: openapi-gateway.md, section 3.
namespace herald::api {

struct Call {
  std::string action;
  std::string version = "2018-01-20";                       // Of the service that has the action.
  std::vector<std::pair<std::string, std::string>> params;  // Of the operation, in any order.
  std::string access_key;
  std::string secret;
  Time time;
  std::string nonce;  // New for every call.
  std::string format = "JSON";
  bool in_form = false;  // A POST with all parameters in its body; else a GET.
};

// What to send to the server.
struct SignedCall {
  std::string method;
  std::string target;
  std::string content_type;
  std::string body;
};

SignedCall sign(const Call& call);

}  // namespace herald::api
