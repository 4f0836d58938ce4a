#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace herald::app {

struct CertificateFiles {
  std::filesystem::path ca;  // For callers to trust.
  std::filesystem::path chain;
  std::filesystem::path key;
};

// Where a data directory keeps its certificates.
CertificateFiles certificate_files(const std::filesystem::path& data);

// Makes a certificate authority of its own and a server certificate for this machine's loopback
// names and `hosts` (names or addresses), so that HTTPS works at once. Keys are readable by their
// owner only. Errors: failed.
Result<void> make_development_certificate(const std::filesystem::path& data,
                                          const std::vector<std::string>& hosts);

}  // namespace herald::app
