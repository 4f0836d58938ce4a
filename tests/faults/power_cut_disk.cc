#include "power_cut_disk.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace herald::testing {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

std::string folder_of(const std::string& name) {
  return std::filesystem::path(name).parent_path().lexically_normal().string();
}

std::string normal(const std::string& name) {
  std::string path = std::filesystem::path(name).lexically_normal().string();
  if (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

class PowerCutDisk::Reading final : public rocksdb::FSRandomAccessFile {
 public:
  Reading(const PowerCutDisk& disk, Contents contents)
      : disk_(disk), contents_(std::move(contents)) {}

  Status Read(std::uint64_t offset, std::size_t size, const Options&, Slice* result, char* scratch,
              Debug*) const override {
    const std::scoped_lock lock(disk_.mutex_);
    const std::string& bytes = contents_->bytes;
    const std::size_t first = std::min<std::size_t>(offset, bytes.size());
    *result = Slice(scratch, bytes.copy(scratch, size, first));
    return Status::OK();
  }

 private:
  const PowerCutDisk& disk_;
  const Contents contents_;
};

class PowerCutDisk::Sequence final : public rocksdb::FSSequentialFile {
 public:
  Sequence(const PowerCutDisk& disk, Contents contents) : file_(disk, std::move(contents)) {}

  Status Read(std::size_t size, const Options& options, Slice* result, char* scratch,
              Debug* debug) override {
    const Status status = file_.Read(at_, size, options, result, scratch, debug);
    at_ += result->size();
    return status;
  }
  Status Skip(std::uint64_t count) override {
    at_ += count;
    return Status::OK();
  }

 private:
  const Reading file_;
  std::uint64_t at_ = 0;
};

class PowerCutDisk::Writing final : public rocksdb::FSWritableFile {
 public:
  Writing(PowerCutDisk& disk, Contents contents) : disk_(disk), contents_(std::move(contents)) {}

  using rocksdb::FSWritableFile::Append;
  Status Append(const Slice& bytes, const Options&, Debug*) override {
    const std::scoped_lock lock(disk_.mutex_);
    disk_.count();
    contents_->bytes.append(bytes.data(), bytes.size());
    return Status::OK();
  }
  Status Truncate(std::uint64_t size, const Options&, Debug*) override {
    const std::scoped_lock lock(disk_.mutex_);
    disk_.count();
    contents_->bytes.resize(size);
    contents_->synced = std::min<std::size_t>(contents_->synced, size);
    return Status::OK();
  }
  Status Close(const Options&, Debug*) override { return Status::OK(); }
  Status Flush(const Options&, Debug*) override { return Status::OK(); }
  Status Sync(const Options&, Debug*) override {
    const std::scoped_lock lock(disk_.mutex_);
    disk_.count();
    if (disk_.syncs_) contents_->synced = contents_->bytes.size();
    return Status::OK();
  }
  Status Fsync(const Options& options, Debug* debug) override { return Sync(options, debug); }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const Options&, Debug*) override {
    const std::scoped_lock lock(disk_.mutex_);
    return contents_->bytes.size();
  }

 private:
  PowerCutDisk& disk_;
  const Contents contents_;
};

class PowerCutDisk::Rewriting final : public rocksdb::FSRandomRWFile {
 public:
  Rewriting(PowerCutDisk& disk, Contents contents)
      : disk_(disk), contents_(contents), reading_(disk, std::move(contents)) {}

  Status Write(std::uint64_t offset, const Slice& bytes, const Options&, Debug*) override {
    const std::scoped_lock lock(disk_.mutex_);
    disk_.count();
    contents_->bytes.replace(offset, bytes.size(), bytes.data(), bytes.size());
    return Status::OK();
  }
  Status Read(std::uint64_t offset, std::size_t size, const Options& options, Slice* result,
              char* scratch, Debug* debug) const override {
    return reading_.Read(offset, size, options, result, scratch, debug);
  }
  Status Flush(const Options&, Debug*) override { return Status::OK(); }
  Status Sync(const Options&, Debug*) override { return Status::OK(); }
  Status Fsync(const Options&, Debug*) override { return Status::OK(); }
  Status Close(const Options&, Debug*) override { return Status::OK(); }

 private:
  PowerCutDisk& disk_;
  const Contents contents_;
  const Reading reading_;
};

class PowerCutDisk::Folder final : public rocksdb::FSDirectory {
 public:
  Folder(PowerCutDisk& disk, std::string name) : disk_(disk), name_(std::move(name)) {}

  Status Fsync(const Options&, Debug*) override {
    const std::scoped_lock lock(disk_.mutex_);
    disk_.count();
    if (disk_.syncs_) disk_.sync(name_);
    return Status::OK();
  }
  Status Close(const Options&, Debug*) override { return Status::OK(); }

 private:
  PowerCutDisk& disk_;
  const std::string name_;
};

class PowerCutDisk::Lock final : public rocksdb::FileLock {
 public:
  explicit Lock(std::string locked) : name(std::move(locked)) {}
  const std::string name;
};

// Files stay the same under all their names.
PowerCutDisk::State PowerCutDisk::State::copy() const {
  State state = *this;
  std::map<Contents, Contents> copies;
  const auto copy = [&](Contents& contents) {
    if (!contents) return;
    Contents& copied = copies[contents];
    if (!copied) copied = std::make_shared<Content>(*contents);
    contents = copied;
  };
  for (auto& [name, contents] : state.names) copy(contents);
  for (auto& [name, contents] : state.synced_names) copy(contents);
  for (Change& change : state.changes) {
    for (auto& [name, contents] : change) copy(contents);
  }
  return state;
}

void PowerCutDisk::cut_after(std::optional<std::size_t> changes) {
  const std::scoped_lock lock(mutex_);
  changes_left_ = changes;
}

bool PowerCutDisk::is_off() const {
  const std::scoped_lock lock(mutex_);
  return at_cut_.has_value();
}

void PowerCutDisk::count() {
  if (!changes_left_ || at_cut_) return;
  if (*changes_left_ == 0) at_cut_ = state_.copy();
  --*changes_left_;
}

void PowerCutDisk::restore(Unsynced unsynced, std::mt19937_64& random) {
  const std::scoped_lock lock(mutex_);
  if (at_cut_) state_ = std::move(*at_cut_);
  at_cut_.reset();
  changes_left_.reset();
  locks_.clear();
  if (unsynced == Unsynced::kept) return;

  const auto kept_of = [&](std::size_t count) {
    return unsynced == Unsynced::lost
               ? 0
               : std::uniform_int_distribution<std::size_t>(0, count)(random);
  };
  state_.changes.resize(kept_of(state_.changes.size()));
  for (const Change& change : state_.changes) apply(change, state_.synced_names);
  state_.changes.clear();
  std::set<Content*> cut;  // A file that has two names is cut once.
  for (const auto& [name, contents] : state_.synced_names) {
    if (!cut.insert(contents.get()).second) continue;
    contents->synced += kept_of(contents->bytes.size() - contents->synced);
    contents->bytes.resize(contents->synced);
  }
  state_.names = state_.synced_names;
}

IOStatus PowerCutDisk::find(const std::string& name, Contents& contents) const {
  const auto found = state_.names.find(normal(name));
  if (found == state_.names.end()) return Status::PathNotFound(name);
  contents = found->second;
  return Status::OK();
}

void PowerCutDisk::rename(Change change) {
  apply(change, state_.names);
  state_.changes.push_back(std::move(change));
}

void PowerCutDisk::apply(const Change& change, Names& names) {
  for (const auto& [name, contents] : change) {
    if (contents) {
      names[name] = contents;
    } else {
      names.erase(name);
    }
  }
}

void PowerCutDisk::sync(const std::string& folder) {
  std::erase_if(state_.changes, [&](const Change& change) {
    const bool here = folder_of(change.front().first) == folder;
    if (here) apply(change, state_.synced_names);
    return here;
  });
}

IOStatus PowerCutDisk::NewSequentialFile(const std::string& name, const rocksdb::FileOptions&,
                                         std::unique_ptr<rocksdb::FSSequentialFile>* file, Debug*) {
  const std::scoped_lock lock(mutex_);
  Contents contents;
  if (Status missing = find(name, contents); !missing.ok()) return missing;
  *file = std::make_unique<Sequence>(*this, std::move(contents));
  return Status::OK();
}

IOStatus PowerCutDisk::NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions&,
                                           std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                           Debug*) {
  const std::scoped_lock lock(mutex_);
  Contents contents;
  if (Status missing = find(name, contents); !missing.ok()) return missing;
  *file = std::make_unique<Reading>(*this, std::move(contents));
  return Status::OK();
}

