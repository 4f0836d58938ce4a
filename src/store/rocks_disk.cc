#include "store/rocks_disk.h"

#include <rocksdb/env.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "store/gate.h"
#include "store/rocks_database.h"

namespace herald {
namespace {

using rocks::Database;
using rocks::failed;
using rocks::Handles;

// What has to go to the disk and be synced before a disk that failed is worth opening.
constexpr std::size_t probe_bytes = 1 * limits::MiB;

class RocksBatch final : public Disk::Batch {
 public:
  explicit RocksBatch(const Handles& handles) : handles_(handles) {}

  void put(Family family, std::string_view key, std::string_view value) override {
    note(batch_.Put(handle(family), key, value));
  }
  void erase(Family family, std::string_view key) override {
    note(batch_.Delete(handle(family), key));
  }
  void erase_single(Family family, std::string_view key) override {
    note(batch_.SingleDelete(handle(family), key));
  }
  void erase_range(Family family, std::string_view first, std::string_view last) override {
    note(batch_.DeleteRange(handle(family), first, last));
  }
  bool empty() const override { return batch_.Count() == 0; }
  void clear() override {
    batch_.Clear();
    status_ = rocksdb::Status::OK();
  }

  const rocksdb::Status& status() const { return status_; }
  rocksdb::WriteBatch& rocks() { return batch_; }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_.at(static_cast<std::size_t>(family));
  }
  void note(const rocksdb::Status& status) {
    if (!status.ok()) status_ = status;
  }

  const Handles& handles_;
  rocksdb::WriteBatch batch_;
  rocksdb::Status status_;  // Of the last change that did not fit in.
};

class RocksDisk final : public Disk {
 public:
  RocksDisk(std::filesystem::path folder, const Clock& clock, rocksdb::Env* env,
            std::chrono::days things_kept_for, rocks::Access access)
      : folder_(std::move(folder)),
        clock_(clock),
        env_(env),
        things_kept_for_(things_kept_for),
        access_(access) {}

  // Errors: failed, malformed.
  Result<void> open() {
    auto noted = disowned_by_note();
    if (!noted) return tl::unexpected(std::move(noted.error()));
    if (*noted) disowned_ = *noted;
    auto opened = Database::open(folder_, clock_, env_, disowned_, things_kept_for_, access_);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    database_ = std::move(*opened);
    handles_ = database_->handles();
    if (disowned_) log::warning("batch {} had failed and is not kept", *disowned_);
    // Only now: it is in no log any more.
    if (*noted && access_ == rocks::Access::read_and_write) {
      if (auto cleared = write_note({}); !cleared) return cleared;
    }
    disowned_.reset();
    gate_.open();
    return {};
  }

  Result<void> reopen() override {
    // As long as this fails, what is open can at least be read.
    if (database_) {
      if (auto written = write_file(probe_file(), std::string(probe_bytes, '\0')); !written) {
        return written;
      }
      env_->DeleteFile(probe_file()).PermitUncheckedError();
    }
    gate_.close();
    database_.reset();
    return open();
  }

  Result<void> disown(std::uint64_t batch) override {
    disowned_ = batch;
    return write_note(std::to_string(batch) + '\n');
  }

  bool is_sound() const override { return database_ && database_->is_sound(); }

  std::optional<std::uint64_t> free_bytes() const override {
    std::uint64_t bytes = 0;
    if (!env_->GetFreeSpace(folder_.string(), &bytes).ok()) return std::nullopt;
    return bytes;
  }

  std::unique_ptr<Batch> new_batch() override { return std::make_unique<RocksBatch>(handles_); }

  Result<void> write(Batch& batch, bool sync) override {
    auto& changes = dynamic_cast<RocksBatch&>(batch);
    if (!changes.status().ok()) return failed(changes.status());
    rocksdb::WriteOptions options;
    options.sync = sync;
    options.no_slowdown = true;  // A caller rather hears `refused` than waits.
    const rocksdb::Status status = (*database_)->Write(options, &changes.rocks());
    if (status.IsIncomplete()) return fail(Code::refused, status.ToString());
    if (!status.ok()) return fail(Code::failed, status.ToString());
    return {};
  }

