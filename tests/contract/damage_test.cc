#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "store/rocks_disk.h"
#include "store/store.h"
#include "store/testing.h"

// What the store says and still has after one of its files was damaged. tests/faults does the same
// at random.
namespace herald::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StoreDamage : public ::testing::Test {
 protected:
  StoreDamage() {
    std::string name = (fs::temp_directory_path() / "herald-damage-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    auto store = open("running");
    for (int i = 0; i < 5; ++i) {
      const std::string text = "payload " + std::to_string(i);
      payloads_.push_back(text + std::string(i == 3 ? 20'000 : 0, 'x'));
      EXPECT_TRUE(write(*store, {Record(AccessKey{.id = "key " + std::to_string(i)})}));
      ids_of_.push_back(append(*store, message_to(1, payloads_.back())).value()->id);
    }
    // With its log alone, as a kill leaves it.
    fs::copy(root_ / "running", root_ / "killed");
    store.reset();
    // Opening writes all of it into tables.
    open("running").reset();
    fs::copy(root_ / "running", root_ / "closed");
  }
  ~StoreDamage() override { fs::remove_all(root_); }

  std::unique_ptr<Store> open(const char* folder) {
    auto store = open_rocks_store(root_ / folder, clock_, ids_, sealing_key);
    EXPECT_TRUE(store) << store.error().detail;
    return store ? std::move(*store) : nullptr;
  }

  static std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The first file whose name ends like that, and which has the text.
  fs::path file(const char* folder, std::string_view suffix, std::string_view text = {}) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(root_ / folder)) {
      const std::string name = entry.path().filename();
      if (name.ends_with(suffix) && read(entry.path()).contains(text)) {
        found.push_back(entry.path());
      }
    }
    EXPECT_FALSE(found.empty()) << suffix;
    return *std::ranges::min_element(found);
  }
  fs::path manifest(const char* folder, std::string_view suffix = {}) {
    std::string name = read(root_ / folder / "CURRENT");
    name.pop_back();
    return root_ / folder / (name + std::string(suffix));
  }
  static void turn_bit(const fs::path& file, std::size_t at) {
    std::string bytes = read(file);
    bytes.at(at) ^= 1;
    std::ofstream(file, std::ios::binary) << bytes;
  }
  void turn_bit_in(const fs::path& file, std::string_view text) {
    turn_bit(file, read(file).find(text));
  }

  // Which messages are there, with what they were written with.
  std::vector<int> there(Store& store) {
    std::vector<int> found;
    const auto messages = fetch(store, ids_of_).value();
    for (const SharedMessage& message : messages) {
      const auto at = std::ranges::find(ids_of_, message->id) - ids_of_.begin();
      EXPECT_EQ(message->payload, payloads_.at(static_cast<std::size_t>(at)));
      found.push_back(static_cast<int>(at));
    }
    return found;
  }
  void expect_all(Store& store) {
    EXPECT_EQ(there(store), (std::vector{0, 1, 2, 3, 4}));
    EXPECT_EQ(replayed(store).size(), 5u);
    EXPECT_EQ(loaded(store).size(), 5u);
  }
  // Nothing is wrong any more with what a repair has left.
  void expect_sound(const char* folder, std::size_t left) {
    const auto store = open(folder);
    EXPECT_THAT(store->damage().descriptions, IsEmpty());
    EXPECT_EQ(there(*store).size(), left);
    EXPECT_TRUE(append(*store, message_to(1)));
  }

  ManualClock clock_{start};
  IdGenerator ids_{clock_, 1};
  fs::path root_;
  std::vector<std::string> payloads_;
  std::vector<MessageId> ids_of_;
};

TEST_F(StoreDamage, OfASoundStoreNothingIsSaid) {
  for (const char* folder : {"killed", "closed"}) {
    const auto store = open(folder);
    EXPECT_EQ(store->damage().count(), 0u);
    expect_all(*store);
  }
}

TEST_F(StoreDamage, ADamagedRecordOfTheLogIsLostAlone) {
  turn_bit_in(file("killed", ".log", "payload 2"), "payload 2");
  auto store = open("killed");
  const Damage damage = store->damage();
  ASSERT_EQ(damage.batches.size(), 1u);
  EXPECT_EQ(damage.batches[0].first, damage.batches[0].last);
  EXPECT_EQ(there(*store), (std::vector{0, 1, 3, 4}));
  EXPECT_EQ(loaded(*store).size(), 5u);
  EXPECT_TRUE(
      read(file(damage.copy.filename().c_str(), ".log", "payload 4")).contains("payload 3"));
  store.reset();
  expect_sound("killed", 4);
}

TEST_F(StoreDamage, WhatIsMissingAtTheEndOfTheLogIsNotTakenForItsTornEnd) {
  const fs::path log = file("killed", ".log", "payload 4");
  fs::resize_file(log, read(log).find("payload 3"));
  auto store = open("killed");
  const Damage damage = store->damage();
  ASSERT_EQ(damage.batches.size(), 1u);
  EXPECT_EQ(damage.batches[0].last - damage.batches[0].first + 1, 3u);
  EXPECT_EQ(there(*store), (std::vector{0, 1, 2}));
  store.reset();
  expect_sound("killed", 3);
}

TEST_F(StoreDamage, WhatWasNeverSyncedIsNoDamage) {
  // As a power cut would leave the mark: behind the log.
  fs::remove(root_ / "killed" / "synced");
  const fs::path log = file("killed", ".log", "payload 4");
  fs::resize_file(log, read(log).find("payload 4"));
  const auto store = open("killed");
  EXPECT_EQ(store->damage().count(), 0u);
  EXPECT_EQ(there(*store), (std::vector{0, 1, 2, 3}));
}

TEST_F(StoreDamage, AnEmptyLogIsMissed) {
  fs::resize_file(file("killed", ".log", "payload 4"), 0);
  auto store = open("killed");
  ASSERT_EQ(store->damage().batches.size(), 1u);
  EXPECT_EQ(store->damage().batches[0].first, 1u);
  EXPECT_THAT(there(*store), IsEmpty());
  store.reset();
  expect_sound("killed", 0);
}

TEST_F(StoreDamage, ADamagedTableLosesARangeOfKeysThatIsNamed) {
  turn_bit(file("closed", ".sst", "registry"), 30);
  auto store = open("closed");
  const Damage damage = store->damage();
  ASSERT_EQ(damage.keys.size(), 1u);
  EXPECT_EQ(damage.keys[0].family, Family::registry);
  EXPECT_TRUE(loaded(*store).empty());  // One block has them all.
  EXPECT_EQ(there(*store), (std::vector{0, 1, 2, 3, 4}));
  store.reset();
  expect_sound("closed", 5);
}

TEST_F(StoreDamage, ATableThatIsCutShortIsLeftOut) {
  const fs::path table = file("closed", ".sst", "registry");
  fs::resize_file(table, fs::file_size(table) / 2);
  auto store = open("closed");
  EXPECT_EQ(store->damage().keys.at(0).family, Family::registry);
  EXPECT_EQ(there(*store), (std::vector{0, 1, 2, 3, 4}));
  store.reset();
  expect_sound("closed", 5);
}

TEST_F(StoreDamage, ATableThatIsGoneIsLeftOut) {
  fs::remove(file("closed", ".sst", "registry"));
  auto store = open("closed");
  EXPECT_EQ(store->damage().keys.at(0).family, Family::registry);
  EXPECT_EQ(there(*store), (std::vector{0, 1, 2, 3, 4}));
  store.reset();
  expect_sound("closed", 5);
}

TEST_F(StoreDamage, APayloadThatIsDamagedIsNeverAnotherOne) {
  turn_bit_in(file("closed", ".blob", "payload 3"), "xxx");
  auto store = open("closed");
  EXPECT_EQ(there(*store), (std::vector{0, 1, 2, 4}));
  EXPECT_EQ(find(*store, ids_of_[3]).error().code, Code::malformed);
  store.reset();
  // That was noted, and all is looked at.
  store = open("closed");
  EXPECT_THAT(store->damage().descriptions, Contains(HasSubstr(std::to_string(ids_of_[3].value))));
  EXPECT_EQ(there(*store), (std::vector{0, 1, 2, 4}));
  store.reset();
  expect_sound("closed", 4);
}

TEST_F(StoreDamage, TheManifestAndItsTwinMendEachOther) {
  turn_bit(manifest("closed"), 40);
  fs::resize_file(manifest("closed", ".twin"), fs::file_size(manifest("closed")) - 1);
  auto store = open("closed");
  EXPECT_GT(store->damage().count(), 0u);
  expect_all(*store);
  store.reset();
  expect_sound("closed", 5);
}

TEST_F(StoreDamage, AShortenedManifestIsNotTakenForAnOlderStore) {
  fs::resize_file(manifest("closed"), fs::file_size(manifest("closed")) / 2);
  const auto store = open("closed");
  EXPECT_GT(store->damage().count(), 0u);
  expect_all(*store);
}

TEST_F(StoreDamage, AManifestThatIsTornBehindItsTwinIsNoDamage) {
  // Of an edit that was under way when the power went: its beginning, or anything.
  for (const std::string& torn : {std::string("1234\xff\0\1edit", 11), std::string(9, '\0')}) {
    std::ofstream(manifest("closed"), std::ios::binary | std::ios::app) << torn;
    const auto store = open("closed");
    EXPECT_THAT(store->damage().descriptions, IsEmpty());
    expect_all(*store);
  }
}

TEST_F(StoreDamage, AManifestThatIsTornWithItsTwinIsDamaged) {
  const auto size = fs::file_size(manifest("closed"));
  fs::resize_file(manifest("closed"), size - 1);
  fs::resize_file(manifest("closed", ".twin"), size - 2);
  EXPECT_THAT(open("closed")->damage().descriptions,
              Contains(HasSubstr("anything may be missing")));
  expect_sound("closed", 5);
}

TEST_F(StoreDamage, ALogThatIsInTablesIsNotMissed) {
  // It was deleted, which a power cut took back; of what was not synced when that was read it has
  // nothing any more.
  const fs::path log = file("killed", ".log", "payload 4");
  const fs::path again = root_ / "closed" / log.filename();
  ASSERT_TRUE(fs::copy_file(log, again));
  fs::resize_file(again, read(log).find("payload 3"));
  const auto store = open("closed");
  EXPECT_THAT(store->damage().descriptions, IsEmpty());
  expect_all(*store);
}

TEST_F(StoreDamage, CurrentIsMendedWhateverIsInIt) {
  for (const char* text : {"", "MANIFEST-000999\n", "garbage"}) {
    std::ofstream(root_ / "killed" / "CURRENT") << text;
    const auto store = open("killed");
    EXPECT_GT(store->damage().count(), 0u);
    expect_all(*store);
  }
  fs::remove(root_ / "killed" / "CURRENT");
  expect_all(*open("killed"));
}

TEST_F(StoreDamage, WithoutAnyManifestItStaysClosedAndAsItIs) {
  const fs::path gone = manifest("closed");
  fs::remove(gone);
  fs::remove(gone.string() + ".twin");
  const auto store = open_rocks_store(root_ / "closed", clock_, ids_, sealing_key);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::malformed);
  EXPECT_TRUE(fs::exists(file("closed", ".sst", "registry")));
}

TEST_F(StoreDamage, VerifyingSaysItAndChangesNothing) {
  turn_bit_in(file("killed", ".log", "payload 2"), "payload 2");
  const std::string before = read(file("killed", ".log", "payload 4"));
  const auto found = verify_rocks_store(root_ / "killed", clock_, sealing_key, {});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->problems, Contains(HasSubstr("of the log are damaged")));
  EXPECT_EQ(read(file("killed", ".log", "payload 4")), before);
}

}  // namespace
}  // namespace herald::testing
