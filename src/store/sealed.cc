#include "store/sealed.h"

#include <utility>
#include <variant>

#include "base/crypto.h"

namespace herald::schema {
namespace {

constexpr std::size_t id_bytes = 4;

// What is secret in each kind of record; hashes of passwords as well, for they can be guessed at.
template <class Kind>
std::string* secret_of(Kind& /*record*/) {
  return nullptr;
}
std::string* secret_of(Account& account) { return &account.password; }
std::string* secret_of(AccessKey& key) { return &key.secret; }
std::string* secret_of(RamUser& user) { return &user.password; }
std::string* secret_of(Product& product) { return &product.secret; }
std::string* secret_of(DeviceSecret& device) { return &device.secret; }
std::string* secret_of(DeviceToken& token) { return &token.token; }

// None: it has none, or an empty one.
std::string* secret_in(Record& record) {
  std::string* secret = std::visit([](auto& kind) { return secret_of(kind); }, record);
  return secret != nullptr && !secret->empty() ? secret : nullptr;
}

}  // namespace

std::string key_id(std::string_view key) { return hash(Digest::sha256, key).substr(0, id_bytes); }

Keyring::Key Keyring::key_of(std::string bytes) {
  std::string id = key_id(bytes);
  return {std::move(id), std::move(bytes)};
}

Keyring::Keyring(std::string key) : current_(key_of(std::move(key))) {}

Keyring Keyring::with_older(std::string older) const {
  Keyring keys = *this;
  keys.older_ = key_of(std::move(older));
  return keys;
}

Keyring Keyring::with_plain() const {
  Keyring keys = *this;
  keys.plain_ = true;
  return keys;
}

std::string Keyring::seal(std::string_view text, std::string_view place) const {
  return current_.id + herald::seal(current_.bytes, text, place);
}

std::optional<std::string> Keyring::unseal(std::string_view sealed, std::string_view place) const {
  const auto with = [&](const Key& key) -> std::optional<std::string> {
    if (!sealed.starts_with(key.id)) return std::nullopt;
    return herald::unseal(key.bytes, sealed.substr(id_bytes), place);
  };
  auto text = with(current_);
  if (!text && older_) text = with(*older_);
  // What was sealed opens, so this is no guess.
  if (!text && plain_) text = std::string(sealed);
  return text;
}

Entry sealed_entry_of(const Change& change, const Keyring& keys) {
  Entry entry = entry_of(change);
  const auto* record = std::get_if<Record>(&change);
  const bool has_secrets = entry.family == Family::registry || entry.family == Family::secrets;
  if (record == nullptr || !has_secrets) return entry;
  Record sealed = *record;
  std::string* secret = secret_in(sealed);
  if (secret == nullptr) return entry;
  *secret = keys.seal(*secret, entry.key);
  return entry_of(sealed);
}

Result<Record> read_sealed_record(Family family, std::string_view key, std::string_view value,
                                  const Keyring& keys) {
  auto record = read_record(family, key, value);
  if (!record) return record;
  if (std::string* secret = secret_in(*record)) {
    auto text = keys.unseal(*secret, key);
    if (!text) return fail(Code::malformed, "a secret that the key does not open");
    *secret = std::move(*text);
  }
  return record;
}

}  // namespace herald::schema
