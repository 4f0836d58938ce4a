#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http.h"
#include "api/operation.h"

namespace herald::api {

// This server as the caller addressed it, `http://host:port`; empty where the Host header is
// missing or has characters that no host has.
std::string origin_of(const HttpRequest& request);

// The page that explains a code.
std::string error_page_address(std::string_view origin, std::string_view code);

// What stands under /errors: an index, a page for each row of api/errors.cc, and their style.
// Nothing: the path is another one. Open to everybody; tells nothing about this server.
std::optional<HttpResponse> error_page(const HttpRequest& request,
                                       std::span<const Operation> operations);

}  // namespace herald::api
