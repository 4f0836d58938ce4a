#include "store/rocks_entries.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/testing.h"

namespace herald::rocks {
namespace {

namespace fs = std::filesystem;

// A family with a table for each of four keys, on one level, of which the second is damaged.
class RocksEntries : public ::testing::Test {
 protected:
  RocksEntries() {
    std::string name = (fs::temp_directory_path() / "herald-entries-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    auto made = open();
    rocksdb::CompactRangeOptions moving;
    moving.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kSkip;
    rocksdb::ColumnFamilyHandle* const handle = made->handle(Family::messages);
    for (const char* key : {"1", "2", "3", "4"}) {
      rocksdb::DB& database = *made->operator->();
      EXPECT_TRUE(database.Put({}, handle, key, std::string("value ") + key).ok());
      EXPECT_TRUE(database.Flush({}, handle).ok());
      EXPECT_TRUE(database.CompactRange(moving, handle, nullptr, nullptr).ok());
    }
    made.reset();
    damage("value 2");
    database_ = open();
  }
  ~RocksEntries() override {
    database_.reset();
    fs::remove_all(root_);
  }

  std::unique_ptr<Database> open() {
    auto opened = Database::open({.folder = root_,
                                  .clock = clock_,
                                  .things_kept_for = std::chrono::days(30),
                                  .env = rocksdb::Env::Default()});
    EXPECT_TRUE(opened) << opened.error().detail;
    return std::move(opened).value();
  }

  void damage(std::string_view text) {
    for (const auto& entry : fs::directory_iterator(root_)) {
      if (!entry.path().string().ends_with(".sst")) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      std::string bytes(std::istreambuf_iterator<char>(in), {});
      const std::size_t at = bytes.find(text);
      if (at == bytes.npos) continue;
      bytes[at] ^= 1;
      std::ofstream(entry.path(), std::ios::binary) << bytes;
    }
  }

  ManualClock clock_{testing::start};
  fs::path root_;
  std::unique_ptr<Database> database_;
};

TEST_F(RocksEntries, EndWithAnErrorWhereATableCannotBeRead) {
  Entries entries(*database_, Family::messages);
  std::vector<std::string> found;
  for (entries.seek({}); entries.valid(); entries.next()) found.push_back(entries.key().ToString());
  EXPECT_EQ(found, std::vector<std::string>{"1"});
  EXPECT_TRUE(entries.status().IsCorruption());
}

TEST_F(RocksEntries, EndSoBackwards) {
  Entries entries(*database_, Family::messages);
  std::vector<std::string> found;
  for (entries.seek_before("5"); entries.valid(); entries.back()) {
    found.push_back(entries.key().ToString());
  }
  EXPECT_EQ(found, std::vector<std::string>{"4"});  // Backwards RocksDB looks one further ahead.
  EXPECT_TRUE(entries.status().IsCorruption());
}

TEST_F(RocksEntries, GoOnBehindIt) {
  Entries entries(*database_, Family::messages);
  entries.seek("3");
  EXPECT_EQ(entries.key(), rocksdb::Slice("3"));
  entries.next();
  EXPECT_EQ(entries.key(), rocksdb::Slice("4"));
  entries.next();
  EXPECT_FALSE(entries.valid());
  EXPECT_TRUE(entries.status().ok());
}

TEST_F(RocksEntries, AreNotThoseOfAnErasedRange) {
  ASSERT_TRUE((*database_)->DeleteRange({}, database_->handle(Family::messages), "1", "4").ok());
  Entries entries(*database_, Family::messages);
  entries.seek("3");
  EXPECT_EQ(entries.key(), rocksdb::Slice("4"));
}

}  // namespace
}  // namespace herald::rocks
