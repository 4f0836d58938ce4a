#include "store/rocks_disk.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <limits>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "store/gate.h"
#include "store/rocks_batch.h"
#include "store/rocks_database.h"
#include "store/rocks_entries.h"
#include "store/rocks_files.h"
#include "store/rocks_repair.h"
#include "store/rocks_synced.h"
#include "store/rocks_twins.h"
#include "store/schema.h"

namespace herald {
namespace {

using rocks::Database;
using rocks::failed;
using rocks::Handles;

// What has to go to the disk and be synced before a disk that failed is worth opening.
constexpr std::size_t probe_bytes = 1 * limits::MiB;

class RocksDisk final : public Disk {
 public:
  RocksDisk(std::filesystem::path folder, const Clock& clock, rocksdb::Env* env,
            std::chrono::days things_kept_for, rocks::Access access)
      : folder_(std::move(folder)),
        clock_(clock),
        env_(env),
        twins_(rocks::with_twins(*env)),
        things_kept_for_(things_kept_for),
        access_(access) {}
  RocksDisk(const RocksDisk&) = delete;
  RocksDisk& operator=(const RocksDisk&) = delete;
  ~RocksDisk() override {
    // Its next opening looks at everything.
    if (is_suspect_ && access_ == rocks::Access::read_and_write) {
      write_file(suspect_file(), {}).map_error([](const Error&) {});
    }
  }

