#include "net/tls.h"

namespace herald::net {

Result<boost::asio::ssl::context> make_tls_context(const std::filesystem::path& certificate_chain,
                                                   const std::filesystem::path& private_key) {
  namespace ssl = boost::asio::ssl;
  ssl::context context(ssl::context::tls_server);
  boost::system::error_code error;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                          ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                          ssl::context::no_tlsv1_1,
                      error);
  // Idle connections give their buffers back.
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  if (!error) context.use_certificate_chain_file(certificate_chain.string(), error);
  if (error) return fail(Code::failed, certificate_chain.string() + ": " + error.message());
  context.use_private_key_file(private_key.string(), ssl::context::pem, error);
  if (error) return fail(Code::failed, private_key.string() + ": " + error.message());
  return context;
}

}  // namespace herald::net
