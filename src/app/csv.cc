#include "app/csv.h"

#include <algorithm>

namespace herald::app {

// Looks at what was read so far: with `none` there has to be more. `size` is that of the row with
// its line end.
CsvReader::End CsvReader::parse(Row& row, std::size_t& size) const {
  const std::string_view text = std::string_view(text_).substr(at_);
  const auto fault = [&row](const char* why) {
    row.fault = why;
    return End::fault;
  };
  std::size_t at = 0;
  for (;;) {
    std::string& field = row.fields.emplace_back();
    const bool quoted = at < text.size() && text[at] == '"';
    while (quoted) {
      const auto quote = text.find('"', at + 1);
      if (quote == text.npos) return ended_ ? fault("a quote is not closed") : End::none;
      field.append(text, at + 1, quote - at - 1);
      at = quote + 1;
      if (at == text.size() && !ended_) return End::none;
      if (at == text.size() || text[at] != '"') break;
      field += '"';
    }
    const auto mark = std::min(text.find_first_of(",\n\"", at), text.size());
    if (mark == text.size() && !ended_) return End::none;
    std::string_view rest = text.substr(at, mark - at);
    const bool ends = mark == text.size() || text[mark] == '\n';
    if (ends && rest.ends_with('\r')) rest.remove_suffix(1);
    if (quoted && !rest.empty()) return fault("text follows a quoted field");
    if (!ends && text[mark] == '"') return fault("a quote stands inside a field");
    field += rest;
    at = mark + 1;
    if (!ends) continue;
    size = std::min(at, text.size());
    return End::row;
  }
}

void CsvReader::advance(std::size_t size) {
  const auto gone = std::string_view(text_).substr(at_, size);
  line_ += static_cast<std::size_t>(std::ranges::count(gone, '\n'));
  at_ += size;
  bytes_ += size;
}

void CsvReader::skip_line() {
  const auto end = text_.find('\n', at_);
  skipping_ = end == text_.npos;
  advance(skipping_ ? text_.size() - at_ : end + 1 - at_);
}

Result<void> CsvReader::fill() {
  text_.erase(0, at_);
  at_ = 0;
  auto piece = source_();
  if (!piece) return tl::unexpected(std::move(piece.error()));
  ended_ = piece->empty();
  text_ += *piece;
  return {};
}

Result<std::optional<CsvReader::Row>> CsvReader::next() {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  while (!begun_) {
    if (text_.size() < mark.size() && !ended_) {
      if (auto filled = fill(); !filled) return tl::unexpected(std::move(filled.error()));
      continue;
    }
    begun_ = true;
    if (text_.starts_with(mark)) advance(mark.size());
  }
  for (;;) {
    if (skipping_) skip_line();
    if (at_ == text_.size() && ended_) return std::nullopt;
    Row row{.line = line_};
    std::size_t size = 0;
    End end = at_ == text_.size() ? End::none : parse(row, size);
    const std::size_t seen = end == End::row ? size : text_.size() - at_;
    if (end != End::fault && seen > row_bytes_max) {
      row.fault = "the row is too long";
      end = End::fault;
    }
    switch (end) {
      case End::row:
        advance(size);
        if (row.fields.size() == 1 && row.fields[0].empty()) continue;
        return row;
      case End::fault:
        row.fields.clear();
        skip_line();
        return row;
      case End::none:
        if (auto filled = fill(); !filled) return tl::unexpected(std::move(filled.error()));
    }
  }
}

std::string csv_line(std::span<const std::string_view> fields) {
  std::string line;
  // An empty line would be no row.
  const bool lone = fields.size() == 1 && fields[0].empty();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view field = fields[i];
    if (i > 0) line += ',';
    if (!lone && field.find_first_of(",\"\r\n") == field.npos) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line += '\n';
}

}  // namespace herald::app
