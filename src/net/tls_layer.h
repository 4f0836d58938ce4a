#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

namespace herald::net {

// TLS on one connection as a function of bytes: no socket. OpenSSL keeps the beginning of a record
// itself and gives its buffers back when they are empty. One thread.
class TlsLayer {
 public:
  // The server's side. `context` outlives the layer.
  explicit TlsLayer(SSL_CTX* context);
  ~TlsLayer();
  TlsLayer(const TlsLayer&) = delete;
  TlsLayer& operator=(const TlsLayer&) = delete;

  // Handles what arrived: appends what it says to `plain`, and what has to be sent back to `reply`.
  // False: the conversation is over, once `reply` was sent.
  bool receive(std::string_view bytes, std::string& plain, std::string& reply);
  // Appends to `out` what has to be sent for `plain` to arrive. Only once the handshake is done.
  void seal(std::string_view plain, std::string& out);
  // Says good-bye.
  void close(std::string& out);

  // SHA-256 in hex of the client's certificate, if it sent one that was verified.
  std::string certificate() const;

 private:
  struct Wire;  // What OpenSSL reads from and writes to.
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
};

}  // namespace herald::net
