#include "app/master_key.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "app/private_file.h"
#include "base/crypto.h"

namespace herald::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_bytes = 32;

}  // namespace

fs::path master_key_file(const fs::path& data, const fs::path& file) {
  if (!file.empty()) return file;
  return std::getenv(master_key_variable) != nullptr ? fs::path() : data / "master.key";
}

Result<MasterKey> MasterKey::find(const fs::path& data, const fs::path& file, bool make) {
  const fs::path named = master_key_file(data, file);
  if (named.empty()) return parse(std::getenv(master_key_variable), master_key_variable);
  std::error_code error;
  if (file.empty() && make && !fs::exists(named, error) && !error) {
    if (auto written = random().write(named); !written) return tl::unexpected(written.error());
  }
  return read(named);
}

Result<MasterKey> MasterKey::read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return fail(Code::failed, "the master key cannot be read from " + file.string() +
                                  "; without it the store stays closed");
  }
  // More than a key, and no more than is needed to see that.
  std::string text(2 * key_bytes + 3, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse(text, file.string());
}

Result<MasterKey> MasterKey::parse(std::string_view text, std::string_view source) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  auto bytes = from_hex(text);
  if (!bytes || bytes->size() != key_bytes) {
    return fail(Code::malformed, std::string(source) + " is no master key: 64 hexadecimal digits");
  }
  return MasterKey(*std::move(bytes));
}

MasterKey MasterKey::random() { return MasterKey(random_bytes(key_bytes)); }

Result<void> MasterKey::write(const fs::path& file) const {
  return write_file(file, to_hex(bytes_) + "\n", Readers::owner);
}

std::string MasterKey::derived(std::string_view use) const {
  return hmac(Digest::sha256, bytes_, use);
}

}  // namespace herald::app
