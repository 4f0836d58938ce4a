#include "store/rocks_edits.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "store/rocks_log.h"

namespace herald::rocks {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The manifests of a real database.
class RocksEdits : public ::testing::Test {
 protected:
  RocksEdits() {
    std::string name = (fs::temp_directory_path() / "herald-edits-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    rocksdb::ColumnFamilyOptions options;
    options.enable_blob_files = true;
    options.enable_blob_garbage_collection = true;
    options.blob_garbage_collection_age_cutoff = 1;
    families_ = {{"default", options}, {"other", options}};
  }
  ~RocksEdits() override {
    close();
    fs::remove_all(root_);
  }

  void open() {
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::Open(options, root_, families_, &handles_, &opened);
    ASSERT_TRUE(status.ok()) << status.ToString();
    database_.reset(opened);
  }
  void close() {
    for (auto* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
    handles_.clear();
    database_.reset();
  }
  void put(int family, const std::string& value) {
    ASSERT_TRUE(
        database_->Put({}, handles_.at(static_cast<std::size_t>(family)), "key", value).ok());
  }
  void flush(int family) {
    ASSERT_TRUE(database_->Flush({}, handles_.at(static_cast<std::size_t>(family))).ok());
  }
  std::string manifest() const {
    std::string name = read(root_ / "CURRENT");
    name.pop_back();
    return read(root_ / name);
  }
  // RocksDB's own word for it: it keeps what is needed, and deletes the rest at once.
  std::uint64_t first_log() const {
    rocksdb::VectorLogPtr logs;
    EXPECT_TRUE(database_->GetSortedWalFiles(logs).ok());
    return logs.empty() ? 0 : logs.front()->LogNumber();
  }

  fs::path root_;
  std::vector<rocksdb::ColumnFamilyDescriptor> families_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::unique_ptr<rocksdb::DB> database_;
};

TEST_F(RocksEdits, TheFirstLogThatIsNeededIsKnown) {
  open();
  put(0, "a");
  put(1, "b");
  const std::uint64_t first = first_log();
  EXPECT_LE(first_needed_log(manifest()), first);
  flush(0);
  put(0, "c");
  // What is in it of the other family is in no table.
  EXPECT_EQ(first_log(), first);
  EXPECT_LE(first_needed_log(manifest()), first);
  flush(1);
  EXPECT_GT(first_log(), first);
  EXPECT_EQ(first_needed_log(manifest()), first_log());
}

TEST_F(RocksEdits, EveryKindOfEditIsKnown) {
  open();
  for (const char* value : {"a", "b", "c"}) {
    put(0, value);
    put(1, value);
    flush(0);
    flush(1);
    ASSERT_TRUE(database_->CompactRange({}, handles_[0], nullptr, nullptr).ok());
  }
  put(0, "d");  // An empty log is not counted.
  EXPECT_EQ(first_needed_log(manifest()), first_log());
  const std::uint64_t last = first_log();
  close();
  open();  // Into a new manifest.
  EXPECT_GT(first_needed_log(manifest()), last);
}

TEST_F(RocksEdits, AnUnknownKindMakesEveryLogNeeded) {
  open();
  put(0, "a");
  flush(0);
  std::string edits = manifest();
  ASSERT_GT(first_needed_log(edits), 0u);
  LogWriter writer([&](std::string_view bytes) { edits += bytes; }, edits.size());
  writer.add(forget({.family = 1, .level = 0, .number = 7}));
  EXPECT_GT(first_needed_log(edits), 0u);
  writer.add("\x63");
  EXPECT_EQ(first_needed_log(edits), 0u);
}

}  // namespace
}  // namespace herald::rocks
