#include "store/rocks_disk.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "store/rocks_options.h"

namespace herald {
namespace {

using Handles = std::array<rocksdb::ColumnFamilyHandle*, family_names.size()>;

tl::unexpected<Error> failed(const rocksdb::Status& status) {
  if (status.IsNotFound()) return fail(Code::absent);
  return fail(status.IsCorruption() ? Code::malformed : Code::failed, status.ToString());
}

tl::unexpected<Error> failed(const std::filesystem::path& file) {
  return fail(Code::failed, file.string() + ": " + std::generic_category().message(errno));
}

// Opens, writes what there is to write, and syncs.
Result<void> write_through(const std::filesystem::path& path, int flags, std::string_view bytes) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (file < 0) return failed(path);
  Result<void> outcome;
  while (!bytes.empty() && outcome) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      outcome = failed(path);
    }
  }
  if (outcome && ::fsync(file) != 0) outcome = failed(path);
  ::close(file);
  return outcome;
}

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
  RocksDisk(std::filesystem::path folder, std::unique_ptr<rocksdb::DB> database,
            const Handles& handles)
      : folder_(std::move(folder)), database_(std::move(database)), handles_(handles) {}
  RocksDisk(const RocksDisk&) = delete;
  RocksDisk& operator=(const RocksDisk&) = delete;
  ~RocksDisk() override {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      database_->DestroyColumnFamilyHandle(handle);
    }
    database_->Close();
  }

  std::unique_ptr<Batch> new_batch() override { return std::make_unique<RocksBatch>(handles_); }

  Result<void> write(Batch& batch, bool sync) override {
    auto& changes = dynamic_cast<RocksBatch&>(batch);
    if (!changes.status().ok()) return failed(changes.status());
    rocksdb::WriteOptions options;
    options.sync = sync;
    options.no_slowdown = true;  // A caller rather hears `refused` than waits.
    const rocksdb::Status status = database_->Write(options, &changes.rocks());
    if (status.IsIncomplete()) return fail(Code::refused, status.ToString());
    if (!status.ok()) return fail(Code::failed, status.ToString());
    return {};
  }

  Result<void> sync() override {
    const rocksdb::Status status = database_->SyncWAL();
    if (!status.ok()) return fail(Code::failed, status.ToString());
    return {};
  }

  Result<void> rewrite(Family family) override {
    // A log is deleted when every family has its part of it in tables.
    const std::vector<rocksdb::ColumnFamilyHandle*> all(handles_.begin(), handles_.end());
    rocksdb::Status status = database_->Flush(rocksdb::FlushOptions(), all);
    if (!status.ok()) return failed(status);
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    status = database_->CompactRange(options, handle(family), nullptr, nullptr);
    if (!status.ok()) return failed(status);
    return {};
  }

  Result<void> keep_note(std::string_view note) override {
    const auto written = write_through(note_file(), O_WRONLY | O_CREAT | O_TRUNC, note);
    if (!written) return written;
    return write_through(folder_, O_RDONLY | O_DIRECTORY, {});
  }

  Result<std::string> note() const override {
    if (!std::filesystem::exists(note_file())) return std::string();
    std::ifstream file(note_file(), std::ios::binary);
    std::string note{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad()) return failed(note_file());
    return note;
  }

  Result<std::string> get(Family family, std::string_view key) const override {
    std::string value;
    const rocksdb::Status status =
        database_->Get(rocksdb::ReadOptions(), handle(family), key, &value);
    if (!status.ok()) return failed(status);
    return value;
  }

  // Get with a read tier answers a value that is empty where a file is not open.
  std::optional<Result<std::string>> get_at_once(Family family,
                                                 std::string_view key) const override {
    std::string value;
    bool is_known = false;
    if (!database_->KeyMayExist(rocksdb::ReadOptions(), handle(family), key, &value, &is_known)) {
      return fail(Code::absent);
    }
    if (!is_known) return std::nullopt;
    return value;
  }

  Result<std::string> last_key(Family family) const override {
    const auto entries = iterator(family);
    entries->SeekToLast();
    if (!entries->status().ok()) return failed(entries->status());
    if (!entries->Valid()) return fail(Code::absent);
    return entries->key().ToString();
  }

  Result<void> scan(Family family, std::string_view first, const Visitor& visit) const override {
    const auto entries = iterator(family);
    for (entries->Seek(first); entries->Valid(); entries->Next()) {
      if (!visit(entries->key().ToStringView(), entries->value().ToStringView())) return {};
    }
    if (!entries->status().ok()) return failed(entries->status());
    return {};
  }

 private:
  std::filesystem::path note_file() const { return folder_ / "in_doubt"; }
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_.at(static_cast<std::size_t>(family));
  }
  std::unique_ptr<rocksdb::Iterator> iterator(Family family) const {
    rocksdb::ReadOptions options;
    options.fill_cache = false;  // What is read from end to end is not read again soon.
    return std::unique_ptr<rocksdb::Iterator>(database_->NewIterator(options, handle(family)));
  }

  const std::filesystem::path folder_;
  std::unique_ptr<rocksdb::DB> database_;
  Handles handles_;
};

}  // namespace

Result<std::unique_ptr<Disk>> open_rocks_disk(const std::filesystem::path& folder,
                                              const Clock& clock, rocksdb::Env* env) {
  const rocks::FamilyOptions options_of(clock);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(family_names.size());
  for (std::size_t i = 0; i < family_names.size(); ++i) {
    families.emplace_back(family_names.at(i), options_of(static_cast<Family>(i)));
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::failed, folder.string() + ": " + error.message());

  rocksdb::DBOptions options = rocks::database_options();
  if (env != nullptr) options.env = env;
  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> opened_families;
  const rocksdb::Status status =
      rocksdb::DB::Open(options, folder.string(), families, &opened_families, &opened);
  if (!status.ok()) return failed(status);
  Handles handles{};
  std::ranges::copy(opened_families, handles.begin());
  return std::make_unique<RocksDisk>(folder, std::unique_ptr<rocksdb::DB>(opened), handles);
}

}  // namespace herald
