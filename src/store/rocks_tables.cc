#include "store/rocks_tables.h"

#include <fmt/format.h>
#include <rocksdb/metadata.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "base/crc32c.h"
#include "base/limits.h"
#include "store/codec.h"
#include "store/rocks_entries.h"

namespace herald::rocks {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece = 1 * limits::MiB;

// As RocksDB notes it: the CRC-32C in four bytes, big-endian. None: not all of it can be read.
std::optional<std::string> checksum_of(rocksdb::Env& env, const fs::path& file,
                                       std::uint64_t size) {
  std::unique_ptr<rocksdb::SequentialFile> opened;
  if (!env.NewSequentialFile(file.string(), &opened, rocksdb::EnvOptions()).ok()) {
    return std::nullopt;
  }
  std::uint32_t crc = 0;
  std::uint64_t bytes = 0;
  std::string buffer(piece, '\0');
  for (rocksdb::Slice read;; bytes += read.size()) {
    if (!opened->Read(piece, &read, buffer.data()).ok()) return std::nullopt;
    if (read.empty()) break;
    crc = crc32c(crc, read.ToStringView());
  }
  if (bytes != size) return std::nullopt;
  Writer writer;
  writer.fixed32(crc);
  return writer.take();
}

rocksdb::Options reading(rocksdb::Env& env) {
  rocksdb::Options options;
  options.env = &env;
  return options;
}

bool opens(rocksdb::Env& env, const fs::path& file) {
  return rocksdb::SstFileReader(reading(env)).Open(file.string()).ok();
}

bool is_sound(rocksdb::Env& env, const fs::path& file, const rocksdb::SstFileMetaData& table) {
  const auto checksum = checksum_of(env, file, table.size);
  if (!checksum) return false;
  if (table.file_checksum.size() == checksum->size()) return table.file_checksum == *checksum;
  // It is older than checksums of files; those of its blocks it has.
  rocksdb::SstFileReader reader(reading(env));
  return reader.Open(file.string()).ok() && reader.VerifyChecksum().ok();
}

bool is_sound(rocksdb::Env& env, const fs::path& file, const rocksdb::BlobMetaData& blobs) {
  const auto checksum = checksum_of(env, file, blobs.blob_file_size);
  if (!checksum) return false;
  const std::string& noted = blobs.checksum_value;
  return noted.size() != checksum->size() || noted == *checksum;
}

// Places among keys, as numbers of so many bytes.
constexpr std::size_t place_bytes = 48;
using Place = std::array<std::uint8_t, place_bytes>;

Place place_of(std::string_view key) {
  Place place{};
  for (std::size_t i = 0; i < std::min(key.size(), place.size()); ++i) {
    place[i] = static_cast<std::uint8_t>(key[i]);
  }
  return place;
}

std::string key_at(const Place& place) { return {place.begin(), place.end()}; }

Place half_way(const Place& low, const Place& high) {
  Place middle{};
  unsigned carry = 0;
  for (std::size_t i = place_bytes; i-- > 0;) {
    const unsigned sum = low[i] + high[i] + carry;
    middle[i] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8U;
  }
  for (std::uint8_t& byte : middle) {
    const unsigned whole = carry << 8U | byte;
    byte = static_cast<std::uint8_t>(whole >> 1U);
    carry = whole & 1U;
  }
  return middle;
}

// The first place above `low`, and not above `high`, for which something holds that holds from some
// place on, and for `high`.
template <class Holds>
Place first_place(Place low, Place high, const Holds& holds) {
  for (Place middle = half_way(low, high); middle != low; middle = half_way(low, high)) {
    (holds(key_at(middle)) ? high : low) = middle;
  }
  return high;
}

// Reads a family around what is damaged of it.
class Reading {
 public:
  Reading(const Database& database, Family family)
      : database_(database),
        handle_(database.handle(family)),
        family_(family),
        entries_(database, family) {}

  // Errors: those of `visit`.
  template <class Visit>
  Result<void> run(const Visit& visit) {
    std::string first;
    for (;;) {
      for (entries_.seek(first); entries_.valid(); entries_.next()) {
        if (auto visited = visit(entries_.key(), entries_.value()); !visited) return visited;
        first = entries_.key().ToString() + '\0';
      }
      if (entries_.status().ok()) return {};
      const auto next = after(first);
      lost_.push_back({family_, first, next ? key_at(*next) : std::string()});
      if (!next) return {};
      first = key_at(*next);
    }
  }

  std::vector<Damage::Keys> take_lost() { return std::move(lost_); }

