#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "thing/alink.h"
#include "thing/check.h"
#include "thing/thing_model.h"

// What devices report of themselves, read out of Alink parameters: alink.md, sections 2 and 3.
namespace herald::thing {

namespace limits {
constexpr std::size_t reported_properties = 200;  // Of one message.
constexpr std::size_t reported_events = 20;       // The same.
constexpr std::size_t reported_values = 1'000;    // With all times of all properties and events.
constexpr std::chrono::hours ahead{24};           // Of our clock.
constexpr std::size_t reported_identifier_bytes = 128;
}  // namespace limits

enum class ReportKind : std::uint8_t { property, event };

struct Reported {
  ReportKind kind = ReportKind::property;
  std::string identifier;
  Time time;
  std::string value;  // plain_text of a property, JSON of what an event tells.
  bool fits = false;  // The model.
};

// What values are held against. Without a model nothing fits, and nothing is said to fit that
// nobody checks.
struct ReportRules {
  const ThingModel* model = nullptr;
  Strictness strictness = Strictness::weak;
  Time now;  // Of values without a time of their own.
};

// All of what a message says, or why none of it counts. What has no place in a record, since its
// name is empty or too long, is left out.
struct Report {
  std::vector<Reported> values;
  AlinkFault fault;
};

// `{"Power": "on"}` or `{"Power": {"value": "on", "time": 1524448722000}}`.
Report read_properties(const boost::json::value& params, const ReportRules& rules);
// What one event tells, alone or with a time.
Report read_event(std::string_view identifier, const boost::json::value& params,
                  const ReportRules& rules);
// `{"properties": {"Power": {"value": …}}, "events": {"alarm": {"value": {…}}}}`; lists of such
// values are taken, too, which makes it a batch.
Report read_pack(const boost::json::value& params, const ReportRules& rules);

// Whether something is said to be of another device than this one, so that it is not its business.
// History of a device: a list of packs, whose properties and events are lists of objects.
struct ReportIdentity {
  std::string_view product_key;
  std::string_view device_name;
};
Report read_history(const boost::json::value& params, const ReportIdentity& self,
                    const ReportRules& rules);

}  // namespace herald::thing