  Result<void> sync() override {
    const rocksdb::Status status = (*database_)->SyncWAL();
    if (!status.ok()) return fail(Code::failed, status.ToString());
    return {};
  }

  Result<void> rewrite(Family family) override {
    // A log is deleted when every family has its part of it in tables.
    const std::vector<rocksdb::ColumnFamilyHandle*> all(handles_.begin(), handles_.end());
    rocksdb::Status status = (*database_)->Flush(rocksdb::FlushOptions(), all);
    if (!status.ok()) return failed(status);
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    status = (*database_)->CompactRange(options, database_->handle(family), nullptr, nullptr);
    if (!status.ok()) return failed(status);
    return {};
  }

  Result<void> copy_to(const std::filesystem::path& folder) const override {
    const auto pass = gate_.enter();
    if (!pass) return fail_closed();
    rocksdb::Checkpoint* made = nullptr;
    const rocksdb::Status status = rocksdb::Checkpoint::Create(database_->operator->(), &made);
    if (!status.ok()) return failed(status);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    if (auto copied = checkpoint->CreateCheckpoint(folder.string()); !copied.ok()) {
      return failed(copied);
    }
    return {};
  }

  Result<std::string> get(Family family, std::string_view key) const override {
    const auto pass = gate_.enter();
    if (!pass) return fail_closed();
    if (lacks(family)) return fail(Code::absent);
    std::string value;
    const rocksdb::Status status =
        (*database_)->Get(rocksdb::ReadOptions(), database_->handle(family), key, &value);
    if (!status.ok()) return failed(status);
    return value;
  }

  // Get with a read tier answers a value that is empty where a file is not open.
  std::optional<Result<std::string>> get_at_once(Family family,
                                                 std::string_view key) const override {
    const auto pass = gate_.enter();
    if (!pass) return std::nullopt;
    if (lacks(family)) return fail(Code::absent);
    std::string value;
    bool is_known = false;
    if (!(*database_)
             ->KeyMayExist(rocksdb::ReadOptions(), database_->handle(family), key, &value,
                           &is_known)) {
      return fail(Code::absent);
    }
    if (!is_known) return std::nullopt;
    return value;
  }

  Result<std::string> last_key(Family family) const override {
    const auto pass = gate_.enter();
    if (!pass) return fail_closed();
    if (lacks(family)) return fail(Code::absent);
    const auto entries = iterator(family);
    entries->SeekToLast();
    if (!entries->status().ok()) return failed(entries->status());
    if (!entries->Valid()) return fail(Code::absent);
    return entries->key().ToString();
  }

  Result<void> scan(Family family, std::string_view first, const Visitor& visit) const override {
    const auto pass = gate_.enter();
    if (!pass) return fail_closed();
    if (lacks(family)) return {};
    const auto entries = iterator(family);
    for (entries->Seek(first); entries->Valid(); entries->Next()) {
      if (!visit(entries->key().ToStringView(), entries->value().ToStringView())) return {};
    }
    if (!entries->status().ok()) return failed(entries->status());
    return {};
  }

  Result<void> scan_back(Family family, std::string_view last,
                         const Visitor& visit) const override {
    const auto pass = gate_.enter();
    if (!pass) return fail_closed();
    if (lacks(family)) return {};
    const auto entries = iterator(family);
    entries->SeekForPrev(last);
    if (entries->Valid() && entries->key() == rocksdb::Slice(last)) entries->Prev();
    for (; entries->Valid(); entries->Prev()) {
      if (!visit(entries->key().ToStringView(), entries->value().ToStringView())) return {};
    }
    if (!entries->status().ok()) return failed(entries->status());
    return {};
  }

