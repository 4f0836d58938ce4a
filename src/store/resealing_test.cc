#include "store/resealing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/memory_disk.h"
#include "store/testing.h"

namespace herald::testing {
namespace {

using schema::Keyring;

const std::string key_a(32, 'a');
const std::string key_b(32, 'b');
constexpr int keys_in_store = 2500;  // More than two slices.

AccessKey access_key(int i) {
  return {.id = "id" + std::to_string(i), .secret = "secret" + std::to_string(i)};
}

// Fails every write from the one with this number on, as a process that was killed there.
class KilledDisk final : public MemoryDisk {
 public:
  KilledDisk(Maps maps, int writes) : MemoryDisk(std::move(maps)), writes_(writes) {}
  Result<void> write(Batch& batch, bool sync) override {
    if (writes_-- <= 0) return fail(Code::failed, "killed");
    return MemoryDisk::write(batch, sync);
  }

 private:
  int writes_;
};

// A store with secrets; `keys`: none for one of format 1, in which they are plain.
MemoryDisk::Maps store_with(const Keyring* keys) {
  MemoryDisk disk;
  if (keys != nullptr) {
    EXPECT_TRUE(open_sealed(disk, key_a));
  }
  const auto batch = disk.new_batch();
  if (keys == nullptr) batch->put(Family::meta, schema::format_key, schema::number(1));
  for (int i = 0; i < keys_in_store; ++i) {
    const Change change = Record(access_key(i));
    const auto entry =
        keys != nullptr ? schema::sealed_entry_of(change, *keys) : schema::entry_of(change);
    batch->put(entry.family, entry.key, *entry.value);
  }
  EXPECT_TRUE(disk.write(*batch, true));
  return disk.maps();
}

// Every secret can be read with this ring.
void expect_all(const Disk& disk, const Keyring& keys) {
  int seen = 0;
  EXPECT_TRUE(disk.scan(Family::registry, {}, [&](std::string_view key, std::string_view value) {
    const auto record = schema::read_sealed_record(Family::registry, key, value, keys);
    EXPECT_TRUE(record);
    if (!record) return false;
    const auto& found = std::get<AccessKey>(*record);
    EXPECT_EQ(found.secret, "secret" + found.id.substr(2));
    ++seen;
    return true;
  }));
  EXPECT_EQ(seen, keys_in_store);
}

bool has_text(const MemoryDisk& disk, std::string_view text) {
  for (const auto& map : disk.maps()) {
    for (const auto& [key, value] : map) {
      if (value.find(text) != value.npos) return true;
    }
  }
  return false;
}

TEST(Sealed, ASecretOpensOnlyInItsRecordAndWithItsKey) {
  const Keyring keys(key_a);
  const std::string sealed = keys.seal("secret", "place");
  EXPECT_EQ(sealed.size(), 6u + 32u);
  EXPECT_EQ(keys.unseal(sealed, "place"), "secret");
  EXPECT_FALSE(keys.unseal(sealed, "elsewhere"));
  EXPECT_FALSE(Keyring(key_b).unseal(sealed, "place"));
  EXPECT_EQ(Keyring(key_b).with_older(key_a).unseal(sealed, "place"), "secret");
  EXPECT_FALSE(keys.unseal("", "place"));
}

TEST(Sealed, EveryKindOfSecretIsSealed) {
  const Keyring keys(key_a);
  const auto product = ProductKey::parse("a1BwAGVxxxx").value();
  const std::vector<Record> records = {
      Account{.id = {1}, .password = "the secret"},
      AccessKey{.id = "key", .secret = "the secret"},
      RamUser{.account = {1}, .name = "user", .password = "the secret"},
      Product{.key = product, .secret = "the secret"},
      DeviceSecret{.device = {2}, .secret = "the secret"},
      DeviceToken{.device = {2}, .client_id = "client", .token = "the secret"},
  };
  for (const Record& record : records) {
    const auto plain = schema::entry_of(record);
    const auto entry = schema::sealed_entry_of(record, keys);
    EXPECT_EQ(entry.key, plain.key);
    EXPECT_NE(plain.value->find("the secret"), std::string::npos);
    EXPECT_EQ(entry.value->find("the secret"), std::string::npos);
    const auto read =
        schema::read_sealed_record(entry.family, entry.key, *entry.value, keys).value();
    EXPECT_EQ(*schema::entry_of(read).value, *plain.value);
    EXPECT_FALSE(schema::read_sealed_record(entry.family, entry.key + "x", *entry.value, keys));
    EXPECT_FALSE(schema::read_sealed_record(plain.family, plain.key, *plain.value, keys));
  }
}

TEST(Resealing, TheSecretOfADeviceOfFormat1GetsARecordOfItsOwn) {
  Writer device;
  device.varint(2);
  device.text("a1BwAGVxxxx");
  device.text("lamp");
  device.text("the secret");
  device.text("iot id");
  MemoryDisk disk;
  const auto batch = disk.new_batch();
  batch->put(Family::meta, schema::format_key, schema::number(1));
  batch->put(Family::registry, "d" + schema::number(2), device.view());
  ASSERT_TRUE(disk.write(*batch, true));
  const auto keys = open_sealed(disk, key_a);
  ASSERT_TRUE(keys);
  const std::string place = schema::secret_key(DeviceId{2});
  const auto stored = disk.get(Family::secrets, place);
  ASSERT_TRUE(stored);
  const auto secret = schema::read_sealed_record(Family::secrets, place, *stored, *keys);
  ASSERT_TRUE(secret);
  EXPECT_EQ(std::get<DeviceSecret>(*secret).secret, "the secret");
  EXPECT_FALSE(has_text(disk, "the secret"));
}

TEST(Resealing, AnotherKeyIsRefusedAndChangesNothing) {
  const Keyring keys(key_a);
  MemoryDisk disk(store_with(&keys));
  const auto before = disk.maps();
  const auto opened = open_sealed(disk, key_b);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::malformed);
  EXPECT_THAT(opened.error().detail, ::testing::HasSubstr("another master key"));
  EXPECT_EQ(disk.maps(), before);
}

TEST(Resealing, ANewerFormatIsRefusedAndChangesNothing) {
  MemoryDisk disk;
  const auto batch = disk.new_batch();
  batch->put(Family::meta, schema::format_key, schema::number(schema::format_version + 1));
  ASSERT_TRUE(disk.write(*batch, true));
  const auto before = disk.maps();
  EXPECT_THAT(open_sealed(disk, key_a).error().detail, ::testing::HasSubstr("newer version"));
  EXPECT_EQ(disk.maps(), before);
}

// Stopped at each of its writes, the next open finishes.
TEST(Resealing, AStoreOfFormat1IsSealedWhereverItStopped) {
  const auto plain = store_with(nullptr);
  bool finished = false;
  for (int writes = 0; !finished; ++writes) {
    ASSERT_LT(writes, 20);
    KilledDisk disk(plain, writes);
    finished = open_sealed(disk, key_a).has_value();
    MemoryDisk again(disk.maps());
    const auto keys = open_sealed(again, key_a);
    ASSERT_TRUE(keys) << writes;
    expect_all(again, *keys);
    EXPECT_FALSE(has_text(again, "secret1"));
    EXPECT_FALSE(open_sealed(again, key_b));
  }
}

TEST(Resealing, RotationIsFinishedForTheKeyThatComesNextWhereverItStopped) {
  const Keyring before(key_a);
  const auto old = store_with(&before);
  bool finished = false;
  for (int writes = 0; !finished; ++writes) {
    ASSERT_LT(writes, 20);
    KilledDisk disk(old, writes);
    bool adopted = false;
    finished =
        reseal(disk, key_a, key_b, [&] { return adopted = true, Result<void>(); }, {}).has_value();
    MemoryDisk again(disk.maps());
    const auto& key = adopted ? key_b : key_a;
    const auto keys = open_sealed(again, key);
    ASSERT_TRUE(keys) << writes;
    expect_all(again, *keys);
    EXPECT_FALSE(open_sealed(again, adopted ? key_a : key_b)) << writes;
  }
}

TEST(Resealing, UntilItIsFinishedTheOldKeyIsGoodAsWell) {
  const Keyring before(key_a);
  KilledDisk disk(store_with(&before), 3);  // Both keys' entries, and two slices.
  ASSERT_FALSE(reseal(disk, key_a, key_b, [] { return Result<void>(); }, {}));
  MemoryDisk again(disk.maps());
  expect_all(again, open_sealed(again, key_a).value());
  EXPECT_FALSE(open_sealed(again, key_b));
}

TEST(Resealing, WhenTheKeyCannotBeKeptTheOldOneStays) {
  const Keyring before(key_a);
  MemoryDisk disk(store_with(&before));
  EXPECT_EQ(reseal(disk, key_a, key_b, [] { return Result<void>(fail(Code::failed, "full")); }, {})
                .error()
                .detail,
            "full");
  expect_all(disk, open_sealed(disk, key_a).value());
}

TEST(Resealing, TheSameKeyIsRefused) {
  MemoryDisk disk;
  EXPECT_EQ(reseal(disk, key_a, key_a, [] { return Result<void>(); }, {}).error().code,
            Code::malformed);
}

}  // namespace
}  // namespace herald::testing