 private:
  bool can_seek(const std::string& key) {
    entries_.seek(key);
    return entries_.valid() || entries_.status().ok();
  }

  std::uint64_t bytes_before(const std::string& key) const {
    const rocksdb::Range range(rocksdb::Slice(), key);
    rocksdb::SizeApproximationOptions options;
    std::uint64_t bytes = 0;
    database_->GetApproximateSizes(options, handle_, &range, 1, &bytes).PermitUncheckedError();
    return bytes;
  }

  // From where on it can be read again; none: from nowhere. A block is what can be damaged without
  // its neighbours, so this goes from block to block, in whichever table.
  std::optional<Place> after(const std::string& broken) {
    Place low = place_of(broken);
    Place end;
    end.fill(0xff);
    for (;;) {
      const std::uint64_t bytes = bytes_before(key_at(low));
      const bool is_last = bytes_before(key_at(end)) <= bytes;
      const Place block = is_last ? end : first_place(low, end, [&](const std::string& key) {
        return bytes_before(key) > bytes;
      });
      // Values that are kept elsewhere can be damaged one by one.
      if (can_seek(key_at(block)))
        return first_place(low, block, [&](const std::string& key) { return can_seek(key); });
      if (is_last) return std::nullopt;
      low = block;
    }
  }

  const Database& database_;
  rocksdb::ColumnFamilyHandle* const handle_;
  const Family family_;
  Entries entries_;
  std::vector<Damage::Keys> lost_;
};

}  // namespace

FoundTables check_tables(const Database& database, rocksdb::Env& env, const fs::path& folder,
                         std::span<const Family> families) {
  FoundTables found;
  for (const Family family : families) {
    rocksdb::ColumnFamilyHandle* const handle = database.handle(family);
    if (handle == nullptr) continue;
    const char* const family_name = family_names.at(static_cast<std::size_t>(family));
    rocksdb::ColumnFamilyMetaData is;
    database->GetColumnFamilyMetaData(handle, &is);
    for (const rocksdb::LevelMetaData& level : is.levels) {
      for (const rocksdb::SstFileMetaData& table : level.files) {
        const fs::path file = folder / table.relative_filename;
        if (is_sound(env, file, table)) continue;
        found.descriptions.push_back(fmt::format("{} with records of '{}' is damaged",
                                                 table.relative_filename, family_name));
        if (opens(env, file)) continue;
        found.unreadable.push_back({handle->GetID(), level.level, table.file_number});
        found.unreadable_keys.push_back({family, table.smallestkey, table.largestkey});
      }
    }
    for (const rocksdb::BlobMetaData& blobs : is.blob_files) {
      const std::string name = fmt::format("{:06}.blob", blobs.blob_file_number);
      if (is_sound(env, folder / name, blobs)) continue;
      found.descriptions.push_back(
          fmt::format("{} with records of '{}' is damaged", name, family_name));
    }
  }
  return found;
}

Result<std::vector<Damage::Keys>> copy_readable(const Database& from, Database& to) {
  std::vector<Damage::Keys> lost;
  rocksdb::WriteOptions options;
  options.disableWAL = true;  // All of it counts or nothing.
  for (std::size_t i = 0; i < family_names.size(); ++i) {
    const auto family = static_cast<Family>(i);
    if (from.handle(family) == nullptr) continue;
    rocksdb::WriteBatch batch;
    const auto write = [&]() -> Result<void> {
      const rocksdb::Status status = to->Write(options, &batch);
      batch.Clear();
      if (!status.ok()) return fail(Code::failed, status.ToString());
      return {};
    };
    Reading reading(from, family);
    const auto read = reading.run([&](rocksdb::Slice key, rocksdb::Slice value) -> Result<void> {
      const rocksdb::Status put = batch.Put(to.handle(family), key, value);
      if (!put.ok()) return fail(Code::failed, put.ToString());
      return batch.GetDataSize() < piece ? Result<void>() : write();
    });
    if (!read) return tl::unexpected(read.error());
    if (auto written = write(); !written) return tl::unexpected(written.error());
    for (Damage::Keys& keys : reading.take_lost()) lost.push_back(std::move(keys));
  }
  const std::vector<rocksdb::ColumnFamilyHandle*> all(to.handles().begin(), to.handles().end());
  const rocksdb::Status flushed = to->Flush(rocksdb::FlushOptions(), all);
  if (!flushed.ok()) return fail(Code::failed, flushed.ToString());
  return lost;
}

}  // namespace herald::rocks