  // Errors: failed, malformed.
  Result<void> open() {
    auto noted = disowned_by_note();
    if (!noted) return tl::unexpected(std::move(noted.error()));
    if (*noted) disowned_ = *noted;
    const bool is_suspect = is_suspect_ || env_->FileExists(suspect_file()).ok();
    rocks::Repair repair(*env_, {.folder = folder_,
                                 .clock = clock_,
                                 .things_kept_for = things_kept_for_,
                                 .env = twins_.get(),
                                 .access = access_,
                                 .disowned = disowned_});
    auto opened = repair.open(/*all_tables=*/is_suspect);
    if (!opened) repair.give_up();
    report(repair.damage());
    if (!opened) return tl::unexpected(std::move(opened.error()));
    database_ = std::move(*opened);
    handles_ = database_->handles();
    if (auto followed = follow(repair.synced(), repair.damage()); !followed) return followed;
    is_suspect_ = false;
    if (is_suspect && access_ == rocks::Access::read_and_write) {
      env_->DeleteFile(suspect_file()).PermitUncheckedError();
    }
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
    is_suspect_ = is_suspect_ || (database_ && database_->is_damaged());
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

  Damage damage() const override {
    const std::scoped_lock lock(mutex_);
    return damage_;
  }

  std::unique_ptr<Batch> new_batch() override { return std::make_unique<rocks::Batch>(handles_); }

  Result<void> write(Batch& batch, bool sync) override {
    auto& changes = dynamic_cast<rocks::Batch&>(batch);
    rocksdb::WriteBatch& sealed = changes.sealed(synced_.number());
    if (!changes.status().ok()) return failed(changes.status());
    rocksdb::WriteOptions options;
    options.sync = sync;
    options.no_slowdown = true;  // A caller rather hears `refused` than waits.
    const rocksdb::Status status = (*database_)->Write(options, &sealed);
    if (status.IsIncomplete()) return fail(Code::refused, status.ToString());
    if (!status.ok()) return fail(Code::failed, status.ToString());
    written_ = changes.number().value_or(written_);
    if (sync) synced_.set(written_);
    return {};
  }

  Result<void> sync() override {
    const rocksdb::Status status = (*database_)->SyncWAL();
    if (!status.ok()) return fail(Code::failed, status.ToString());
    synced_.set(written_);
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
    return read(family, key);
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

  Result<std::string> first_key(Family family) const override {
    return key_at_end(family, &rocksdb::Iterator::SeekToFirst);
  }

  Result<std::string> last_key(Family family) const override {
    return key_at_end(family, &rocksdb::Iterator::SeekToLast);
  }

  Result<void> scan(Family family, std::string_view first, const Visitor& visit) const override {
    const auto pass = gate_.enter();
    if (!pass) return fail_closed();
    if (lacks(family)) return {};
    rocks::Entries entries(*database_, family);
    for (entries.seek(first); entries.valid(); entries.next()) {
      if (!visit(entries.key().ToStringView(), entries.value().ToStringView())) return {};
    }
    if (!entries.status().ok()) return unread(entries.status());
    return {};
  }

  Result<void> scan_back(Family family, std::string_view last,
                         const Visitor& visit) const override {
    const auto pass = gate_.enter();
    if (!pass) return fail_closed();
    if (lacks(family)) return {};
    rocks::Entries entries(*database_, family);
    for (entries.seek_before(last); entries.valid(); entries.back()) {
      if (!visit(entries.key().ToStringView(), entries.value().ToStringView())) return {};
    }
    if (!entries.status().ok()) return unread(entries.status());
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
  std::string suspect_file() const { return folder_ / "suspect"; }

  Result<std::string> read(Family family, std::string_view key) const {
    std::string value;
    const rocksdb::Status status =
        (*database_)->Get(rocksdb::ReadOptions(), database_->handle(family), key, &value);
    if (!status.ok()) return unread(status);
    return value;
  }
  tl::unexpected<Error> unread(const rocksdb::Status& status) const {
    if (status.IsCorruption()) is_suspect_ = true;
    return failed(status);
  }

  // Says what is damaged, loudly.
  void report(const Damage& damage) {
    for (const std::string& each : damage.descriptions) log::error("the store: {}", each);
    if (!damage.copy.empty()) {
      log::error("the store: its files as they were found are kept in {}", damage.copy.string());
    }
    const std::scoped_lock lock(mutex_);
    damage_.add(damage);
  }

  // Everything up to the batch `synced` should be there.
  Result<void> follow(std::optional<std::uint64_t> synced, const Damage& known) {
    const auto stored = read(Family::meta, schema::batch_key);
    if (!stored && stored.error().code != Code::absent) return tl::unexpected(stored.error());
    const auto number = stored ? schema::read_number(*stored) : Result<std::uint64_t>(0);
    if (!number) return tl::unexpected(number.error());
    written_ = *number;
    Damage missing;
    if (!synced) {
      missing.batches.push_back({*number + 1, std::numeric_limits<std::uint64_t>::max()});
      missing.descriptions.push_back(
          fmt::format("whether there were batches from {} on is not known", *number + 1));
    } else if (*number < *synced && known.batches.empty()) {
      missing.batches.push_back({*number + 1, *synced});
      missing.descriptions.push_back(
          fmt::format("batches {} to {} are missing", *number + 1, *synced));
    }
    report(missing);
    if (access_ != rocks::Access::read_and_write) return {};
    auto made = rocks::SyncedFile::make(*env_, folder_, *number);
    if (!made) return tl::unexpected(std::move(made.error()));
    synced_ = std::move(*made);
    return {};
  }

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

  Result<std::string> key_at_end(Family family, void (rocksdb::Iterator::*seek)()) const {
    const auto pass = gate_.enter();
    if (!pass) return fail_closed();
    if (lacks(family)) return fail(Code::absent);
    const std::unique_ptr<rocksdb::Iterator> entries(
        (*database_)->NewIterator(rocksdb::ReadOptions(), database_->handle(family)));
    (entries.get()->*seek)();
    if (!entries->status().ok()) return unread(entries->status());
    if (!entries->Valid()) return fail(Code::absent);
    return entries->key().ToString();
  }

  const std::filesystem::path folder_;
  const Clock& clock_;
  rocksdb::Env* const env_;
  const std::unique_ptr<rocksdb::Env> twins_;  // The same, for the database.
  const std::chrono::days things_kept_for_;
  const rocks::Access access_;
  mutable Gate gate_;  // Readers pass it; open() and reopen() hold it shut.
  std::unique_ptr<Database> database_;
  Handles handles_{};  // Of the database; batches that outlive it find the next one's.
  std::optional<std::uint64_t> disowned_;
  rocks::SyncedFile synced_;
  std::uint64_t written_ = 0;                     // The number of the last batch.
  mutable std::atomic<bool> is_suspect_ = false;  // Something could not be read.
  mutable std::mutex mutex_;
  Damage damage_;
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
  rocks::finish_rebuilding(folder);
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
