#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

namespace herald {
namespace {

const EVP_MD* md_of(Digest digest) {
  // Fetched once: an implicit fetch for every hash costs more than hashing a short text.
  static const std::array<EVP_MD*, 3> fetched = {EVP_MD_fetch(nullptr, "MD5", nullptr),
                                                 EVP_MD_fetch(nullptr, "SHA1", nullptr),
                                                 EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  return fetched[static_cast<std::size_t>(digest)];
}

[[noreturn]] void openssl_failed() { throw std::runtime_error("OpenSSL refuses a digest"); }

// Contexts are kept per thread: making one costs about as much as a short HMAC.
std::vector<EVP_MD_CTX*>& spare_contexts() {
  struct Spares {
    std::vector<EVP_MD_CTX*> list;
    ~Spares() {
      for (auto* context : list) EVP_MD_CTX_free(context);
    }
  };
  static thread_local Spares spares;
  return spares.list;
}

EVP_MD_CTX* take_context() {
  auto& spares = spare_contexts();
  if (spares.empty()) return EVP_MD_CTX_new();
  auto* context = spares.back();
  spares.pop_back();
  return context;
}

constexpr std::size_t hmac_block = 64;  // Of all three digests, RFC 2104.

}  // namespace

struct Hasher::Context {
  Digest digest;
  EVP_MD_CTX* md = take_context();
  std::string outer_pad;  // Empty for a plain hash.

  ~Context() {
    OPENSSL_cleanse(outer_pad.data(), outer_pad.size());
    spare_contexts().push_back(md);
  }
  void start() {
    if (EVP_DigestInit_ex2(md, md_of(digest), nullptr) != 1) openssl_failed();
  }
  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(md, out.data(), &size) != 1) openssl_failed();
    return {reinterpret_cast<const char*>(out.data()), size};
  }
};

Hasher::Hasher(std::unique_ptr<Context> context) : context_(std::move(context)) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher Hasher::hash(Digest digest) {
  auto context = std::make_unique<Context>();
  context->digest = digest;
  context->start();
  return Hasher(std::move(context));
}

Hasher Hasher::hmac(Digest digest, std::string_view key) {
  std::string pad = key.size() > hmac_block ? herald::hash(digest, key) : std::string(key);
  pad.resize(hmac_block, '\0');
  auto context = std::make_unique<Context>();
  context->digest = digest;
  context->start();
  for (char& c : pad) c = static_cast<char>(c ^ 0x36);
  EVP_DigestUpdate(context->md, pad.data(), pad.size());
  for (char& c : pad) c = static_cast<char>(c ^ 0x36 ^ 0x5c);
  context->outer_pad = std::move(pad);
  return Hasher(std::move(context));
}

void Hasher::add(std::string_view data) {
  if (EVP_DigestUpdate(context_->md, data.data(), data.size()) != 1) openssl_failed();
}

std::string Hasher::finish() {
  std::string inner = context_->finish();
  if (context_->outer_pad.empty()) return inner;
  context_->start();
  add(context_->outer_pad);
  add(inner);
  return context_->finish();
}

std::string hash(Digest digest, std::string_view data) {
  Hasher hasher = Hasher::hash(digest);
  hasher.add(data);
  return hasher.finish();
}

std::string hmac(Digest digest, std::string_view key, std::string_view data) {
  Hasher hasher = Hasher::hmac(digest, key);
  hasher.add(data);
  return hasher.finish();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    throw std::runtime_error("the operating system gives no random bytes");
  }
  return bytes;
}

std::string random_name(std::size_t count) {
  constexpr std::string_view alphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string name;
  name.reserve(count);
  while (name.size() < count) {
    for (const char c : random_bytes(count)) {
      const auto six_bits = static_cast<unsigned char>(c) & 63U;
      // The two values past the alphabet are drawn again, so that no letter is likelier.
      if (six_bits < alphabet.size() && name.size() < count) name.push_back(alphabet[six_bits]);
    }
  }
  return name;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(digits[byte >> 4U]);
    text.push_back(digits[byte & 15U]);
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  const auto value_of = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value_of(text[i]);
    const int low = value_of(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

namespace {
constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < base64_alphabet.size(); ++i) {
    values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr auto base64_values = make_base64_values();
}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    text.push_back(base64_alphabet[group >> 18U]);
    text.push_back(base64_alphabet[group >> 12U & 63U]);
    text.push_back(i + 1 < bytes.size() ? base64_alphabet[group >> 6U & 63U] : '=');
    text.push_back(i + 2 < bytes.size() ? base64_alphabet[group & 63U] : '=');
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.ends_with("==") && text.size() % 4 == 0) {
    text.remove_suffix(2);
  } else if (text.ends_with('=') && text.size() % 4 == 0) {
    text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes(text.size() * 3 / 4, '\0');
  std::size_t out = 0;
  std::uint32_t group = 0;
  int invalid = 0;
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value{base64_values[static_cast<unsigned char>(text[i + k])]};
      invalid |= value;
      group = group << 6U | (static_cast<std::uint32_t>(value) & 63U);
    }
    bytes[out++] = static_cast<char>(group >> 16U);
    bytes[out++] = static_cast<char>(group >> 8U);
    bytes[out++] = static_cast<char>(group);
  }
  group = 0;
  const std::size_t rest = text.size() - i;
  for (std::size_t k = 0; k < rest; ++k) {
    const int value{base64_values[static_cast<unsigned char>(text[i + k])]};
    invalid |= value;
    group = group << 6U | (static_cast<std::uint32_t>(value) & 63U);
  }
  if (rest == 2) {
    bytes[out++] = static_cast<char>(group >> 4U);
  } else if (rest == 3) {
    bytes[out++] = static_cast<char>(group >> 10U);
    bytes[out++] = static_cast<char>(group >> 2U);
  }
  if (invalid < 0) return std::nullopt;
  return bytes;
}

