#include <algorithm>

#include "api/device_parts.h"

// What devices subscribe to, seen and done by applications: operations.md, section 1.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t topics_max = 10;
constexpr char first_failure = static_cast<char>(0x80);

struct OfOneDevice {
  SharedProduct product;
  DeviceName device;
};
struct OfTopics {
  SharedProduct product;
  DeviceName device;
  Texts topics;
};

Result<DeviceId> device_of(const SharedProduct& product, const DeviceName& name,
                           const Context& context) {
  const auto id = context.platform.registry.device_id(product->key, name.view());
  if (!id) return fail(Code::device_not_found, name.text());
  return *id;
}

bool is_failure(char code) {
  return static_cast<unsigned char>(code) >= static_cast<unsigned char>(first_failure);
}

void list_topics(OfOneDevice call, Context& context, Done<Reply> done) {
  const auto device = device_of(call.product, call.device, context);
  if (!device) return done(tl::unexpected(device.error()));
  context.platform.homes.subscriptions_of(
      *device, [done = std::move(done)](const std::vector<Subscription>& all) mutable {
        json::array topics;
        for (const Subscription& one : all) {
          topics.push_back({{"TopicName", one.filter}, {"Timestamp", millis(one.since)}});
        }
        done(Reply{{"TopicList", std::move(topics)}});
      });
}

void subscribe(OfTopics call, Context& context, Done<Reply> done) {
  const auto device = device_of(call.product, call.device, context);
  if (!device) return done(tl::unexpected(device.error()));
  std::vector<std::string> filters(call.topics.begin(), call.topics.end());
  context.platform.homes.subscribe_for(
      *device, filters,
      [filters, name = call.device.text(), done = std::move(done)](std::string codes) mutable {
        if (codes.empty()) return done(fail(Code::device_offline, name));
        const auto failed = std::ranges::find_if(codes, is_failure);
        if (failed == codes.end()) return done(Reply());
        done(fail(Code::topic_category_not_found,
                  filters[static_cast<std::size_t>(failed - codes.begin())]));
      });
}

void unsubscribe(OfTopics call, Context& context, Done<Reply> done) {
  const auto device = device_of(call.product, call.device, context);
  if (!device) return done(tl::unexpected(device.error()));
  std::vector<std::string> filters(call.topics.begin(), call.topics.end());
  context.platform.homes.unsubscribe_for(
      *device, filters,
      [filters, name = call.device.text(), done = std::move(done)](std::string codes) mutable {
        if (codes.empty()) return done(fail(Code::device_offline, name));
        json::array failures;
        for (std::size_t i = 0; i < codes.size(); ++i) {
          if (codes[i] != 0) failures.emplace_back(filters[i]);
        }
        done(Reply{{"FailureTopics", {{"topic", std::move(failures)}}}});
      });
}

Param<DeviceName> name_parameter() {
  return {.name = "DeviceName", .doc = "The device.", .example = "light01"};
}
Param<Texts> topics_parameter() {
  return {.name = "Topic",
          .doc = "Up to 10 topics of the device, in full.",
          .example = "/a1BwAGVxxxx/light01/user/get",
          .bounds = {1, topics_max},
          .names = true};
}
std::vector<Code> errors(std::initializer_list<Code> more) {
  auto all = product_errors();
  all.insert(all.end(),
             {Code::device_name_empty, Code::device_name_malformed, Code::device_not_found});
  all.insert(all.end(), more);
  return all;
}

Operation query_device_sub_topic() {
  return operation<OfOneDevice>(
      {.name = "QueryDeviceSubTopic",
       .family = Family::topics,
       .summary = "Lists what a device subscribes to.",
       .calls_per_second = 100,
       .answer = {list("TopicList", "One subscription.",
                       {text("TopicName", "The topic, in full."),
                        long_integer("Timestamp", "Since when, in milliseconds.")})},
       .errors = errors({})},
      list_topics, product_parameter(), name_parameter());
}

Operation subscribe_topic() {
  return operation<OfTopics>(
      {.name = "SubscribeTopic",
       .family = Family::topics,
       .summary = "Subscribes in the place of a device that is connected.",
       .calls_per_second = 10,
       .writes = true,
       .errors = errors({Code::device_offline, Code::topic_category_not_found})},
      subscribe, product_parameter(), name_parameter(), topics_parameter());
}

Operation unsubscribe_topic() {
  return operation<OfTopics>(
      {.name = "UnsubscribeTopic",
       .family = Family::topics,
       .summary = "Ends subscriptions in the place of a device that is connected.",
       .calls_per_second = 50,
       .writes = true,
       .answer = {object("FailureTopics", "",
                         {texts("topic", "Topics that were not subscribed to.")})},
       .errors = errors({Code::device_offline})},
      unsubscribe, product_parameter(), name_parameter(), topics_parameter());
}

}  // namespace

std::vector<Operation> device_subscription_operations() {
  std::vector<Operation> family;
  family.push_back(query_device_sub_topic());
  family.push_back(subscribe_topic());
  family.push_back(unsubscribe_topic());
  return family;
}

}  // namespace herald::api
