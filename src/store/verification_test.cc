#include "store/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/disk_store.h"
#include "store/memory_disk.h"
#include "store/resealing.h"
#include "store/schema.h"
#include "store/schema_thing_history.h"
#include "store/testing.h"

namespace herald::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The maps of a disk that outlive the store.
class Left final : public MemoryDisk {
 public:
  explicit Left(Maps& left) : left_(left) {}
  ~Left() override { left_ = maps(); }

 private:
  Maps& left_;
};

// A store at rest: one finished message, one with a recipient of two left, and a device.
class VerificationTest : public ::testing::Test {
 protected:
  VerificationTest() {
    ManualClock clock(start);
    IdGenerator ids(clock, 1);
    const auto store =
        open_store(std::make_unique<Left>(maps_), key_, clock, ids, StoreLimits{}).value();
    finished_ = append(*store, message_to(1)).value()->id;
    open_ = append(*store, message_to(2)).value()->id;
    store->messages().record({acked(finished_, 0), acked(open_, 1)});
    const Device device{.id = {1000},
                        .product = ProductKey::parse("a1BwAGVxxxx").value(),
                        .name = DeviceName::parse("lamp1").value()};
    EXPECT_TRUE(write(*store, {Record(device), Record(DeviceSecret{{1000}, "secret"})}));
  }

  Verification verified() {
    const MemoryDisk disk(maps_);
    return verify(disk, keys_of(disk, key_).value(), {});
  }
  MemoryDisk::Map& map(Family family) { return maps_.at(static_cast<std::size_t>(family)); }
  std::vector<std::string> problems() { return verified().problems; }

  const std::string key_ = std::string(32, 'k');
  MemoryDisk::Maps maps_;
  MessageId finished_;
  MessageId open_;
};

TEST_F(VerificationTest, ASoundStoreIsCounted) {
  const Verification found = verified();
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_TRUE(found.is_sound());
  EXPECT_EQ(found.records, 2u);
  EXPECT_EQ(found.messages, 2u);
  EXPECT_EQ(found.unfinished, 1u);
  EXPECT_EQ(found.payloads, 1u);
  EXPECT_EQ(found.recipients, 3u);
  EXPECT_EQ(found.open, 1u);
  EXPECT_EQ(found.acked, 2u);
}

TEST_F(VerificationTest, AMissingPayloadIsFound) {
  map(Family::payloads).clear();
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("payload")));
}

TEST_F(VerificationTest, APayloadOfAnotherSizeIsFound) {
  map(Family::payloads)[schema::key_of(open_)] = "hell";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("payload")));
}

TEST_F(VerificationTest, ADamagedHeadIsFound) {
  map(Family::messages)[schema::key_of(finished_)] = "\xff";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("head")));
}

TEST_F(VerificationTest, AMissingHeadIsFoundByWhatIsLeft) {
  map(Family::messages).erase(schema::key_of(open_));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("open"), HasSubstr("payload")));
}

TEST_F(VerificationTest, AMessageThatIsForgottenBeforeItsEndIsFound) {
  map(Family::open).clear();
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("opposite")));
}

TEST_F(VerificationTest, LostReceiptsAreFound) {
  map(Family::receipts).erase(schema::chunk_key(finished_, 0));
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("opposite"), HasSubstr("payload")));
}

TEST_F(VerificationTest, DamagedReceiptsAreFound) {
  map(Family::receipts)[schema::chunk_key(open_, 0)] = "\xff";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("receipts")));
}

TEST_F(VerificationTest, ADamagedRecordIsFound) {
  map(Family::registry).begin()->second = "\xff";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("registry"), HasSubstr("unknown")));
}

TEST_F(VerificationTest, ASecretThatTheKeyDoesNotOpenIsFound) {
  map(Family::secrets).begin()->second.back() ^= 1;
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("secret")));
}

TEST_F(VerificationTest, DamagedReportsOfDevicesAreFound) {
  const ThingEntry entry{
      .device = {1000}, .identifier = "Power", .place = {.time = start}, .value = "1"};
  map(Family::things)[schema::thing_key(entry)] = schema::thing_value(entry);
  map(Family::latest)[schema::latest_key(entry)] = schema::latest_value(entry);
  EXPECT_EQ(verified().things, 1u);
  EXPECT_THAT(problems(), IsEmpty());
  map(Family::things).begin()->second = "\xff";
  map(Family::latest).begin()->second = "\xff";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("reported"), HasSubstr("last")));
}

TEST_F(VerificationTest, AReportOfAnUnknownDeviceIsFound) {
  const ThingEntry entry{
      .device = {2000}, .identifier = "Power", .place = {.time = start}, .value = "1"};
  map(Family::things)[schema::thing_key(entry)] = schema::thing_value(entry);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("2000")));
}

TEST_F(VerificationTest, AnotherKeyIsRefused) {
  const MemoryDisk disk(maps_);
  EXPECT_EQ(keys_of(disk, std::string(32, 'x')).error().code, Code::malformed);
}

TEST_F(VerificationTest, ANewerFormatIsRefused) {
  map(Family::meta)[std::string(schema::format_key)] = schema::number(schema::format_version + 1);
  const MemoryDisk disk(maps_);
  EXPECT_THAT(keys_of(disk, key_).error().detail, HasSubstr("newer version"));
}

}  // namespace
}  // namespace herald::testing
