// Any bytes as a file of comma-separated values: the pieces in which they come make no difference,
// and what was read can be written and read again.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/csv.h"
#include "check.h"

namespace {

using herald::app::CsvReader;
using herald::fuzz::check;

std::vector<CsvReader::Row> rows_of(std::string_view text, std::size_t piece) {
  CsvReader reader([text, piece]() mutable -> herald::Result<std::string> {
    std::string part(text.substr(0, piece));
    text.remove_prefix(part.size());
    return part;
  });
  std::vector<CsvReader::Row> rows;
  while (auto row = reader.next().value()) rows.push_back(std::move(*row));
  return rows;
}

bool same(const CsvReader::Row& one, const CsvReader::Row& other) {
  return one.line == other.line && one.fields == other.fields && one.fault == other.fault;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto rows = rows_of(text, size);
  check(std::ranges::equal(rows, rows_of(text, 1 + data[0]), same), "pieces make no difference");
  for (const CsvReader::Row& row : rows) {
    check(row.fields.empty() != row.fault.empty(), "fields or a fault");
    if (row.fields.empty()) continue;
    const std::vector<std::string_view> fields(row.fields.begin(), row.fields.end());
    const std::string line = herald::app::csv_line(fields);
    if (line.size() > CsvReader::row_bytes_max) continue;  // Quotes made it longer.
    // Below a heading, where no byte order mark is one.
    const auto again = rows_of("heading\n" + line, size);
    check(again.size() == 2 && again[1].fields == row.fields, "it reads the same again");
  }
  return 0;
}
