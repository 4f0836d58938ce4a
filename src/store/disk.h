#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/damage.h"
#include "store/family.h"

namespace herald {

// What the store asks of a disk: ordered maps from bytes to bytes, changed by batches. Batches
// survive a crash whole and in order: what is left is always a prefix of what was written. Reads
// may come from any thread; all else from one.
class Disk {
 public:
  // Changes that happen together. Views need to live only for the call.
  class Batch {
   public:
    virtual ~Batch() = default;
    virtual void put(Family family, std::string_view key, std::string_view value) = 0;
    virtual void erase(Family family, std::string_view key) = 0;
    // For keys that were put exactly once: leaves less behind.
    virtual void erase_single(Family family, std::string_view key) = 0;
    // From `first` to before `last`.
    virtual void erase_range(Family family, std::string_view first, std::string_view last) = 0;
    virtual bool empty() const = 0;
    virtual void clear() = 0;
  };

  virtual ~Disk() = default;
  virtual std::unique_ptr<Batch> new_batch() = 0;

  // With `sync`, this batch and all before it survive a power cut from here on. Errors: refused
  // (nothing was written: the disk cannot follow just now); failed (in doubt: see disown).
  virtual Result<void> write(Batch& batch, bool sync) = 0;
  // The same for all that was written before.
  virtual Result<void> sync() = 0;

  // Writes a family anew, so that nothing which was overwritten or erased in it is left on the
  // disk, in logs neither. Takes as long as reading and writing all of it. Errors: failed.
  virtual Result<void> rewrite(Family family) = 0;

  // All that was written so far, as a disk of its own in a folder that does not exist yet. Any
  // thread, while others write. Errors: refused (a disk in memory), failed.
  virtual Result<void> copy_to(const std::filesystem::path& folder) const = 0;

  // The batch with this number (schema.h) failed: it is not to be in the maps whenever the disk is
  // opened again, by whomever. Durable when it returns. Errors: failed: then reopen() alone knows.
  virtual Result<void> disown(std::uint64_t batch) = 0;
  // After something failed: opens the disk anew, without touching the files again that failed. What
  // was written since the last sync may be missing from the end. Until it succeeds the maps stay
  // unwritten, and reads may be refused. Errors: failed.
  virtual Result<void> reopen() = 0;
  // Whether nothing has failed since the disk was opened, on its own account neither.
  virtual bool is_sound() const = 0;
  // None when the disk does not say.
  virtual std::optional<std::uint64_t> free_bytes() const = 0;
  // What was found damaged whenever it was opened. Any thread.
  virtual Damage damage() const = 0;

  // Errors of these: absent, failed, malformed, refused (while the disk is opened anew).
  virtual Result<std::string> get(Family family, std::string_view key) const = 0;
  // The same without waiting for the disk; none when that would be needed.
  virtual std::optional<Result<std::string>> get_at_once(Family family,
                                                         std::string_view key) const = 0;
  virtual Result<std::string> first_key(Family family) const = 0;
  virtual Result<std::string> last_key(Family family) const = 0;
  // Entries from the key `first` on, in order, for as long as `visit` says so.
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;
  virtual Result<void> scan(Family family, std::string_view first, const Visitor& visit) const = 0;
  // The same backwards: entries before the key `last`, those next to it first.
  virtual Result<void> scan_back(Family family, std::string_view last,
                                 const Visitor& visit) const = 0;
  // About how many bytes the entries from the key `first` on take.
  virtual std::uint64_t bytes_from(Family family, std::string_view first) const = 0;
};

}  // namespace herald
