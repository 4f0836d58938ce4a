#include <algorithm>

#include "api/operations.h"

// operations.md, section 2: topic routes.
namespace herald::api {
namespace {

namespace json = boost::json;

struct RouteTable {
  std::string_view source;
  Texts destinations;
};

struct RouteQuery {
  std::string_view topic;
};

// A custom topic of a device of the caller's that is there. Errors: topic_malformed,
// product_not_found, device_not_found.
Result<void> check(std::string_view topic, const Context& context) {
  const auto custom = parse_custom_topic(topic);
  if (!custom || !is_category_suffix(custom->suffix, /*wildcards=*/false)) {
    return fail(Code::topic_malformed, std::string(topic.substr(0, 128)));
  }
  const Registry& registry = context.platform.registry;
  const auto product = registry.product(custom->product);
  if (!product || !context.reaches(*product)) {
    return fail(Code::product_not_found, std::string(custom->product));
  }
  if (!registry.device_id(product->key, custom->device)) {
    return fail(Code::device_not_found, std::string(custom->device));
  }
  return {};
}

Reply outcome(const std::vector<std::string>& failed) {
  json::array topics;
  for (const std::string& topic : failed) topics.emplace_back(topic);
  return {{"IsAllSucceed", failed.empty()}, {"FailureTopics", {{"Topic", std::move(topics)}}}};
}

json::array array_of(const std::vector<std::string>& list) {
  json::array texts;
  for (const std::string& each : list) texts.emplace_back(each);
  return texts;
}

// Those that are not topics of devices of the caller's are told apart in the answer.
void create(RouteTable call, Context& context, Done<Reply> done) {
  if (auto source = check(call.source, context); !source) {
    return done(tl::unexpected(std::move(source.error())));
  }
  if (call.destinations.empty()) return done(fail(Code::route_destinations_missing));
  std::vector<std::string> sound;
  std::vector<std::string> failed;
  for (const std::string_view topic : call.destinations) {
    const bool fits = topic != call.source && check(topic, context).has_value();
    (fits ? sound : failed).emplace_back(topic);
  }
  if (sound.empty()) return done(outcome(failed));
  context.platform.routes.add(
      context.account, std::string(call.source), sound,
      [failed = std::move(failed), done = std::move(done)](Result<void> kept) mutable {
        done(std::move(kept).map([&] { return outcome(failed); }));
      });
}

void remove(RouteTable call, Context& context, Done<Reply> done) {
  if (auto source = check(call.source, context); !source) {
    return done(tl::unexpected(std::move(source.error())));
  }
  if (call.destinations.empty()) return done(fail(Code::route_destinations_missing));
  const auto there = context.platform.routes.destinations(call.source);
  std::vector<std::string> known;
  std::vector<std::string> failed;
  for (const std::string_view topic : call.destinations) {
    const bool is_there = std::ranges::find(there, topic) != there.end();
    (is_there ? known : failed).emplace_back(topic);
  }
  context.platform.routes.remove(
      std::string(call.source), known,
      [failed = std::move(failed), done = std::move(done)](Result<void> kept) mutable {
        done(std::move(kept).map([&] { return outcome(failed); }));
      });
}

Result<Reply> destinations(RouteQuery call, Context& context) {
  if (auto fits = check(call.topic, context); !fits) return tl::unexpected(fits.error());
  return Reply{
      {"DstTopics", {{"Topic", array_of(context.platform.routes.destinations(call.topic))}}}};
}

Result<Reply> sources(RouteQuery call, Context& context) {
  if (auto fits = check(call.topic, context); !fits) return tl::unexpected(fits.error());
  return Reply{{"SrcTopics", {{"Topic", array_of(context.platform.routes.sources(call.topic))}}}};
}

// Declared alike by several.
Param<std::string_view> source_parameter() {
  return {.name = "SrcTopic",
          .doc = "A custom topic of a device, which it publishes to.",
          .example = "/a1BwAGVxxxx/light01/user/update",
          .names = true};
}
Param<Texts> destination_parameter() {
  return {.name = "DstTopic",
          .doc = "Custom topics of devices of the same account.",
          .example = "/a1BwAGVxxxx/switch01/user/get",
          .bounds = {0, TopicRoutes::destinations_max},
          .names = true};
}
Param<std::string_view> topic_parameter() {
  return {.name = "Topic",
          .doc = "A custom topic of a device.",
          .example = "/a1BwAGVxxxx/light01/user/update"};
}
std::vector<Field> outcome_fields() {
  return {boolean("IsAllSucceed", "Whether it was done for all of the destinations."),
          object("FailureTopics", "", {texts("Topic", "A destination that was left out.")})};
}
std::vector<Code> route_errors() {
  return {Code::topic_malformed, Code::product_not_found, Code::device_not_found,
          Code::route_destinations_missing, Code::route_destinations_too_many};
}
std::vector<Code> query_errors() {
  return {Code::topic_malformed, Code::product_not_found, Code::device_not_found};
}

}  // namespace

std::vector<Operation> topic_route_operations() {
  std::vector<Operation> family;
  family.push_back(operation<RouteTable>(
      {.name = "CreateTopicRouteTable",
       .family = Family::topics,
       .summary = "Has what a device publishes under a topic reach other devices, too.",
       .calls_per_second = 50,
       .writes = true,
       .answer = outcome_fields(),
       .errors = route_errors()},
      create, source_parameter(), destination_parameter()));
  family.push_back(operation<RouteQuery>(
      {.name = "QueryTopicRouteTable",
       .family = Family::topics,
       .summary = "Answers where a topic leads.",
       .calls_per_second = 50,
       .answer = {object("DstTopics", "", {texts("Topic", "A destination.")})},
       .errors = query_errors()},
      destinations, topic_parameter()));
  family.push_back(operation<RouteQuery>(
      {.name = "QueryTopicReverseRouteTable",
       .family = Family::topics,
       .summary = "Answers which topics lead to one.",
       .calls_per_second = 50,
       .answer = {object("SrcTopics", "", {texts("Topic", "A source.")})},
       .errors = query_errors()},
      sources, topic_parameter(),
      Param<Ignored<std::string_view>>{.name = "RegionId", .doc = "There is one region."}));
  family.push_back(operation<RouteTable>({.name = "DeleteTopicRouteTable",
                                          .family = Family::topics,
                                          .summary = "Ends routes of a topic.",
                                          .calls_per_second = 50,
                                          .writes = true,
                                          .answer = outcome_fields(),
                                          .errors = route_errors()},
                                         remove, source_parameter(), destination_parameter()));
  return family;
}

}  // namespace herald::api
