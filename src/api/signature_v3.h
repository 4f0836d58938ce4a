#pragma once

#include "api/canonical.h"
#include "api/signature.h"

// ACS3-HMAC-SHA256: openapi-gateway.md, section 4.
namespace herald::api::v3 {

// Errors: missing_parameter, signature_incomplete.
Result<Claim> read_claim(const HttpRequest& request);

bool is_signed(const Claim& claim, const HttpRequest& request, const Params& params,
               std::string_view secret);

void write_mismatch(Sink& sink, const Claim& claim, const HttpRequest& request,
                    const Params& params);

}  // namespace herald::api::v3
