#include "net/tls_layer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/limits.h"

namespace herald::net {

struct TlsLayer::Wire {
  std::string_view in;
  std::string* out = nullptr;
};

namespace {

constexpr std::size_t record_bytes_max = 16 * limits::KiB;

// OpenSSL's way to a network, here to two pieces of memory that are there during a call.
template <class Wire>
BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "herald");
  BIO_meth_set_read(method, [](BIO* bio, char* to, int size) {
    auto& in = static_cast<Wire*>(BIO_get_data(bio))->in;
    BIO_clear_retry_flags(bio);
    if (in.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const std::size_t count = std::min(in.size(), static_cast<std::size_t>(size));
    in.copy(to, count);
    in.remove_prefix(count);
    return static_cast<int>(count);
  });
  BIO_meth_set_write(method, [](BIO* bio, const char* bytes, int size) {
    auto* out = static_cast<Wire*>(BIO_get_data(bio))->out;
    BIO_clear_retry_flags(bio);
    if (out != nullptr) out->append(bytes, static_cast<std::size_t>(size));
    return size;
  });
  BIO_meth_set_ctrl(
      method, [](BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1L : 0L; });
  return method;
}

}  // namespace

TlsLayer::TlsLayer(SSL_CTX* context)
    : wire_(std::make_unique<Wire>()), ssl_(SSL_new(context), &SSL_free) {
  static BIO_METHOD* const method = make_method<Wire>();
  BIO* bio = BIO_new(method);
  BIO_set_data(bio, wire_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // It belongs to ssl_ now.
  SSL_set_accept_state(ssl_.get());
}

TlsLayer::~TlsLayer() = default;

bool TlsLayer::receive(std::string_view bytes, std::string& plain, std::string& reply) {
  ERR_clear_error();
  *wire_ = {.in = bytes, .out = &reply};
  bool open = true;
  while (true) {
    // Room for one record at a time, at the end of what is there.
    const std::size_t size = plain.size();
    plain.resize(size + record_bytes_max);
    const int count = SSL_read(ssl_.get(), plain.data() + size, static_cast<int>(record_bytes_max));
    plain.resize(size + static_cast<std::size_t>(std::max(count, 0)));
    if (count > 0) continue;
    open = SSL_get_error(ssl_.get(), count) == SSL_ERROR_WANT_READ;
    break;
  }
  *wire_ = {};
  return open;
}

void TlsLayer::seal(std::string_view plain, std::string& out) {
  ERR_clear_error();
  *wire_ = {.in = {}, .out = &out};
  // One call writes all of it: what it writes to never is full.
  if (!plain.empty()) SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
  *wire_ = {};
}

void TlsLayer::close(std::string& out) {
  ERR_clear_error();
  *wire_ = {.in = {}, .out = &out};
  if (SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
  *wire_ = {};
}

std::string TlsLayer::certificate() const {
  const std::unique_ptr<X509, void (*)(X509*)> shown(SSL_get1_peer_certificate(ssl_.get()),
                                                     &X509_free);
  if (!shown || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  X509_digest(shown.get(), EVP_sha256(), digest.data(), &size);
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

}  // namespace herald::net
