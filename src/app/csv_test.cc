#include "app/csv.h"

#include <gmock/gmock.h>

namespace herald::app {
namespace {

using ::testing::ElementsAre;

// Comes in pieces of so many bytes.
CsvReader reader_of(std::string text, std::size_t piece) {
  return CsvReader([text = std::move(text), piece, at = std::size_t{0}]() mutable {
    const std::string part = text.substr(std::min(at, text.size()), piece);
    at += part.size();
    return Result<std::string>(part);
  });
}

std::vector<CsvReader::Row> rows_of(const std::string& text, std::size_t piece = 1'000'000) {
  CsvReader reader = reader_of(text, piece);
  std::vector<CsvReader::Row> rows;
  while (auto row = reader.next().value()) rows.push_back(std::move(*row));
  EXPECT_EQ(reader.bytes(), text.size());
  return rows;
}

TEST(Csv, FieldsAreReadWhateverThePieces) {
  const std::string text =
      "\xef\xbb\xbf"
      "a,b\r\n\n\"one, \"\"two\"\"\r\nthree\",\n,\"\"\nlast,";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const auto rows = rows_of(text, piece);
    ASSERT_EQ(rows.size(), 4u) << piece;
    EXPECT_THAT(rows[0].fields, ElementsAre("a", "b"));
    EXPECT_THAT(rows[1].fields, ElementsAre("one, \"two\"\r\nthree", ""));
    EXPECT_THAT(rows[2].fields, ElementsAre("", ""));
    EXPECT_THAT(rows[3].fields, ElementsAre("last", ""));
    EXPECT_EQ(rows[1].line, 3u);
    EXPECT_EQ(rows[2].line, 5u);
  }
}

TEST(Csv, AFaultEndsWithItsLine) {
  const std::string text = "a\"b,c\n\"a\"b\nfine\n\"open,\nstill\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const auto rows = rows_of(text, piece);
    ASSERT_EQ(rows.size(), 5u) << piece;
    EXPECT_EQ(rows[0].fault, "a quote stands inside a field");
    EXPECT_EQ(rows[1].fault, "text follows a quoted field");
    EXPECT_THAT(rows[2].fields, ElementsAre("fine"));
    EXPECT_EQ(rows[3].fault, "a quote is not closed");
    EXPECT_EQ(rows[3].line, 4u);
    EXPECT_THAT(rows[4].fields, ElementsAre("still"));
  }
}

TEST(Csv, ARowHasABound) {
  const std::string longest(CsvReader::row_bytes_max - 1, 'x');
  const auto rows =
      rows_of(longest + "\n" + longest + "xx\n\"" + longest + longest + "\nend", 4096);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].fields[0].size(), longest.size());
  EXPECT_EQ(rows[1].fault, "the row is too long");
  EXPECT_EQ(rows[2].fault, "the row is too long");
  EXPECT_THAT(rows[3].fields, ElementsAre("end"));
}

TEST(Csv, AnEmptyTextHasNoRows) {
  EXPECT_TRUE(rows_of("").empty());
  EXPECT_TRUE(rows_of("\xef\xbb\xbf").empty());
  EXPECT_TRUE(rows_of("\r\n\n").empty());
}

TEST(Csv, TheErrorOfTheSourceIsTheReaders) {
  CsvReader reader([] { return Result<std::string>(fail(Code::failed, "no disk")); });
  EXPECT_EQ(reader.next().error().detail, "no disk");
}

TEST(Csv, WhatIsWrittenReadsTheSame) {
  const std::vector<std::string_view> fields = {"", "a,b", "\"", "c\r\n", "plain", ""};
  const auto rows = rows_of(csv_line(fields));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(rows[0].fields, ::testing::ElementsAreArray(fields));
  EXPECT_EQ(csv_line(fields), ",\"a,b\",\"\"\"\",\"c\r\n\",plain,\n");
}

}  // namespace
}  // namespace herald::app