IOStatus PowerCutDisk::NewWritableFile(const std::string& name, const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file, Debug*) {
  const std::scoped_lock lock(mutex_);
  count();
  auto contents = std::make_shared<Content>();
  rename({{normal(name), contents}});
  *file = std::make_unique<Writing>(*this, std::move(contents));
  return Status::OK();
}

IOStatus PowerCutDisk::NewRandomRWFile(const std::string& name, const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSRandomRWFile>* file, Debug*) {
  const std::scoped_lock lock(mutex_);
  Contents contents;
  if (Status missing = find(name, contents); !missing.ok()) return missing;
  *file = std::make_unique<Rewriting>(*this, std::move(contents));
  return Status::OK();
}

IOStatus PowerCutDisk::NewDirectory(const std::string& name, const Options&,
                                    std::unique_ptr<rocksdb::FSDirectory>* folder, Debug*) {
  *folder = std::make_unique<Folder>(*this, normal(name));
  return Status::OK();
}

IOStatus PowerCutDisk::FileExists(const std::string& name, const Options&, Debug*) {
  const std::scoped_lock lock(mutex_);
  Contents contents;
  const bool there = folders_.contains(normal(name)) || find(name, contents).ok();
  return there ? Status::OK() : Status::NotFound();
}

IOStatus PowerCutDisk::GetChildren(const std::string& folder, const Options&,
                                   std::vector<std::string>* names, Debug*) {
  const std::scoped_lock lock(mutex_);
  names->clear();
  for (const auto& [name, contents] : state_.names) {
    if (folder_of(name) == normal(folder)) {
      names->push_back(std::filesystem::path(name).filename().string());
    }
  }
  return Status::OK();
}

