#include "store/codec.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace herald {
namespace {

TEST(Codec, ReadsBackWhatWasWritten) {
  Writer writer;
  writer.u8(200);
  writer.fixed32(0x01020304);
  writer.fixed64(std::numeric_limits<std::uint64_t>::max() - 1);
  writer.flag(true);
  writer.text(std::string_view("a\0b", 3));
  Reader reader(writer.view());
  EXPECT_EQ(reader.u8(), 200);
  EXPECT_EQ(reader.fixed32(), 0x01020304u);
  EXPECT_EQ(reader.fixed64(), std::numeric_limits<std::uint64_t>::max() - 1);
  EXPECT_TRUE(reader.flag());
  EXPECT_EQ(reader.text(), std::string_view("a\0b", 3));
  EXPECT_TRUE(reader.sound());
  EXPECT_EQ(reader.left(), 0u);
}

TEST(Codec, VarintsHoldEveryNumber) {
  for (const std::uint64_t value :
       {0ULL, 1ULL, 127ULL, 128ULL, 16'383ULL, 16'384ULL, ~0ULL >> 1, ~0ULL}) {
    Writer writer;
    writer.varint(value);
    writer.svarint(static_cast<std::int64_t>(value));
    Reader reader(writer.view());
    EXPECT_EQ(reader.varint(), value);
    EXPECT_EQ(reader.svarint(), static_cast<std::int64_t>(value));
    EXPECT_TRUE(reader.sound());
  }
}

TEST(Codec, FixedNumbersSortAsBytesDo) {
  Writer small, large;
  small.fixed64(255);
  large.fixed64(256);
  EXPECT_LT(small.view(), large.view());
}

TEST(Codec, FieldsBeyondTheEndReadAsNothing) {
  Reader reader("");
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.fixed32(), 0u);
  EXPECT_EQ(reader.varint(), 0u);
  EXPECT_EQ(reader.svarint(), 0);
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.flag());
  EXPECT_TRUE(reader.sound());
}

TEST(Codec, AFieldThatIsCutShortIsUnsound) {
  const auto unsound = [](std::string_view bytes, auto read) {
    Reader reader(bytes);
    read(reader);
    return !reader.sound();
  };
  EXPECT_TRUE(unsound("abc", [](Reader& reader) { reader.fixed32(); }));
  EXPECT_TRUE(
      unsound("\x05"
              "ab",
              [](Reader& reader) { reader.text(); }));
  EXPECT_TRUE(unsound("\x80", [](Reader& reader) { reader.varint(); }));
  EXPECT_TRUE(unsound("\x02", [](Reader& reader) { reader.flag(); }));
  EXPECT_TRUE(unsound(std::string(10, '\xff'), [](Reader& reader) { reader.varint(); }));
  EXPECT_TRUE(unsound("\xff\xff\xff\xff\x0f", [](Reader& reader) { reader.count(); }));
}

TEST(Codec, TimesThatCouldOverflowAreUnsound) {
  Writer writer;
  writer.time(time_of(std::numeric_limits<std::int64_t>::min()));
  Reader reader(writer.view());
  EXPECT_EQ(reader.time(), Time());
  EXPECT_FALSE(reader.sound());
}

TEST(Codec, NothingIsReadFromAnUnsoundRecord) {
  Reader reader(
      "\x02"
      "1");
  EXPECT_FALSE(reader.flag());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.sound());
}

}  // namespace
}  // namespace herald
