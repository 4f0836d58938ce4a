#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/schema.h"

// Secrets as they lie on the disk: sealed with a key that the disk does not have, each bound to the
// key of its record, so that it opens in no other. A sealed secret is
//
//   id of the sealing key (4 bytes), nonce (12), cipher, tag (16)
//
// and an empty one stays empty.
namespace herald::schema {

// Two keys while a store goes over from one to the other, else one. Does not change: any thread.
class Keyring {
 public:
  // The current key, 32 bytes: whatever is sealed is sealed with it.
  explicit Keyring(std::string key);
  // The same, which opens what was sealed with `older`, too.
  Keyring with_older(std::string older) const;
  // The same, which takes what it cannot open for a secret that was never sealed.
  Keyring with_plain() const;

  std::string seal(std::string_view text, std::string_view place) const;
  // None: by no key of the ring, for this place.
  std::optional<std::string> unseal(std::string_view sealed, std::string_view place) const;

 private:
  struct Key {
    std::string id;
    std::string bytes;
  };
  static Key key_of(std::string bytes);
  Key current_;
  std::optional<Key> older_;
  bool plain_ = false;
};

// The first bytes of the key's hash.
std::string key_id(std::string_view key);

// entry_of and read_record for what has secrets. Errors of reading: malformed.
Entry sealed_entry_of(const Change& change, const Keyring& keys);
Result<Record> read_sealed_record(Family family, std::string_view key, std::string_view value,
                                  const Keyring& keys);

}  // namespace herald::schema
