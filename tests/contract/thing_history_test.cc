#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "store/store.h"
#include "store/testing.h"

// The promises of thing_history.h, kept by every store.
namespace herald::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr DeviceId lamp{7};
constexpr DeviceId other{8};
constexpr auto properties = ThingStream::properties;

class ThingHistoryContract : public ::testing::TestWithParam<bool> {
 protected:
  ThingHistoryContract() {
    std::string name = (fs::temp_directory_path() / "herald-things-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    open();
  }
  ~ThingHistoryContract() override {
    store_.reset();
    fs::remove_all(folder_);
  }

  bool is_on_disk() const { return GetParam(); }
  void open() {
    store_.reset();
    store_ = is_on_disk() ? open_rocks_store(folder_, clock_, ids_, sealing_key).value()
                          : make_memory_store(clock_, ids_);
  }

  static ThingEntry entry(std::string identifier, int at_ms, std::string value,
                          ThingStream stream = properties, std::uint64_t sequence = 0) {
    return {.device = lamp,
            .identifier = std::move(identifier),
            .place = {.time = start + Milliseconds(at_ms), .sequence = sequence, .stream = stream},
            .value = std::move(value)};
  }
  void keep(std::vector<ThingEntry> entries) {
    ASSERT_TRUE(wait_for<void>(
        [&](Done<void> done) { store_->things().keep(std::move(entries), std::move(done)); }));
  }
  static ThingRange all(ThingStream stream, std::string identifier) {
    ThingRange range{.device = lamp,
                     .streams = {stream},
                     .first = start,
                     .last = start + std::chrono::hours(1),
                     .limit = 100};
    if (!identifier.empty()) range.identifiers = {std::move(identifier)};
    return range;
  }
  static std::vector<std::string> values_of(const Result<std::vector<ThingEntry>>& entries) {
    std::vector<std::string> values;
    for (const ThingEntry& each : entries.value()) values.push_back(each.value);
    return values;
  }
  std::vector<std::string> read(ThingRange range) {
    return values_of(wait_for<std::vector<ThingEntry>>(
        [&](auto done) { store_->things().read(std::move(range), std::move(done)); }));
  }
  std::vector<std::string> latest(ThingStream stream) {
    return values_of(wait_for<std::vector<ThingEntry>>(
        [&](auto done) { store_->things().read_latest(lamp, {stream}, std::move(done)); }));
  }

  ManualClock clock_{start};
  IdGenerator ids_{clock_, 1};
  fs::path folder_;
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, ThingHistoryContract, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "rocks" : "memory"; });

TEST_P(ThingHistoryContract, ARangeHasBothItsEndsInEitherOrder) {
  keep({entry("Power", 1, "a"), entry("Power", 2, "b"), entry("Power", 3, "c"),
        entry("Power", 4, "d"), entry("Powers", 2, "no"), entry("Powe", 2, "no")});
  ThingRange range = all(properties, "Power");
  range.first = start + Milliseconds(2);
  range.last = start + Milliseconds(3);
  EXPECT_THAT(read(range), ElementsAre("b", "c"));
  range.newest_first = true;
  EXPECT_THAT(read(range), ElementsAre("c", "b"));
  range.last = start + Milliseconds(1);
  EXPECT_THAT(read(range), IsEmpty());
}

TEST_P(ThingHistoryContract, ALimitedReadGoesOnBehindAPlace) {
  keep({entry("Power", 1, "a"), entry("Power", 2, "b"), entry("Power", 3, "c")});
  ThingRange range = all(properties, "Power");
  range.limit = 2;
  EXPECT_THAT(read(range), ElementsAre("a", "b"));
  range.after = ThingPlace{.time = start + Milliseconds(2)};
  EXPECT_THAT(read(range), ElementsAre("c"));
  range.newest_first = true;
  EXPECT_THAT(read(range), ElementsAre("a"));
}