IOStatus PowerCutDisk::DeleteFile(const std::string& name, const Options&, Debug*) {
  const std::scoped_lock lock(mutex_);
  Contents contents;
  if (Status missing = find(name, contents); !missing.ok()) return missing;
  count();
  rename({{normal(name), nullptr}});
  return Status::OK();
}

// Folders are there at once, as if their parents were synced.
IOStatus PowerCutDisk::CreateDir(const std::string& name, const Options&, Debug*) {
  const std::scoped_lock lock(mutex_);
  return folders_.insert(normal(name)).second ? Status::OK() : Status::IOError(name, "exists");
}

IOStatus PowerCutDisk::CreateDirIfMissing(const std::string& name, const Options&, Debug*) {
  const std::scoped_lock lock(mutex_);
  folders_.insert(normal(name));
  return Status::OK();
}

IOStatus PowerCutDisk::DeleteDir(const std::string& name, const Options&, Debug*) {
  const std::scoped_lock lock(mutex_);
  folders_.erase(normal(name));
  return Status::OK();
}

IOStatus PowerCutDisk::GetFileSize(const std::string& name, const Options&, std::uint64_t* size,
                                   Debug*) {
  const std::scoped_lock lock(mutex_);
  Contents contents;
  if (Status missing = find(name, contents); !missing.ok()) return missing;
  *size = contents->bytes.size();
  return Status::OK();
}

IOStatus PowerCutDisk::GetFileModificationTime(const std::string&, const Options&,
                                               std::uint64_t* time, Debug*) {
  *time = 0;
  return Status::OK();
}

IOStatus PowerCutDisk::RenameFile(const std::string& from, const std::string& to, const Options&,
                                  Debug*) {
  const std::scoped_lock lock(mutex_);
  Contents contents;
  if (Status missing = find(from, contents); !missing.ok()) return missing;
  count();
  rename({{normal(to), contents}, {normal(from), nullptr}});
  return Status::OK();
}

IOStatus PowerCutDisk::LinkFile(const std::string& from, const std::string& to, const Options&,
                                Debug*) {
  const std::scoped_lock lock(mutex_);
  Contents contents;
  if (Status missing = find(from, contents); !missing.ok()) return missing;
  count();
  rename({{normal(to), contents}});
  return Status::OK();
}

IOStatus PowerCutDisk::LockFile(const std::string& name, const Options&, rocksdb::FileLock** held,
                                Debug*) {
  const std::scoped_lock lock(mutex_);
  if (!locks_.insert(normal(name)).second) return Status::IOError(name, "locked");
  *held = new Lock(normal(name));
  return Status::OK();
}

IOStatus PowerCutDisk::UnlockFile(rocksdb::FileLock* held, const Options&, Debug*) {
  const std::unique_ptr<Lock> ours(dynamic_cast<Lock*>(held));
  const std::scoped_lock lock(mutex_);
  locks_.erase(ours->name);
  return Status::OK();
}

IOStatus PowerCutDisk::GetTestDirectory(const Options&, std::string* path, Debug*) {
  *path = "/";
  return Status::OK();
}

IOStatus PowerCutDisk::GetAbsolutePath(const std::string& path, const Options&,
                                       std::string* absolute, Debug*) {
  *absolute = path;
  return Status::OK();
}

IOStatus PowerCutDisk::IsDirectory(const std::string& path, const Options&, bool* is, Debug*) {
  const std::scoped_lock lock(mutex_);
  *is = folders_.contains(normal(path));
  return Status::OK();
}

}  // namespace herald::testing
