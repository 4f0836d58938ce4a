#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "api/params.h"
#include "base/result.h"

namespace herald::api {

// openapi-gateway.md, sections 3 and 4: HMAC-SHA1 over all parameters, or HMAC-SHA256 over the
// query, some headers and the body.
enum class Scheme { v1, v3 };

// V3 is meant by its Authorization header alone: V1 clients send x-acs-* headers, too.
Scheme scheme_of(const HttpRequest& request);

// What a request says about itself. Nothing of it is believed before its signature was checked.
// Views into the request and its parameters.
struct Claim {
  Scheme scheme = Scheme::v1;
  std::string_view action;
  std::string_view version;
  std::string_view access_key;
  std::string_view timestamp;
  std::string_view nonce;
  std::string_view signature;
  std::string_view security_token;
  std::string_view method;          // V1: SignatureMethod.
  std::string_view method_version;  // V1: SignatureVersion.
  std::string_view signed_headers;  // V3: as the client lists them.
};

// Errors: missing_parameter, invalid_parameter (it is doubled), signature_incomplete (a V3 header
// that is absent, doubled or not signed, or a list of signed headers that does not ascend).
Result<Claim> read_claim(const HttpRequest& request, const Params& params);

// Whether the claim was made by one who knows `secret`, in a time that tells nothing about it.
bool is_signed(const Claim& claim, const HttpRequest& request, const Params& params,
               std::string_view secret);

// The text of the answer to a mismatch. It shows what the server signed, at most 64 KiB of it: Java
// and Go SDKs compare that with their own text to find out whether only the secret was wrong.
std::string mismatch_message(const Claim& claim, const HttpRequest& request, const Params& params);

// Base64. `sorted` as Params::sorted(); a parameter called Signature is left out.
std::string sign_v1(std::string_view secret, std::string_view http_method,
                    std::span<const Parameter> sorted);

}  // namespace herald::api
