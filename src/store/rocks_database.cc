#include "store/rocks_database.h"

#include <rocksdb/listener.h>
#include <rocksdb/wal_filter.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "store/rocks_options.h"
#include "store/schema.h"

namespace herald::rocks {
namespace {

// Finds the number that the committer has given to a batch.
class FindNumber final : public rocksdb::WriteBatch::Handler {
 public:
  rocksdb::Status PutCF(std::uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    if (family == static_cast<std::uint32_t>(Family::meta) && key == schema::batch_key) {
      if (const auto read = schema::read_number(value.ToStringView())) number_ = *read;
    }
    return {};
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status SingleDeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&,
                                const rocksdb::Slice&) override {
    return {};
  }

  std::optional<std::uint64_t> number() const { return number_; }

 private:
  std::optional<std::uint64_t> number_;
};

// Keeps one batch out of the maps while the logs are read.
class LeaveOut final : public rocksdb::WalFilter {
 public:
  explicit LeaveOut(std::optional<std::uint64_t> disowned) : disowned_(disowned) {}
  const char* Name() const override { return "herald.disowned"; }
  WalProcessingOption LogRecordFound(unsigned long long /*log*/, const std::string& /*file*/,
                                     const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch* /*new_batch*/,
                                     bool* /*batch_changed*/) override {
    FindNumber found;
    const bool whole = batch.Iterate(&found).ok();
    return whole && disowned_ && found.number() == disowned_
               ? WalProcessingOption::kIgnoreCurrentRecord
               : WalProcessingOption::kContinueProcessing;
  }

 private:
  const std::optional<std::uint64_t> disowned_;
};

}  // namespace

tl::unexpected<Error> failed(const rocksdb::Status& status) {
  if (status.IsNotFound()) return fail(Code::absent);
  return fail(status.IsCorruption() ? Code::malformed : Code::failed, status.ToString());
}

// Hears of errors that stop all writes, also those of RocksDB's own threads. Whatever is milder, it
// comes round by itself: a compaction without space is tried again when there is some.
class Database::Watch final : public rocksdb::EventListener {
 public:
  bool is_sound() const { return sound_; }

  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* error) override {
    if (stops_writes(*error)) sound_ = false;
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status error,
                            bool* auto_recovery) override {
    if (stops_writes(error)) *auto_recovery = false;
  }

 private:
  static bool stops_writes(const rocksdb::Status& error) {
    return error.severity() >= rocksdb::Status::Severity::kHardError;
  }
  std::atomic<bool> sound_ = true;
};

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& folder,
                                                 const Clock& clock, rocksdb::Env* env,
                                                 std::optional<std::uint64_t> disowned,
                                                 std::chrono::days things_kept_for, Access access) {
  const FamilyOptions options_of(clock, things_kept_for);
  const std::string name = folder.string();
  std::vector<std::string> there;
  if (access == Access::read_only) {
    rocksdb::DBOptions options = database_options();
    options.env = env;
    const auto listed = rocksdb::DB::ListColumnFamilies(options, name, &there);
    if (!listed.ok()) return failed(listed);
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < family_names.size(); ++i) {
    const bool lacks =
        access == Access::read_only && std::ranges::find(there, family_names.at(i)) == there.end();
    if (lacks) continue;
    families.emplace_back(family_names.at(i), options_of(static_cast<Family>(i)));
    places.push_back(i);
  }
  const auto watch = std::make_shared<Watch>();
  LeaveOut filter(disowned);
  rocksdb::DBOptions options = database_options();
  options.env = env;
  options.listeners.push_back(watch);
  if (disowned) options.wal_filter = &filter;  // Asked while it opens only.

  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> opened_families;
  const rocksdb::Status status =
      access == Access::read_only
          ? rocksdb::DB::OpenForReadOnly(options, name, families, &opened_families, &opened)
          : rocksdb::DB::Open(options, name, families, &opened_families, &opened);
  if (!status.ok()) return failed(status);
  Handles handles{};
  for (std::size_t i = 0; i < places.size(); ++i) handles.at(places[i]) = opened_families[i];
  return std::unique_ptr<Database>(
      new Database(std::unique_ptr<rocksdb::DB>(opened), handles, watch));
}

Database::Database(std::unique_ptr<rocksdb::DB> database, const Handles& handles,
                   std::shared_ptr<const Watch> watch)
    : database_(std::move(database)), handles_(handles), watch_(std::move(watch)) {}

Database::~Database() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle != nullptr) database_->DestroyColumnFamilyHandle(handle);
  }
  database_->Close();
}

bool Database::is_sound() const { return watch_->is_sound(); }

}  // namespace herald::rocks
