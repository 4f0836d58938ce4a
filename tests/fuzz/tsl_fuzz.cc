// Any bytes as a thing model, in both notations: what keeps the rules can be printed and read
// again, and any value can be compared with it. The first line is a value, the rest the model.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check.h"
#include "thing/check.h"
#include "thing/feature_json.h"
#include "thing/tsl.h"

namespace herald::thing {
namespace {

using fuzz::check;

// Without strictness everything fits; what fits the specs fits the types.
template <class Check>
void check_strictness(Check fits) {
  check(fits(Strictness::none), "without strictness everything fits");
  check(!fits(Strictness::strong) || fits(Strictness::weak), "strong implies weak");
}

void check_values(const ThingModel& model, const boost::json::value& value) {
  for (const FunctionBlock& block : model.blocks()) {
    for (const Property& each : block.properties) {
      const std::string identifier = full_identifier(block.id, each.identifier);
      check(model.property(identifier) == &each, "a property is found by its name");
      check_strictness(
          [&](Strictness strict) { return !check_property(model, identifier, value, strict); });
    }
    for (const Event& each : block.events) {
      check_strictness([&](Strictness strict) { return !check_event(each, value, strict); });
    }
    for (const Service& each : block.services) {
      check_strictness([&](Strictness strict) { return !check_inputs(each, value, strict); });
      check_strictness([&](Strictness strict) { return !check_outputs(each, value, strict); });
    }
  }
}

void check_block(FunctionBlock block, const boost::json::value& value) {
  std::vector<FunctionBlock> blocks;
  blocks.push_back(std::move(block));
  const auto model = ThingModel::make(std::move(blocks));
  if (!model) return check(!model.error().detail.empty(), "faults are told");
  for (const FunctionBlock& each : model->blocks()) {
    const auto again = parse_tsl(print_tsl(*model, each, "a1BwAGVxxxx", TslStyle::declared));
    // A text may be longer in the notation that is printed.
    if (!again) {
      check(again.error().code == Code::tsl_unreadable, "what is printed can be read");
      continue;
    }
    check(*again == each, "what is printed reads the same");
    auto features = parse_features(print_features(*model, each, {"a1BwAGVxxxx", "v1", "first"}));
    if (!features) continue;
    features->id = each.id;
    features->name = each.name;
    check(*features == each, "the other notation says the same");
    (void)print_tsl(*model, each, "a1BwAGVxxxx", TslStyle::full);
    (void)print_tsl(*model, each, "a1BwAGVxxxx", TslStyle::simple);
  }
  check_values(*model, value);
}

}  // namespace
}  // namespace herald::thing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(input.find('\n'), input.size());
  const std::string_view document = input.substr(std::min(end + 1, input.size()));
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(input.substr(0, end), error);
  for (auto parsed :
       {herald::thing::parse_tsl(document), herald::thing::parse_features(document)}) {
    if (parsed) herald::thing::check_block(std::move(*parsed), value);
  }
  return 0;
}
