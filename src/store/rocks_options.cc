#include "store/rocks_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/table.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/limits.h"
#include "store/schema.h"
#include "store/schema_thing_history.h"

namespace herald::rocks {
namespace {

using limits::KiB;
using limits::MiB;

using IsOld = std::function<bool(std::string_view key, std::string_view value, Time now)>;

bool is_old_request(std::string_view /*key*/, std::string_view value, Time now) {
  const auto id = schema::read_key(value);
  return id && *id < schema::first_kept(now);
}

bool is_old_token(std::string_view /*key*/, std::string_view value, Time now) {
  const auto use = schema::read_token_use(value);
  return use && schema::is_forgotten(*use, now);
}

// Drops what is old when RocksDB rewrites it anyway, in families whose keys do not begin with a
// time, so that no range of them is old.
class Forget final : public rocksdb::CompactionFilter {
 public:
  Forget(const IsOld& is_old, const Clock& clock) : is_old_(is_old), clock_(clock) {}
  const char* Name() const override { return "herald.forget"; }
  bool Filter(int /*level*/, const rocksdb::Slice& key, const rocksdb::Slice& value,
              std::string* /*new_value*/, bool* /*changed*/) const override {
    return is_old_(key.ToStringView(), value.ToStringView(), clock_.now());
  }

 private:
  const IsOld is_old_;
  const Clock& clock_;
};

class ForgetFactory final : public rocksdb::CompactionFilterFactory {
 public:
  ForgetFactory(IsOld is_old, const Clock& clock) : is_old_(std::move(is_old)), clock_(clock) {}
  const char* Name() const override { return "herald.forget"; }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& /*context*/) override {
    return std::make_unique<Forget>(is_old_, clock_);
  }

 private:
  const IsOld is_old_;
  const Clock& clock_;
};

// So that the filter reaches files that nothing else would rewrite.
void forget(rocksdb::ColumnFamilyOptions& options, IsOld is_old, std::chrono::seconds kept_for,
            const Clock& clock) {
  options.compaction_filter_factory = std::make_shared<ForgetFactory>(std::move(is_old), clock);
  options.periodic_compaction_seconds = static_cast<std::uint64_t>(kept_for.count());
}

}  // namespace

rocksdb::DBOptions database_options() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_open_files = 256;  // Sockets need the rest.
  options.max_total_wal_size = 256 * MiB;
  // Our own numbers say more about logs, and logs that are mended are not as long as was noted.
  options.track_and_verify_wals_in_manifest = false;
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  // What is read from a log goes to a table at once, and the log is not read again.
  options.avoid_flush_during_recovery = false;
  options.max_bgerror_resume_count = 0;  // Errors are ours to deal with: rocks_database.h.
  // Leaves the cores to the shards, and the disk to the log.
  options.max_background_jobs = 2;
  options.rate_limiter.reset(rocksdb::NewGenericRateLimiter(64 * MiB));
  options.bytes_per_sync = 1 * MiB;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 4;
  options.max_log_file_size = 4 * MiB;
  return options;
}

FamilyOptions::FamilyOptions(const Clock& clock, std::chrono::days things_kept_for)
    : clock_(clock), things_kept_for_(things_kept_for) {
  rocksdb::BlockBasedTableOptions tables;
  tables.block_cache = rocksdb::NewLRUCache(64 * MiB);
  tables.cache_index_and_filter_blocks = true;  // Bounds them as well.
  tables.pin_l0_filter_and_index_blocks_in_cache = true;
  tables.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  tables.format_version = 5;
  tables_.reset(rocksdb::NewBlockBasedTableFactory(tables));
}

rocksdb::ColumnFamilyOptions FamilyOptions::operator()(Family family) const {
  rocksdb::ColumnFamilyOptions options;
  options.table_factory = tables_;
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = 4 * MiB;
  options.max_write_buffer_number = 4;
  switch (family) {
    case Family::messages:
    case Family::receipts:
      options.write_buffer_size = 16 * MiB;
      break;
    case Family::payloads:
      options.write_buffer_size = 32 * MiB;
      options.enable_blob_files = true;
      options.min_blob_size = 4 * KiB;
      options.enable_blob_garbage_collection = true;
      break;
    case Family::requests:
      forget(options, is_old_request, schema::kept_for, clock_);
      break;
    case Family::tokens:
      forget(options, is_old_token, schema::tokens_kept_for, clock_);
      break;
    case Family::things:
      options.write_buffer_size = 16 * MiB;
      forget(
          options,
          [kept_for = things_kept_for_](std::string_view key, std::string_view, Time now) {
            return schema::is_old_thing(key, now - kept_for);
          },
          things_kept_for_, clock_);
      break;
    case Family::latest:
      forget(
          options,
          [kept_for = things_kept_for_](std::string_view key, std::string_view value, Time now) {
            return schema::is_old_latest(key, value, now - kept_for);
          },
          things_kept_for_, clock_);
      break;
    default:
      break;
  }
  return options;
}

}  // namespace herald::rocks
