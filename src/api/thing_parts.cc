#include "api/thing_parts.h"

#include <algorithm>

namespace herald::api {

Result<ThingRules> thing_rules(const Product& product, const Context& context) {
  ThingRules rules = rules_of(product, context.platform.thing_use.models);
  if (!rules.model) {
    return fail(Code::thing_feature_not_found, "the product has no published thing model");
  }
  return rules;
}

ThingPage page_of(std::vector<ThingEntry> entries, std::size_t size, bool newest_first) {
  ThingPage page{.entries = std::move(entries)};
  if (page.entries.size() <= size) return page;
  page.more = true;
  page.next = page.entries[size].place.time;
  std::size_t kept = size;
  while (kept > 0 && page.entries[kept - 1].place.time == page.next) --kept;
  if (kept == 0) {
    kept = size;
    page.next += Milliseconds(newest_first ? -1 : 1);
  }
  page.entries.resize(kept);
  return page;
}

Result<TimeRange> check_times(std::int64_t start, std::int64_t end) {
  constexpr std::int64_t latest = 1LL << 47U;
  if (start < 0 || end < start || end > latest) {
    return fail(Code::illegal_request, "StartTime is before EndTime, both in milliseconds");
  }
  return TimeRange{start, end};
}

ThingRange range_of(DeviceId device, const TimeRange& times, std::vector<ThingStream> streams,
                    bool newest_first, std::size_t limit) {
  return {.device = device,
          .streams = std::move(streams),
          .first = time_of(times.start),
          .last = time_of(times.end),
          .newest_first = newest_first,
          .limit = limit};
}

Param<std::int64_t> start_parameter() {
  return {.name = "StartTime",
          .doc = "The earliest time that counts, in milliseconds since 1970.",
          .example = "1516538300303"};
}
Param<std::int64_t> end_parameter() {
  return {.name = "EndTime",
          .doc = "The latest time that counts, in milliseconds since 1970.",
          .example = "1516541900303"};
}
Param<std::int32_t> order_parameter() {
  return {.name = "Asc",
          .doc = "0: the newest first. 1: the oldest first.",
          .example = "0",
          .bounds = {0, 1}};
}
Param<std::int32_t> thing_page_size_parameter(std::int64_t max) {
  return {.name = "PageSize",
          .doc = "How many are answered at once.",
          .example = "10",
          .bounds = {1, max}};
}
Field next_valid_field() { return boolean("NextValid", "There are more."); }
Field next_time_field() {
  return long_integer("NextTime",
                      "Where to go on: the StartTime of the next call, or with Asc 0 its EndTime.");
}

std::vector<Code> thing_use_errors(std::initializer_list<Code> more) {
  auto all = device_errors();
  all.push_back(Code::thing_feature_not_found);
  all.insert(all.end(), more);
  return all;
}

std::string_view name_of(thing::EventType type) {
  switch (type) {
    case thing::EventType::info:
      return "info";
    case thing::EventType::alert:
      return "alert";
    case thing::EventType::error:
      return "error";
  }
  return "";
}

std::string time_text(Time time) { return std::to_string(millis(time)); }

}  // namespace herald::api
