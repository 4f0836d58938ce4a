#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/caller.h"
#include "net/sockets.h"

namespace herald::bench {

// openapi-gateway.md, sections 3 and 4.
enum class Signature : std::uint8_t { v1, v3 };

// A call as whole bytes of HTTP, with a nonce and the time of now: V1 with its parameters in a
// form, as client::Caller sends it, V3 in the query, as Alibaba's SDKs do.
std::string signed_request(Signature signature, const net::Address& api,
                           const client::AccessKeyPair& key, std::string_view action,
                           const client::CallParameters& parameters);

}  // namespace herald::bench
