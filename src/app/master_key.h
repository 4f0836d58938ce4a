#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

// The one secret that is not in the store, and that opens the secrets which are: 32 bytes, in hex
// where people see them. It is in the environment (HERALD_MASTER_KEY), in a file that the operator
// names, or in the data directory's `master.key`.
namespace herald::app {

constexpr const char* master_key_variable = "HERALD_MASTER_KEY";

class MasterKey {
 public:
  // `file` is what the operator names; empty: the data directory's own, unless the environment has
  // a key. With `make` the data directory's own is made when it is not there. Errors: failed;
  // malformed (no key of 64 hexadecimal digits).
  static Result<MasterKey> find(const std::filesystem::path& data,
                                const std::filesystem::path& file, bool make);
  static Result<MasterKey> read(const std::filesystem::path& file);
  static MasterKey random();

  // Only its owner may read it. Errors: failed.
  Result<void> write(const std::filesystem::path& file) const;

  // Keys for one use each, of which none tells another one.
  std::string sealing() const { return derived("herald: sealed secrets"); }
  std::string security_tokens() const { return derived("herald: security tokens"); }

 private:
  explicit MasterKey(std::string bytes) : bytes_(std::move(bytes)) {}
  static Result<MasterKey> parse(std::string_view text, std::string_view source);
  std::string derived(std::string_view use) const;
  std::string bytes_;
};

// The file that `find` reads; empty: the environment.
std::filesystem::path master_key_file(const std::filesystem::path& data,
                                      const std::filesystem::path& file);

}  // namespace herald::app