namespace {

constexpr std::size_t seal_key_bytes = 32, seal_nonce_bytes = 12, seal_tag_bytes = 16;

const unsigned char* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* unsigned_bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// Kept per thread, as the digests are.
EVP_CIPHER_CTX* cipher_context() {
  struct Context {
    EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
    ~Context() { EVP_CIPHER_CTX_free(cipher); }
  };
  static thread_local Context context;
  return context.cipher;
}
const EVP_CIPHER* aes_256_gcm() {
  static EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

constexpr std::uint64_t scrypt_n = 16'384, scrypt_r = 8, scrypt_p = 1, scrypt_bytes = 64U << 20U;

std::string scrypt(std::string_view password, std::string_view salt) {
  std::string key(32, '\0');
  if (EVP_PBE_scrypt(password.data(), password.size(), unsigned_bytes(salt), salt.size(), scrypt_n,
                     scrypt_r, scrypt_p, scrypt_bytes, unsigned_bytes(key), key.size()) != 1) {
    openssl_failed();
  }
  return key;
}

}  // namespace

std::string seal(std::string_view key, std::string_view text, std::string_view place) {
  if (key.size() != seal_key_bytes) openssl_failed();
  const std::string nonce = random_bytes(seal_nonce_bytes);
  std::string cipher(text.size(), '\0');
  std::string tag(seal_tag_bytes, '\0');
  int size = 0;
  auto* const context = cipher_context();
  if (EVP_EncryptInit_ex2(context, aes_256_gcm(), unsigned_bytes(key), unsigned_bytes(nonce),
                          nullptr) != 1 ||
      EVP_EncryptUpdate(context, nullptr, &size, unsigned_bytes(place),
                        static_cast<int>(place.size())) != 1 ||
      EVP_EncryptUpdate(context, unsigned_bytes(cipher), &size, unsigned_bytes(text),
                        static_cast<int>(text.size())) != 1 ||
      EVP_EncryptFinal_ex(context, unsigned_bytes(cipher) + size, &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, seal_tag_bytes, tag.data()) != 1) {
    openssl_failed();
  }
  return nonce + cipher + tag;
}

std::optional<std::string> unseal(std::string_view key, std::string_view sealed,
                                  std::string_view place) {
  if (key.size() != seal_key_bytes) openssl_failed();
  if (sealed.size() < seal_nonce_bytes + seal_tag_bytes) return std::nullopt;
  const std::string_view nonce = sealed.substr(0, seal_nonce_bytes);
  const std::string_view cipher =
      sealed.substr(seal_nonce_bytes, sealed.size() - seal_nonce_bytes - seal_tag_bytes);
  std::string tag(sealed.substr(sealed.size() - seal_tag_bytes));
  std::string text(cipher.size(), '\0');
  int size = 0;
  auto* const context = cipher_context();
  if (EVP_DecryptInit_ex2(context, aes_256_gcm(), unsigned_bytes(key), unsigned_bytes(nonce),
                          nullptr) != 1 ||
      EVP_DecryptUpdate(context, nullptr, &size, unsigned_bytes(place),
                        static_cast<int>(place.size())) != 1 ||
      EVP_DecryptUpdate(context, unsigned_bytes(text), &size, unsigned_bytes(cipher),
                        static_cast<int>(cipher.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, seal_tag_bytes, tag.data()) != 1 ||
      EVP_DecryptFinal_ex(context, unsigned_bytes(text) + size, &size) != 1) {
    return std::nullopt;
  }
  return text;
}

std::string hash_password(std::string_view password) {
  const std::string salt = random_bytes(16);
  return "scrypt$" + to_hex(salt) + "$" + to_hex(scrypt(password, salt));
}

bool is_password(std::string_view hash, std::string_view password) {
  constexpr std::size_t salt_at = 7, salt_size = 32;
  if (!hash.starts_with("scrypt$") || hash.size() < salt_at + salt_size + 1) return false;
  const auto salt = from_hex(hash.substr(salt_at, salt_size));
  const auto key = from_hex(hash.substr(salt_at + salt_size + 1));
  return salt && key && equal_in_constant_time(scrypt(password, *salt), *key);
}

std::string random_uuid() {
  constexpr std::size_t uuid_bytes = 16;
  // Each call has one, and drawing so few costs as much as drawing many: no secrets come of these.
  thread_local std::string drawn;
  if (drawn.size() < uuid_bytes) drawn = random_bytes(64 * uuid_bytes);
  std::array<unsigned char, uuid_bytes> bytes;
  std::memcpy(bytes.data(), drawn.data() + drawn.size() - uuid_bytes, uuid_bytes);
  drawn.resize(drawn.size() - uuid_bytes);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fU) | 0x80U);

  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < uuid_bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(digits[bytes[i] >> 4U]);
    text.push_back(digits[bytes[i] & 15U]);
  }
  return text;
}

}  // namespace herald
