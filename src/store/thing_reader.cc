#include "store/thing_reader.h"

#include <algorithm>
#include <utility>

#include "store/schema_thing_history.h"

namespace herald {
namespace {

// One millisecond more than there is, so that a range with both ends is one without the last.
constexpr Milliseconds after(1);

bool comes_before(const ThingRange& range, const ThingPlace& one, const ThingPlace& other) {
  return range.newest_first ? other < one : one < other;
}

}  // namespace

Result<std::vector<ThingEntry>> ThingReader::read(ThingRange range, Time oldest) const {
  range.first = std::max(range.first, oldest);
  std::vector<ThingEntry> entries;
  if (range.last < range.first || range.limit == 0) return entries;
  for (const ThingStream stream : range.streams) {
    auto all = range.identifiers.empty() ? identifiers(range.device, stream)
                                         : Result<std::vector<std::string>>(range.identifiers);
    if (!all) return tl::unexpected(std::move(all.error()));
    for (const std::string& identifier : *all) {
      if (auto read = read_series(range, stream, identifier, entries); !read) {
        return tl::unexpected(std::move(read.error()));
      }
    }
  }
  std::ranges::sort(entries, [&](const ThingEntry& one, const ThingEntry& other) {
    if (one.place != other.place) return comes_before(range, one.place, other.place);
    return one.identifier < other.identifier;
  });
  if (!range.limit_each) entries.resize(std::min(entries.size(), range.limit));
  return entries;
}

Result<std::vector<ThingEntry>> ThingReader::read_latest(DeviceId device,
                                                         const std::vector<ThingStream>& streams,
                                                         Time oldest) const {
  std::vector<ThingEntry> entries;
  for (const ThingStream stream : streams) {
    const std::string prefix = schema::stream_of(device, stream);
    Result<void> outcome;
    const auto scanned =
        disk_.scan(Family::latest, prefix, [&](std::string_view key, std::string_view value) {
          if (!key.starts_with(prefix)) return false;
          if (schema::is_old_latest(key, value, oldest)) return true;
          auto entry = schema::read_latest(key, value);
          if (!entry) {
            outcome = tl::unexpected(std::move(entry.error()));
            return false;
          }
          entries.push_back(*std::move(entry));
          return true;
        });
    if (!scanned) return tl::unexpected(scanned.error());
    if (!outcome) return tl::unexpected(std::move(outcome.error()));
  }
  for (ThingEntry& entry : entries) {
    if (auto done = bring_up_to_date(entry); !done) return tl::unexpected(std::move(done.error()));
  }
  return entries;
}

// Goes from the first entry of each series to the first of the next.
Result<std::vector<std::string>> ThingReader::identifiers(DeviceId device,
                                                          ThingStream stream) const {
  const std::string prefix = schema::stream_of(device, stream);
  std::vector<std::string> identifiers;
  std::string from = prefix;
  for (bool more = true; more;) {
    more = false;
    Result<void> outcome;
    const auto scanned =
        disk_.scan(Family::things, from, [&](std::string_view key, std::string_view value) {
          if (!key.starts_with(prefix)) return false;
          auto entry = schema::read_thing(key, value);
          if (!entry) {
            outcome = tl::unexpected(std::move(entry.error()));
            return false;
          }
          from = schema::end_of(schema::latest_key(*entry));
          identifiers.push_back(std::move(entry->identifier));
          more = true;
          return false;
        });
    if (!scanned) return tl::unexpected(scanned.error());
    if (!outcome) return tl::unexpected(std::move(outcome.error()));
  }
  return identifiers;
}

Result<void> ThingReader::read_series(const ThingRange& range, ThingStream stream,
                                      std::string_view identifier,
                                      std::vector<ThingEntry>& entries) const {
  const std::string series = schema::series_of(range.device, stream, identifier);
  Time first = range.first, last = range.last;
  if (range.after) {
    (range.newest_first ? last : first) = range.after->time;
  }
  const std::string begin = schema::series_from(series, first);
  const std::string end = schema::series_from(series, last + after);
  std::size_t left = range.limit;
  Result<void> outcome;
  const auto visit = [&](std::string_view key, std::string_view value) {
    if (key < begin || key >= end) return false;
    auto entry = schema::read_thing(key, value);
    if (!entry) {
      outcome = tl::unexpected(std::move(entry.error()));
      return false;
    }
    if (range.after && !comes_before(range, *range.after, entry->place)) return true;
    entries.push_back(*std::move(entry));
    return --left > 0;
  };
  const auto scanned = range.newest_first ? disk_.scan_back(Family::things, end, visit)
                                          : disk_.scan(Family::things, begin, visit);
  return scanned ? outcome : scanned;
}

Result<void> ThingReader::bring_up_to_date(ThingEntry& latest) const {
  if (!schema::has_history(latest.place.stream)) return {};
  const std::string series = schema::latest_key(latest);
  Result<void> outcome;
  const auto scanned = disk_.scan_back(Family::things, schema::end_of(series),
                                       [&](std::string_view key, std::string_view value) {
                                         if (!key.starts_with(series)) return false;
                                         auto last = schema::read_thing(key, value);
                                         if (!last) {
                                           outcome = tl::unexpected(std::move(last.error()));
                                         } else if (latest.place < last->place) {
                                           latest = *std::move(last);
                                         }
                                         return false;
                                       });
  return scanned ? outcome : scanned;
}

}  // namespace herald
