#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.h"
#include "store/disk.h"
#include "store/sealed.h"

// Which key a store is sealed with, and how it goes over to another one.
//
// The family `meta` has, for each key that opens the store, under "key" and its id: what else is
// needed, sealed with it. That is nothing (usually), the other key (while the store goes over from
// one to the other), or the word "plain" (while a store of format 1 is sealed). Such a store is
// finished whenever it is opened, for the key with which it is opened; so nothing is lost whenever
// it stops, and either key is good until then.
namespace herald {

// How many records were gone through.
using ResealProgress = std::function<void(std::size_t records)>;

// Checks format and key before anything is changed; then makes a new store's entries, or finishes
// what is under way. Errors: failed; malformed, also when another key or a newer version wrote it.
Result<schema::Keyring> open_sealed(Disk& disk, const std::string& key);

// What reads the store as it is, and changes nothing of it. Errors: as open_sealed.
Result<schema::Keyring> keys_of(const Disk& disk, const std::string& key);

// Goes over to `next`. `adopt` is called when both keys open the store: what it makes durable there
// is the key that the next start comes with. Errors: as open_sealed, and those of `adopt`.
Result<void> reseal(Disk& disk, const std::string& key, const std::string& next,
                    const std::function<Result<void>()>& adopt, const ResealProgress& progress);

// Whether a key was ever given to the store. Errors: failed, malformed.
Result<bool> has_key(const Disk& disk);

}  // namespace herald
