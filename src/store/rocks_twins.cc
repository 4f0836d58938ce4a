#include "store/rocks_twins.h"

#include <utility>

namespace herald::rocks {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

class WrittenTwice final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using File = std::unique_ptr<rocksdb::FSWritableFile>;
  WrittenTwice(File file, File twin)
      : FSWritableFileOwnerWrapper(std::move(file)), twin_(std::move(twin)) {}

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    return appended(target()->Append(bytes, options, debug), bytes);
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    return appended(target()->Append(bytes, options, verification, debug), bytes);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return synced(target()->Sync(options, debug), options, debug);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return synced(target()->Fsync(options, debug), options, debug);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    if (twin_) twin_->Close(options, debug).PermitUncheckedError();
    return target()->Close(options, debug);
  }

 private:
  IOStatus appended(IOStatus status, const Slice& bytes) {
    if (status.ok() && twin_) unsynced_.append(bytes.data(), bytes.size());
    return status;
  }
  // A twin that has missed something is not gone on with.
  IOStatus synced(IOStatus status, const IOOptions& options, IODebugContext* debug) {
    if (!status.ok() || !twin_) return status;
    IOStatus twin = twin_->Append(unsynced_, options, debug);
    if (twin.ok()) twin = twin_->Sync(options, debug);
    if (!twin.ok()) twin_.reset();
    unsynced_.clear();
    return status;
  }

  File twin_;
  std::string unsynced_;  // What the twin still lacks.
};

class TwinFiles final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "herald.twins"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    IOStatus status = target_->NewWritableFile(path, options, file, debug);
    if (!status.ok() || !has_twin(name_of(path))) return status;
    std::unique_ptr<rocksdb::FSWritableFile> twin;
    target_->NewWritableFile(twin_of(path), options, &twin, debug).PermitUncheckedError();
    *file = std::make_unique<WrittenTwice>(std::move(*file), std::move(twin));
    return status;
  }

  // CURRENT is written under another name first.
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    IOStatus status = target_->RenameFile(from, to, options, debug);
    if (!status.ok() || !has_twin(name_of(to))) return status;
    std::string bytes;
    if (rocksdb::ReadFileToString(target_.get(), to, &bytes).ok()) {
      rocksdb::WriteStringToFile(target_.get(), bytes, twin_of(to), /*should_sync=*/true)
          .PermitUncheckedError();
    }
    return status;
  }

  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    IOStatus status = target_->DeleteFile(path, options, debug);
    if (status.ok() && has_twin(name_of(path))) {
      target_->DeleteFile(twin_of(path), options, debug).PermitUncheckedError();
    }
    return status;
  }
};

}  // namespace

bool has_twin(std::string_view file_name) {
  if (file_name == "CURRENT") return true;
  constexpr std::string_view manifest = "MANIFEST-";
  return file_name.starts_with(manifest) && file_name.size() > manifest.size() &&
         file_name.find_first_not_of("0123456789", manifest.size()) == file_name.npos;
}

std::string twin_of(const std::string& path) { return path + ".twin"; }

std::unique_ptr<rocksdb::Env> with_twins(rocksdb::Env& base) {
  return rocksdb::NewCompositeEnv(std::make_shared<TwinFiles>(base.GetFileSystem()));
}

}  // namespace herald::rocks
