#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "api/errors.h"
#include "api/http.h"

namespace herald::api {

enum class Format : std::uint8_t { json, xml };

// The fields that an operation answers beside RequestId and Success. An array under a key is a list
// of that key's elements, in both formats: openapi-gateway.md, sections 6.2 and 6.3.
using Reply = boost::json::object;

// What every answer to a call carries.
struct Envelope {
  std::string request_id;
  Format format = Format::xml;
  std::string action;    // Names the root element; never text that was not looked up.
  std::string host_id;   // Of the gateway's own errors.
  std::string headroom;  // Of the quota: openapi-gateway.md, section 6.4. Empty: there is none.
  std::string origin;    // Of this server as the caller addressed it: api/error_pages.h.
  bool tells_success = true;  // `Success` in an answer that is one.
};

HttpResponse success(const Envelope& envelope, Reply reply);
HttpResponse failure(const Envelope& envelope, const Error& error);

}  // namespace herald::api
