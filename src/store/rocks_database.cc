#include "store/rocks_database.h"

#include <rocksdb/listener.h>
#include <rocksdb/wal_filter.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "store/rocks_batch.h"
#include "store/rocks_options.h"

namespace herald::rocks {
namespace {

// Keeps one batch out of the maps while the logs are read.
class LeaveOut final : public rocksdb::WalFilter {
 public:
  explicit LeaveOut(std::optional<std::uint64_t> disowned) : disowned_(disowned) {}
  const char* Name() const override { return "herald.disowned"; }
  WalProcessingOption LogRecordFound(unsigned long long /*log*/, const std::string& /*file*/,
                                     const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch* /*new_batch*/,
                                     bool* /*batch_changed*/) override {
    const auto found = read_batch(batch);
    return found && disowned_ && found->number == disowned_
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
  bool is_damaged() const { return damaged_; }

  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* error) override {
    if (!stops_writes(*error)) return;
    if (error->IsCorruption()) damaged_ = true;
    sound_ = false;
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
  std::atomic<bool> damaged_ = false;
};

Result<std::unique_ptr<Database>> Database::open(const Opening& opening) {
  const FamilyOptions options_of(opening.clock, opening.things_kept_for);
  const std::string name = opening.folder.string();
  // What is only read may have been written by an older version, without the newest families.
  const bool writes = opening.access == Access::read_and_write;
  std::vector<std::string> there;
  if (!writes) {
    rocksdb::DBOptions options = database_options();
    options.env = opening.env;
    const auto listed = rocksdb::DB::ListColumnFamilies(options, name, &there);
    if (!listed.ok()) return failed(listed);
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < family_names.size(); ++i) {
    if (!writes && std::ranges::find(there, family_names.at(i)) == there.end()) continue;
    families.emplace_back(family_names.at(i), options_of(static_cast<Family>(i)));
    places.push_back(i);
  }
  const auto watch = std::make_shared<Watch>();
  LeaveOut filter(opening.disowned);
  rocksdb::DBOptions options = database_options();
  options.env = opening.env;
  options.listeners.push_back(watch);
  if (opening.disowned) options.wal_filter = &filter;  // Asked while it opens only.
  // RocksDB 7.8 would clear what older versions let it note of logs, which is a change: it asserts.
  if (!writes) options.track_and_verify_wals_in_manifest = true;
  if (opening.access == Access::salvage) options.paranoid_checks = false;

  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> opened_families;
  const rocksdb::Status status =
      writes ? rocksdb::DB::Open(options, name, families, &opened_families, &opened)
             : rocksdb::DB::OpenForReadOnly(options, name, families, &opened_families, &opened);
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

bool Database::is_damaged() const { return watch_->is_damaged(); }

}  // namespace herald::rocks
