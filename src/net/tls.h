#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>

#include "base/result.h"

namespace herald::net {

// TLS 1.2 and 1.3 with this certificate chain and key, both PEM. Errors: failed.
Result<boost::asio::ssl::context> make_tls_context(const std::filesystem::path& certificate_chain,
                                                   const std::filesystem::path& private_key);

}  // namespace herald::net
