#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/result.h"

namespace herald::net {

// What a server shows, and whom it trusts. All PEM.
struct TlsFiles {
  std::filesystem::path certificate_chain;
  std::filesystem::path private_key;
  // Authorities whose certificates devices may sign in with; empty: they are not asked for any.
  std::filesystem::path device_authorities;
};

// TLS 1.2 and 1.3 as these files say, which may be read again while connections are open: those
// keep what they began with. Any thread.
class TlsContexts {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;

  // Errors: failed.
  static Result<std::shared_ptr<TlsContexts>> open(TlsFiles files);

  Context current() const;
  // When the files have changed since, or always. Errors: failed; nothing changes then.
  Result<void> reload(bool always);
  // Other files from now on. Errors: failed; nothing changes then.
  Result<void> use(TlsFiles files);

 private:
  explicit TlsContexts(TlsFiles files) : files_(std::move(files)) {}
  using Stamps = std::array<std::filesystem::file_time_type, 3>;
  static Stamps stamps_of(const TlsFiles& files);
  Result<void> read(const TlsFiles& files);

  std::mutex reading_;  // One at a time reads files; guards these two.
  TlsFiles files_;
  Stamps read_at_{};
  mutable std::mutex mutex_;
  Context current_;
};

}  // namespace herald::net
