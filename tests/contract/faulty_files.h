#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace herald::testing {

// The files of a disk that fails when it is told to, in ways in which disks do. Any thread.
class FaultyFiles final : public rocksdb::FileSystemWrapper {
 public:
  enum class Which { logs, tables, all };

  FaultyFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "herald.faulty"; }

  // From now on half of what is written arrives, and this is the answer.
  void fail_writes(Which which, rocksdb::IOStatus answer) {
    const std::scoped_lock lock(mutex_);
    on_write_ = {which, std::move(answer)};
  }
  void fail_syncs(Which which, rocksdb::IOStatus answer) {
    const std::scoped_lock lock(mutex_);
    on_sync_ = {which, std::move(answer)};
  }
  // Nothing can be written, and no file be made.
  void turn_read_only() {
    const std::scoped_lock lock(mutex_);
    const auto answer = rocksdb::IOStatus::IOError("Read-only file system");
    on_create_ = {Which::all, answer};
    on_write_ = {Which::all, answer};
  }
  // Syncs of logs wait.
  void stall() {
    const std::scoped_lock lock(mutex_);
    stalled_ = true;
  }
  void wait_until_something_stalls() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void set_free_bytes(std::uint64_t bytes) {
    const std::scoped_lock lock(mutex_);
    free_bytes_ = bytes;
  }
  void heal() {
    {
      const std::scoped_lock lock(mutex_);
      on_write_ = on_sync_ = on_create_ = {};
      stalled_ = false;
      free_bytes_.reset();
    }
    changed_.notify_all();
  }

  // Whether a file was synced after a sync of it had failed.
  bool synced_again() const {
    const std::scoped_lock lock(mutex_);
    return synced_again_;
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (auto status = answer(on_create_, name); !status.ok()) return status;
    auto status = target_->NewWritableFile(name, options, file, debug);
    if (status.ok()) *file = std::make_unique<File>(*this, name, std::move(*file));
    return status;
  }
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options,
                                 std::uint64_t* bytes, rocksdb::IODebugContext* debug) override {
    const std::scoped_lock lock(mutex_);
    if (!free_bytes_) return target_->GetFreeSpace(path, options, bytes, debug);
    *bytes = *free_bytes_;
    return {};
  }

 private:
  struct Fault {
    Which which = Which::all;
    rocksdb::IOStatus answer;
  };

  static bool is_log(const std::string& name) { return name.ends_with(".log"); }
  static bool is_table(const std::string& name) {
    return name.ends_with(".sst") || name.ends_with(".blob");
  }

  rocksdb::IOStatus answer(const Fault& fault, const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const bool meant =
        fault.which == Which::all || (fault.which == Which::logs ? is_log(name) : is_table(name));
    return meant ? fault.answer : rocksdb::IOStatus::OK();
  }

  rocksdb::IOStatus before_sync(const std::string& name, bool& failed) {
    {
      std::unique_lock lock(mutex_);
      if (stalled_ && is_log(name)) {
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !stalled_; });
        --waiting_;
      }
      if (failed) synced_again_ = true;
    }
    auto status = answer(on_sync_, name);
    failed = failed || !status.ok();
    return status;
  }

  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(FaultyFiles& files, std::string name, std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileOwnerWrapper(std::move(file)), files_(files), name_(std::move(name)) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      auto status = files_.answer(files_.on_write_, name_);
      if (status.ok()) return target()->Append(data, options, debug);
      target()->Append({data.data(), data.size() / 2}, options, debug).PermitUncheckedError();
      return status;
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo& /*verification*/,
                             rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
      auto status = files_.before_sync(name_, failed_);
      return status.ok() ? target()->Sync(options, debug) : status;
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* debug) override {
      auto status = files_.before_sync(name_, failed_);
      return status.ok() ? target()->Fsync(options, debug) : status;
    }

   private:
    FaultyFiles& files_;
    const std::string name_;
    bool failed_ = false;  // A sync of it.
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Fault on_write_;
  Fault on_sync_;
  Fault on_create_;
  bool stalled_ = false;
  int waiting_ = 0;
  std::optional<std::uint64_t> free_bytes_;
  bool synced_again_ = false;
};

}  // namespace herald::testing