TEST_P(ThingHistoryContract, APropertyHasOneValueInAMillisecondAndEventsMany) {
  keep({entry("Power", 1, "a"), entry("Broken", 1, "first", ThingStream::events, 1)});
  keep({entry("Power", 1, "b"), entry("Broken", 1, "second", ThingStream::events, 2)});
  EXPECT_THAT(read(all(properties, "Power")), ElementsAre("b"));
  EXPECT_THAT(read(all(ThingStream::events, "Broken")), ElementsAre("first", "second"));
}

TEST_P(ThingHistoryContract, AllIdentifiersOfAStreamAreReadInTheOrderOfTime) {
  keep({entry("Broken", 1, "a", ThingStream::events, 1),
        entry("Alarm", 2, "b", ThingStream::events, 2),
        entry("Broken", 3, "c", ThingStream::events, 3), entry("Power", 2, "no")});
  EXPECT_THAT(read(all(ThingStream::events, "")), ElementsAre("a", "b", "c"));
  ThingRange last = all(ThingStream::events, "");
  last.newest_first = true;
  last.limit = 2;
  EXPECT_THAT(read(last), ElementsAre("c", "b"));
}

TEST_P(ThingHistoryContract, StreamsAreReadTogether) {
  keep({entry("Power", 1, "a"), entry("Power", 2, "b", ThingStream::unchecked_properties),
        entry("Power", 3, "c")});
  ThingRange range = all(properties, "Power");
  range.streams.push_back(ThingStream::unchecked_properties);
  EXPECT_THAT(read(range), ElementsAre("a", "b", "c"));
}

TEST_P(ThingHistoryContract, WhatComesLateDoesNotTakeThePlaceOfTheLatest) {
  keep({entry("Power", 5, "now"), entry("Level", 5, "1")});
  keep({entry("Power", 3, "late")});
  EXPECT_THAT(latest(properties), ElementsAre("1", "now"));
}

TEST_P(ThingHistoryContract, OldEntriesAreGoneButTheLatestThatFitsTheModel) {
  keep({entry("Power", 1, "a"), entry("Junk", 1, "b", ThingStream::unchecked_properties)});
  clock_.advance(things_kept_for + Milliseconds(2));
  EXPECT_THAT(read(all(properties, "Power")), IsEmpty());
  EXPECT_THAT(latest(properties), ElementsAre("a"));
  EXPECT_THAT(latest(ThingStream::unchecked_properties), IsEmpty());
}

TEST_P(ThingHistoryContract, ADeletedDeviceLeavesNothing) {
  ThingEntry others = entry("Power", 1, "other");
  others.device = other;
  keep({entry("Power", 1, "a"), others});
  ASSERT_TRUE(write(*store_, {ErasedDevice{lamp}}));
  EXPECT_THAT(read(all(properties, "Power")), IsEmpty());
  EXPECT_THAT(latest(properties), IsEmpty());
  ThingRange range = all(properties, "Power");
  range.device = other;
  EXPECT_THAT(read(range), ElementsAre("other"));
}

TEST_P(ThingHistoryContract, OfWhatIsWantedTheLastIsKeptForGood) {
  keep({entry("Power", 1, "a", ThingStream::desired, 1)});
  keep({entry("Power", 1, "b", ThingStream::desired, 2)});
  clock_.advance(10 * things_kept_for);
  EXPECT_THAT(latest(ThingStream::desired), ElementsAre("b"));
  EXPECT_THAT(read(all(ThingStream::desired, "Power")), IsEmpty());
}

TEST_P(ThingHistoryContract, WhatIsKeptSoonIsThereAfterTheEnd) {
  if (!is_on_disk()) return;
  store_->things().keep_soon({entry("Power", 1, "soon")});
  keep({entry("Power", 2, "kept")});
  open();
  EXPECT_THAT(read(all(properties, "Power")), ElementsAre("soon", "kept"));
}

}  // namespace
}  // namespace herald::testing