  std::uint64_t bytes_from(Family family, std::string_view first) const override {
    const auto pass = gate_.enter();
    if (!pass || lacks(family)) return 0;
    static const std::string last(16, '\xff');  // Above every key of a family that is asked for.
    const rocksdb::Range range(first, last);
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = true;
    std::uint64_t bytes = 0;
    const rocksdb::Status status =
        (*database_)->GetApproximateSizes(options, database_->handle(family), &range, 1, &bytes);
    if (!status.ok()) log::warning("the size of the store is not known: {}", status.ToString());
    return bytes;
  }

 private:
  std::string note_file() const { return folder_ / "disowned"; }
  std::string probe_file() const { return folder_ / "probe"; }

  // An older version wrote it, and it is only read.
  bool lacks(Family family) const { return database_->handle(family) == nullptr; }

  static tl::unexpected<Error> fail_closed() {
    return fail(Code::refused, "the disk is being opened anew");
  }

  // With its entry in the folder. What cannot be synced is left there: a kill does not lose it.
  Result<void> write_file(const std::string& name, std::string_view bytes) {
    std::unique_ptr<rocksdb::WritableFile> file;
    rocksdb::Status status = env_->NewWritableFile(name, &file, rocksdb::EnvOptions());
    if (status.ok()) status = file->Append(bytes);
    if (status.ok()) status = file->Sync();
    if (file) file->Close().PermitUncheckedError();
    std::unique_ptr<rocksdb::Directory> folder;
    if (status.ok()) status = env_->NewDirectory(folder_.string(), &folder);
    if (status.ok()) status = folder->Fsync();
    if (!status.ok()) return failed(status);
    return {};
  }
  Result<void> write_note(std::string_view note) { return write_file(note_file(), note); }

  // A note that was cut short has no end of line and says nothing. Errors: failed.
  Result<std::optional<std::uint64_t>> disowned_by_note() const {
    if (env_->FileExists(note_file()).IsNotFound()) return std::nullopt;
    std::string note;
    const rocksdb::Status status = rocksdb::ReadFileToString(env_, note_file(), &note);
    if (!status.ok()) return failed(status);
    std::uint64_t batch = 0;
    const char* const end = note.data() + note.size();
    const auto [rest, error] = std::from_chars(note.data(), end, batch);
    if (error != std::errc() || std::string_view(rest, end) != "\n") return std::nullopt;
    return batch;
  }

  std::unique_ptr<rocksdb::Iterator> iterator(Family family) const {
    rocksdb::ReadOptions options;
    options.fill_cache = false;  // What is read from end to end is not read again soon.
    return std::unique_ptr<rocksdb::Iterator>(
        (*database_)->NewIterator(options, database_->handle(family)));
  }

  const std::filesystem::path folder_;
  const Clock& clock_;
  rocksdb::Env* const env_;
  const std::chrono::days things_kept_for_;
  const rocks::Access access_;
  mutable Gate gate_;  // Readers pass it; open() and reopen() hold it shut.
  std::unique_ptr<Database> database_;
  Handles handles_{};  // Of the database; batches that outlive it find the next one's.
  std::optional<std::uint64_t> disowned_;
};

Result<std::unique_ptr<Disk>> open(const std::filesystem::path& folder, const Clock& clock,
                                   rocksdb::Env* env, std::chrono::days kept_for,
                                   rocks::Access access) {
  auto disk = std::make_unique<RocksDisk>(
      folder, clock, env != nullptr ? env : rocksdb::Env::Default(), kept_for, access);
  if (auto opened = disk->open(); !opened) return tl::unexpected(std::move(opened.error()));
  return disk;
}

}  // namespace

Result<std::unique_ptr<Disk>> open_rocks_disk(const std::filesystem::path& folder,
                                              const Clock& clock, rocksdb::Env* env,
                                              std::chrono::days kept_for) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::failed, folder.string() + ": " + error.message());
  return open(folder, clock, env, kept_for, rocks::Access::read_and_write);
}

Result<std::unique_ptr<Disk>> open_rocks_disk_to_read(const std::filesystem::path& folder,
                                                      const Clock& clock) {
  return open(folder, clock, nullptr, things_kept_for, rocks::Access::read_only);
}

}  // namespace herald
