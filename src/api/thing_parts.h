#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/device_parts.h"
#include "api/thing_model_parts.h"
#include "core/thing_use.h"

// What the operations of things share: operations.md, section 7.
namespace herald::api {

// The published model of the device's product. Errors: thing_feature_not_found (there is none).
Result<ThingRules> thing_rules(const Product& product, const Context& context);

// What of a range of times is answered at once.
struct ThingPage {
  std::vector<ThingEntry> entries;
  bool more = false;
  Time next;  // Where a range that begins, or ends, there goes on without leaving out an entry.
};
// Of one entry more than the page has, if there are so many. All entries of one millisecond are on
// one page; of those that no page can hold, the last ones are left out.
ThingPage page_of(std::vector<ThingEntry> entries, std::size_t size, bool newest_first);

// A range of times of an operation that asks for them. Errors: illegal_request.
struct TimeRange {
  std::int64_t start;
  std::int64_t end;
};
Result<TimeRange> check_times(std::int64_t start, std::int64_t end);
ThingRange range_of(DeviceId device, const TimeRange& times, std::vector<ThingStream> streams,
                    bool newest_first, std::size_t limit);

Param<std::int64_t> start_parameter();
Param<std::int64_t> end_parameter();
Param<std::int32_t> order_parameter();
Param<std::int32_t> thing_page_size_parameter(std::int64_t max);
Field next_valid_field();
Field next_time_field();

// `device_errors` and those of operations that need a model.
std::vector<Code> thing_use_errors(std::initializer_list<Code> more = {});

std::string_view name_of(thing::EventType type);
std::string time_text(Time time);

}  // namespace herald::api
