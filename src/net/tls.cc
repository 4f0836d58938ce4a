#include "net/tls.h"

#include <utility>

namespace herald::net {
namespace {

namespace ssl = boost::asio::ssl;

Result<ssl::context> make_context(const TlsFiles& files) {
  ssl::context context(ssl::context::tls_server);
  boost::system::error_code error;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                          ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                          ssl::context::no_tlsv1_1,
                      error);
  // Idle connections give their buffers back, and nobody negotiates twice.
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION);
  // Sessions are resumed by tickets: the server keeps none.
  SSL_CTX_set_session_cache_mode(context.native_handle(), SSL_SESS_CACHE_OFF);
  if (!error) context.use_certificate_chain_file(files.certificate_chain.string(), error);
  if (error) return fail(Code::failed, files.certificate_chain.string() + ": " + error.message());
  context.use_private_key_file(files.private_key.string(), ssl::context::pem, error);
  if (error) return fail(Code::failed, files.private_key.string() + ": " + error.message());
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return fail(Code::failed, files.private_key.string() + " is not the key of " +
                                  files.certificate_chain.string());
  }
  if (files.device_authorities.empty()) return context;
  context.load_verify_file(files.device_authorities.string(), error);
  if (error) return fail(Code::failed, files.device_authorities.string() + ": " + error.message());
  // Asked for and not required: devices with secrets use the same port.
  SSL_CTX_set_verify(context.native_handle(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_id_context(context.native_handle(),
                                 reinterpret_cast<const unsigned char*>("herald"), 6);
  return context;
}

}  // namespace

Result<std::shared_ptr<TlsContexts>> TlsContexts::open(TlsFiles files) {
  std::shared_ptr<TlsContexts> made(new TlsContexts(std::move(files)));
  if (auto read = made->reload(/*always=*/true); !read) {
    return tl::unexpected(std::move(read.error()));
  }
  return made;
}

TlsContexts::Context TlsContexts::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

TlsContexts::Stamps TlsContexts::stamps_of(const TlsFiles& files) {
  std::error_code unreadable;  // Then reading it will say so.
  return {std::filesystem::last_write_time(files.certificate_chain, unreadable),
          std::filesystem::last_write_time(files.private_key, unreadable),
          std::filesystem::last_write_time(files.device_authorities, unreadable)};
}

Result<void> TlsContexts::read(const TlsFiles& files) {
  auto made = make_context(files);
  if (!made) return tl::unexpected(std::move(made.error()));
  auto context = std::make_shared<ssl::context>(std::move(*made));
  const std::lock_guard lock(mutex_);
  current_ = std::move(context);
  return {};
}

Result<void> TlsContexts::reload(bool always) {
  const std::lock_guard lock(reading_);
  const Stamps now = stamps_of(files_);
  if (!always && now == read_at_) return {};
  read_at_ = now;  // A file that cannot be read is not tried again before it changes.
  return read(files_);
}

Result<void> TlsContexts::use(TlsFiles files) {
  const std::lock_guard lock(reading_);
  const Stamps now = stamps_of(files);
  if (auto done = read(files); !done) return done;
  files_ = std::move(files);
  read_at_ = now;
  return {};
}

}  // namespace herald::net
