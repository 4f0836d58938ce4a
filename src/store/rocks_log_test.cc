#include "store/rocks_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace herald::rocks {
namespace {

using ::testing::ElementsAre;

std::string log_of(const std::vector<std::string>& records) {
  std::string log;
  LogWriter writer([&](std::string_view bytes) { log += bytes; });
  for (const std::string& record : records) writer.add(record);
  return log;
}

struct Read {
  std::vector<std::string> records;
  int skipped = 0;
};
Read read(std::string_view log) {
  Read found;
  LogReader reader(log);
  while (const auto record = reader.next()) {
    found.records.emplace_back(*record);
    found.skipped += reader.skipped() ? 1 : 0;
  }
  found.skipped += reader.skipped() ? 1 : 0;
  return found;
}

const std::vector<std::string> records{"first", std::string(100'000, 'x'), "", "last"};

TEST(RocksLog, WhatIsWrittenIsRead) {
  // Of every length around the end of a block.
  for (std::size_t size = log_block - 30; size < log_block + 5; ++size) {
    const std::vector<std::string> written{std::string(size, 'a'), "b", std::string(9, 'c')};
    const Read found = read(log_of(written));
    EXPECT_EQ(found.records, written);
    EXPECT_EQ(found.skipped, 0);
  }
}

TEST(RocksLog, ItGoesOnWhereAnotherStopped) {
  std::string log = log_of({"a", std::string(50'000, 'b')});
  LogWriter more([&](std::string_view bytes) { log += bytes; }, log.size());
  more.add(std::string(50'000, 'c'));
  EXPECT_EQ(read(log).records.size(), 3u);
}

TEST(RocksLog, WhatIsDamagedIsLostAlone) {
  std::string log = log_of(records);
  log[10] ^= 1;  // In the first record.
  EXPECT_THAT(read(log).records, ElementsAre(records[1], records[2], records[3]));
  EXPECT_EQ(read(log).skipped, 1);
  log[70'000] ^= 1;  // In the middle of the second.
  EXPECT_THAT(read(log).records, ElementsAre(records[2], records[3]));
}

TEST(RocksLog, WithoutItsLengthTheRestOfABlockIsLost) {
  std::string log = log_of({"a", "b", std::string(log_block, 'c'), "d"});
  log[5] ^= '\xff';
  const Read found = read(log);
  EXPECT_THAT(found.records, ElementsAre("d"));
  EXPECT_EQ(found.skipped, 1);
}

TEST(RocksLog, AtEveryLengthItIsCutAfterWholeRecords) {
  const std::string log = log_of({"one", "two", "three"});
  for (std::size_t size = 0; size <= log.size(); ++size) {
    const Read found = read(std::string_view(log).substr(0, size));
    EXPECT_EQ(found.records.size(), size < 10 ? 0u : size < 20 ? 1u : size < log.size() ? 2u : 3u);
    const bool at_an_end = size == 0 || size == 10 || size == 20 || size == log.size();
    EXPECT_EQ(found.skipped, at_an_end ? 0 : 1) << size;
  }
}

TEST(RocksLog, TwoCopiesMendEachOther) {
  const std::string log = log_of(records);
  for (const std::size_t at : {0u, 10u, 20u, 40'000u, 70'000u}) {
    std::string one = log;
    std::string other = log;
    one[at] ^= 1;
    other[at + 2 * log_block < log.size() ? at + 2 * log_block : 0] ^= at == 0 ? 0 : 1;
    EXPECT_EQ(mend_log(one, other), log) << at;
    EXPECT_EQ(mend_log(other, one), log) << at;
  }
  EXPECT_EQ(mend_log(log, ""), log);
  EXPECT_EQ(mend_log("", log), log);
  EXPECT_EQ(mend_log(log.substr(0, 50), log), log);
  EXPECT_EQ(mend_log(log.substr(0, 50'000), log.substr(0, 50)), log_of({"first"}));
}

}  // namespace
}  // namespace herald::rocks
