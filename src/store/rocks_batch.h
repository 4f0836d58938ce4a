#pragma once

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "store/disk.h"
#include "store/rocks_database.h"

// Batches as they are written and as they are found in a log. The last entry of each is its seal,
// in the log alone:
//
//   the number up to which all was synced when it was written (8 bytes, big-endian),
//   CRC-32C of all entries before (4 bytes)
//
// Older batches have none. Included by rocks_*.cc only.
namespace herald::rocks {

class Batch final : public Disk::Batch {
 public:
  explicit Batch(const Handles& handles) : handles_(handles) {}

  void put(Family family, std::string_view key, std::string_view value) override;
  void erase(Family family, std::string_view key) override;
  void erase_single(Family family, std::string_view key) override;
  void erase_range(Family family, std::string_view first, std::string_view last) override;
  bool empty() const override { return batch_.Count() == 0; }
  void clear() override;

  // Of the batch, when it has one.
  std::optional<std::uint64_t> number() const { return number_; }
  // The batch as it is to be written.
  rocksdb::WriteBatch& sealed(std::uint64_t synced);
  // Of the last change that did not fit in.
  const rocksdb::Status& status() const { return status_; }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) const;
  void note(const rocksdb::Status& status);

  const Handles& handles_;
  rocksdb::WriteBatch batch_;
  rocksdb::Status status_;
  std::optional<std::uint64_t> number_;
};

struct FoundBatch {
  std::optional<std::uint64_t> number;
  std::uint64_t synced = 0;
};
// None: it is not whole, or its seal is broken.
std::optional<FoundBatch> read_batch(std::string_view bytes);
std::optional<FoundBatch> read_batch(const rocksdb::WriteBatch& batch);

}  // namespace herald::rocks
