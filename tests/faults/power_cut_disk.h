#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace herald::testing {

// What becomes of the part that nobody synced.
enum class Unsynced {
  kept,    // All of it, and it stays unsynced: the process was killed, and the power is on.
  lost,    // All of it: the least that a disk has to keep.
  partly,  // A part from the front of each file, and of what happened to names, is kept.
};

// A file system in memory which knows what a power cut takes: bytes after the last sync of their
// file, and names that were made, moved or deleted after the last sync of their folder. Files only
// grow, as those of RocksDB do. Any thread.
class PowerCutDisk final : public rocksdb::FileSystem {
 public:
  // With `syncs` off every sync is answered and none is done: a disk that lies.
  explicit PowerCutDisk(bool syncs = true) : syncs_(syncs) {}

  // The power goes off after so many more changes; none: it stays on. From then on whoever has
  // files open goes on in a world that nobody will hear of, so that no path of errors is taken.
  void cut_after(std::optional<std::size_t> changes);
  bool is_off() const;
  // The power is on again; the disk has what it kept of the cut, or of now if there was none.
  // Nobody may have a file open.
  void restore(Unsynced unsynced, std::mt19937_64& random);

  const char* Name() const override { return "PowerCutDisk"; }
  using Options = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;
  using Status = rocksdb::IOStatus;
  Status NewSequentialFile(const std::string& name, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSSequentialFile>* file, Debug*) override;
  Status NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSRandomAccessFile>* file, Debug*) override;
  Status NewWritableFile(const std::string& name, const rocksdb::FileOptions&,
                         std::unique_ptr<rocksdb::FSWritableFile>* file, Debug*) override;
  // What is written anew counts at once: a disk may keep it, whatever else it loses.
  Status NewRandomRWFile(const std::string& name, const rocksdb::FileOptions&,
                         std::unique_ptr<rocksdb::FSRandomRWFile>* file, Debug*) override;
  Status NewDirectory(const std::string& name, const Options&,
                      std::unique_ptr<rocksdb::FSDirectory>* folder, Debug*) override;
  Status FileExists(const std::string& name, const Options&, Debug*) override;
  Status GetChildren(const std::string& folder, const Options&, std::vector<std::string>* names,
                     Debug*) override;
  Status DeleteFile(const std::string& name, const Options&, Debug*) override;
  Status CreateDir(const std::string& name, const Options&, Debug*) override;
  Status CreateDirIfMissing(const std::string& name, const Options&, Debug*) override;
  Status DeleteDir(const std::string& name, const Options&, Debug*) override;
  Status GetFileSize(const std::string& name, const Options&, std::uint64_t* size, Debug*) override;
  Status GetFileModificationTime(const std::string& name, const Options&, std::uint64_t* time,
                                 Debug*) override;
  Status RenameFile(const std::string& from, const std::string& to, const Options&,
                    Debug*) override;
  Status LinkFile(const std::string& from, const std::string& to, const Options&, Debug*) override;
  Status LockFile(const std::string& name, const Options&, rocksdb::FileLock** lock,
                  Debug*) override;
  Status UnlockFile(rocksdb::FileLock* lock, const Options&, Debug*) override;
  Status GetTestDirectory(const Options&, std::string* path, Debug*) override;
  Status GetAbsolutePath(const std::string& path, const Options&, std::string* absolute,
                         Debug*) override;
  Status IsDirectory(const std::string& path, const Options&, bool* is, Debug*) override;

 private:
  struct Content {
    std::string bytes;
    std::size_t synced = 0;
  };
  using Contents = std::shared_ptr<Content>;
  using Names = std::map<std::string, Contents>;
  // Happens as a whole; a name without contents is deleted.
  using Change = std::vector<std::pair<std::string, Contents>>;

  class Reading;
  class Sequence;
  class Writing;
  class Rewriting;
  class Folder;
  class Lock;

  // What is on the disk, and what of it is synced.
  struct State {
    Names names;
    Names synced_names;
    std::vector<Change> changes;  // Since the names were synced.
    State copy() const;
  };

  // Before each change of the disk.
  void count();
  Status find(const std::string& name, Contents& contents) const;
  void rename(Change change);
  static void apply(const Change& change, Names& names);
  void sync(const std::string& folder);

  const bool syncs_;
  mutable std::mutex mutex_;  // Guards all below, and the contents of files.
  std::optional<std::size_t> changes_left_;
  State state_;
  std::optional<State> at_cut_;
  std::set<std::string> folders_;
  std::set<std::string> locks_;
};

}  // namespace herald::testing
