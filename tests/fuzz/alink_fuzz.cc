// Any bytes as what a device says of itself: whatever they are, they are read or have a code, what
// is printed can be read again and stays the same, and a report keeps its limits.
#include <cstdint>
#include <string>
#include <string_view>

#include "check.h"
#include "thing/json_text.h"
#include "thing/report.h"
#include "thing/tsl.h"

namespace {

namespace thing = herald::thing;
using herald::fuzz::check;

const thing::ThingModel& model() {
  static const thing::ThingModel made = [] {
    std::vector<thing::FunctionBlock> blocks;
    blocks.push_back(thing::parse_tsl(R"({"properties":[
      {"identifier":"P","name":"P","accessMode":"rw","dataType":{"type":"int","specs":{"min":"0","max":"9"}}},
      {"identifier":"S","name":"S","accessMode":"r","dataType":{"type":"struct","specs":[
        {"identifier":"X","name":"X","dataType":{"type":"double","specs":{"min":"0","max":"9"}}}]}},
      {"identifier":"A","name":"A","accessMode":"r","dataType":{"type":"array","specs":
        {"size":"3","item":{"type":"text"}}}}],
      "events":[{"identifier":"E","name":"E","type":"info","outputData":[
        {"identifier":"X","name":"X","dataType":{"type":"date","specs":{}}}]}]})")
                         .value());
    return thing::ThingModel::make(std::move(blocks)).value();
  }();
  return made;
}

void expect_limits(const thing::Report& report) {
  check(report.fault.is_success() || report.values.empty(), "values or a fault");
  check(report.values.size() <= thing::limits::reported_values, "a report has its limits");
  for (const thing::Reported& each : report.values) {
    check(!each.identifier.empty() &&
              each.identifier.size() <= thing::limits::reported_identifier_bytes,
          "an identifier has a place");
    check(herald::millis(each.time) >= 0, "times begin with 1970");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto value = thing::parse_json(text)) {
    const std::string once = thing::print_json(*value);
    const auto again = thing::parse_json(once);
    check(again && thing::print_json(*again) == once, "what is printed is read as it was");
  }
  const thing::AlinkRequest request = thing::parse_request(text);
  const auto reply = thing::parse_request(
      thing::print_reply(request, "thing.m", request.fault, boost::json::object()));
  check(reply.fault.is_success() && reply.id == request.id, "an id is echoed");
  (void)thing::parse_reply(text);
  for (const auto strictness : {thing::Strictness::strong, thing::Strictness::none}) {
    const thing::ReportRules rules{
        .model = &model(), .strictness = strictness, .now = herald::time_of(1'790'000'000'000)};
    expect_limits(thing::read_properties(request.params, rules));
    expect_limits(thing::read_event("E", request.params, rules));
    expect_limits(thing::read_pack(request.params, rules));
    expect_limits(thing::read_history(request.params, {"pk", "dn"}, rules));
  }
  return 0;
}
