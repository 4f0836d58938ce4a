#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::api {

// One request as net has read it, whole; nothing is decoded yet.
struct HttpRequest {
  std::string method;  // As sent.
  std::string target;  // The request target: path and query, still percent-encoded.
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case, order kept.
  std::string body;
  std::string peer;     // The caller's address, for logs.
  bool secure = false;  // Came by HTTPS.

  // The first header of this (lower-case) name, or nothing.
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Called exactly once, on any thread.
using Respond = std::move_only_function<void(HttpResponse)>;

}  // namespace herald::api
