// Any bytes as what a stranger sends to the device port: the first one tells what is spoken, and
// what lies inside of TLS is told apart once more. A handshake that is not one ends; nothing
// crashes.

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "check.h"
#include "net/tls_layer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using herald::fuzz::check;
  static SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::size_t piece : {size + 1, std::size_t{1}, std::size_t{5}}) {
    herald::net::TlsLayer tls(context);
    std::string plain, reply;
    bool open = true;
    for (std::size_t at = 0; at < bytes.size() && open; at += piece) {
      open = tls.receive(bytes.substr(at, piece), plain, reply);
    }
    check(plain.empty(), "without a certificate nobody gets in");
    check(reply.size() <= 4096, "answers are short");
    tls.close(reply);
  }
  return 0;
}
