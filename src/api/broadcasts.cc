#include "api/device_parts.h"
#include "core/broadcaster.h"

// operations.md, PubBroadcast.
namespace herald::api {
namespace {

struct PubBroadcast {
  SharedProduct product;
  Payload content;
  std::optional<std::string_view> topic;
};

Result<Reply> broadcast(PubBroadcast call, Context& context) {
  Broadcaster& broadcaster = context.platform.broadcaster;
  Broadcaster::Content content{.account = context.account,
                               .product = call.product->key.text(),
                               .request_id = context.request_id,
                               .payload = std::move(call.content.bytes)};
  const auto reply_of = [](MessageId id) { return Reply{{"MessageId", id.value}}; };
  if (!call.topic) return broadcaster.publish_to_all(std::move(content)).map(reply_of);
  const bool fits = is_broadcast_topic_of(call.product->key, *call.topic) &&
                    call.topic->size() <= limits::topic_bytes_max;
  if (!fits) return fail(Code::topic_malformed, std::string(call.topic->substr(0, 128)));
  return reply_of(broadcaster.publish(std::move(content), *call.topic));
}

Operation pub_broadcast() {
  auto errors = product_errors();
  errors.insert(errors.end(), {Code::message_empty, Code::message_not_base64,
                               Code::message_too_large, Code::topic_malformed});
  return operation<PubBroadcast>(
      {.name = "PubBroadcast",
       .family = Family::messaging,
       .summary = "Publishes one message to all devices of a product that are connected, or to "
                  "those that subscribe to a topic.",
       .calls_per_second = 1,
       .writes = true,
       .answer = {long_integer("MessageId", "The message.")},
       .errors = std::move(errors)},
      broadcast, product_parameter(),
      Param<Payload>{.name = "MessageContent",
                     .doc = "The payload as Base64; devices receive it decoded. 1 to 65,536 bytes.",
                     .example = "aGVsbG8gd29ybGQ=",
                     .bounds = {1, Broadcaster::payload_bytes_max}},
      Param<std::optional<std::string_view>>{
          .name = "TopicFullName",
          .doc =
              "A topic under /broadcast/${productKey}/, for its subscribers. Without it all that "
              "are connected receive the message, under "
              "/sys/${productKey}/${deviceName}/broadcast/request/${MessageId}, once a minute.",
          .example = "/broadcast/a1BwAGVxxxx/news",
          .names = true});
}

}  // namespace

std::vector<Operation> broadcast_operations() {
  std::vector<Operation> family;
  family.push_back(pub_broadcast());
  return family;
}

}  // namespace herald::api
