#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

enum class Digest : std::uint8_t { md5, sha1, sha256 };

// A keyed or plain hash fed piece by piece; wraps a reused OpenSSL context. One thread at a time.
class Hasher {
 public:
  static Hasher hash(Digest digest);                        // H(data)
  static Hasher hmac(Digest digest, std::string_view key);  // HMAC(key, data)
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void add(std::string_view data);
  // The raw digest: 16, 20 or 32 bytes. Ends the hash; only once.
  std::string finish();

 private:
  struct Context;
  explicit Hasher(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

std::string hash(Digest digest, std::string_view data);
std::string hmac(Digest digest, std::string_view key, std::string_view data);

// Takes the same time wherever the two differ. Lengths are not secret.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// From the operating system's generator.
std::string random_bytes(std::size_t count);
// Letters and digits.
std::string random_name(std::size_t count);

std::string to_hex(std::string_view bytes);                  // Lower case.
std::optional<std::string> from_hex(std::string_view text);  // Either case.

// RFC 4648 section 4, with padding.
std::string to_base64(std::string_view bytes);
// The standard alphabet; padding may be left out, anything else is refused.
std::optional<std::string> from_base64(std::string_view text);

// AES-256-GCM, with a nonce of its own for each text: 28 bytes longer than it. `key` has 32 bytes.
// `place` is authenticated and not kept: what is sealed opens nowhere else.
std::string seal(std::string_view key, std::string_view text, std::string_view place = {});
// None: it was not sealed with this key for this place, or it was changed.
std::optional<std::string> unseal(std::string_view key, std::string_view sealed,
                                  std::string_view place = {});

// scrypt with a salt, for passwords; costs tens of milliseconds and 16 MiB.
std::string hash_password(std::string_view password);
bool is_password(std::string_view hash, std::string_view password);

// An upper-case UUID of random bits, as RequestId is.
std::string random_uuid();

}  // namespace herald
