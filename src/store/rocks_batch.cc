#include "store/rocks_batch.h"

#include <algorithm>

#include "base/crc32c.h"
#include "store/codec.h"
#include "store/schema.h"

namespace herald::rocks {
namespace {

constexpr std::size_t header_bytes = 12;  // Sequence number and count, which RocksDB fills in.
constexpr std::size_t seal_bytes = 12;
// How RocksDB writes the head of what goes to the log alone: its tag and its length.
constexpr std::string_view seal_head("\x03\x0c", 2);

// Finds the number that the committer has given to a batch.
class FindNumber final : public rocksdb::WriteBatch::Handler {
 public:
  rocksdb::Status PutCF(std::uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    if (family == static_cast<std::uint32_t>(Family::meta) && key == schema::batch_key) {
      if (const auto read = schema::read_number(value.ToStringView())) number = *read;
    }
    return {};
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status SingleDeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&,
                                const rocksdb::Slice&) override {
    return {};
  }
  void LogData(const rocksdb::Slice&) override {}

  std::optional<std::uint64_t> number;
};

}  // namespace

void Batch::put(Family family, std::string_view key, std::string_view value) {
  if (family == Family::meta && key == schema::batch_key) {
    if (const auto number = schema::read_number(value)) number_ = *number;
  }
  note(batch_.Put(handle(family), key, value));
}

void Batch::erase(Family family, std::string_view key) { note(batch_.Delete(handle(family), key)); }

void Batch::erase_single(Family family, std::string_view key) {
  note(batch_.SingleDelete(handle(family), key));
}

void Batch::erase_range(Family family, std::string_view first, std::string_view last) {
  note(erases_ranges(family)
           ? batch_.DeleteRange(handle(family), first, last)
           : rocksdb::Status::InvalidArgument("no ranges of this family are erased"));
}

void Batch::clear() {
  batch_.Clear();
  status_ = rocksdb::Status::OK();
  number_.reset();
}

rocksdb::WriteBatch& Batch::sealed(std::uint64_t synced) {
  Writer seal;
  seal.fixed64(synced);
  seal.fixed32(crc32c(std::string_view(batch_.Data()).substr(header_bytes)));
  note(batch_.PutLogData(seal.view()));
  return batch_;
}

rocksdb::ColumnFamilyHandle* Batch::handle(Family family) const {
  return handles_.at(static_cast<std::size_t>(family));
}

void Batch::note(const rocksdb::Status& status) {
  if (!status.ok()) status_ = status;
}

std::optional<FoundBatch> read_batch(std::string_view bytes) {
  if (bytes.size() < header_bytes) return std::nullopt;
  return read_batch(rocksdb::WriteBatch(std::string(bytes)));
}

std::optional<FoundBatch> read_batch(const rocksdb::WriteBatch& batch) {
  FindNumber found;
  if (!batch.Iterate(&found).ok()) return std::nullopt;
  FoundBatch read{.number = found.number};
  std::string_view bytes(batch.Data());
  bytes.remove_prefix(std::min(bytes.size(), header_bytes));
  if (bytes.size() < seal_head.size() + seal_bytes) return read;
  const auto entries = bytes.substr(0, bytes.size() - seal_head.size() - seal_bytes);
  Reader seal(bytes.substr(entries.size() + seal_head.size()));
  if (bytes.substr(entries.size(), seal_head.size()) != seal_head) return read;
  read.synced = seal.fixed64();
  if (seal.fixed32() != crc32c(entries)) return std::nullopt;
  return read;
}

}  // namespace herald::rocks
