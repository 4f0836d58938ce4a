#include "core/rrpc.h"

#include "api/custom_topics.h"
#include "api/device_parts.h"
#include "base/crypto.h"

// Requests to one device: operations.md, section 1.
namespace herald::api {
namespace {

constexpr std::int32_t timeout_min = 1'000;
constexpr std::int32_t timeout_max = 8'000;

struct RRpc {
  SharedProduct product;
  DeviceName device;
  std::int32_t timeout;
  Payload request;
  std::optional<std::string_view> topic;
};

struct AsyncRRpc {
  SharedProduct product;
  DeviceName device;
  Payload content;
  std::optional<std::string_view> topic;
};

// The device of the call. Errors: device_not_found.
template <class Call>
Result<DeviceView> device_of(const Call& call, const Context& context) {
  auto device = context.platform.registry.device(call.product->key, call.device.view());
  if (!device) return fail(Code::device_not_found, call.device.text());
  return *std::move(device);
}

RrpcRequest request_to(const DeviceView& device, std::string topic, std::string payload,
                       const Context& context) {
  return {.device = device.device->id,
          .account = context.account,
          .product = device.device->product.text(),
          .request_id = context.request_id,
          .topic = std::move(topic),
          .payload = std::move(payload)};
}

// Errors: topic_malformed.
Result<std::string> topic_of(const RRpc& call) {
  if (!call.topic) return RrpcRequest::system_topic(call.product->key, call.device);
  const std::string_view topic = *call.topic;
  const bool fits =
      topic.starts_with('/') && topic.size() <= limits::topic_bytes_max && is_topic_name(topic);
  if (!fits) return fail(Code::topic_malformed, std::string(topic.substr(0, 128)));
  return RrpcRequest::custom_topic(topic);
}

// A custom topic of the device that it may subscribe to. Errors: those of check_receivable.
Result<std::string> topic_of(const AsyncRRpc& call, const TopicLimits& topics) {
  if (!call.topic) return RrpcRequest::system_topic(call.product->key, call.device);
  const auto custom = parse_custom_topic(*call.topic);
  const bool is_own =
      custom && custom->product == call.product->key.view() && custom->device == call.device.view();
  if (!is_own) return fail(Code::topic_malformed, std::string(call.topic->substr(0, 128)));
  auto fits = check_receivable(*call.product, custom->suffix, custom->device.size(), topics);
  if (!fits) return tl::unexpected(std::move(fits.error()));
  return std::string(*call.topic);
}

// The call succeeds whatever came of the request: RrpcCode says that.
void call_and_wait(RRpc call, Context& context, Done<Reply> done) {
  const auto device = device_of(call, context);
  if (!device) return done(tl::unexpected(device.error()));
  if (call.timeout < timeout_min || call.timeout > timeout_max) {
    return done(fail(Code::rrpc_timeout_invalid, std::to_string(call.timeout)));
  }
  auto topic = topic_of(call);
  if (!topic) return done(tl::unexpected(std::move(topic.error())));
  context.platform.rrpc.call(
      request_to(*device, *std::move(topic), std::move(call.request.bytes), context),
      Milliseconds(call.timeout), [done = std::move(done)](Result<RrpcAnswer> answer) mutable {
        if (!answer) return done(tl::unexpected(std::move(answer.error())));
        Reply reply{{"MessageId", answer->message.value}, {"RrpcCode", name_of(answer->code)}};
        if (answer->code == RrpcCode::success) {
          reply.emplace("PayloadBase64Byte", to_base64(answer->payload));
        }
        done(std::move(reply));
      });
}

void send(AsyncRRpc call, Context& context, Done<Reply> done) {
  const auto device = device_of(call, context);
  if (!device) return done(tl::unexpected(device.error()));
  auto topic = topic_of(call, context.platform.registry.limits().topics);
  if (!topic) return done(tl::unexpected(std::move(topic.error())));
  if (!device->device->activated) return done(fail(Code::device_inactive, call.device.text()));
  context.platform.rrpc.send(
      request_to(*device, *std::move(topic), std::move(call.content.bytes), context),
      [name = call.device.text(), done = std::move(done)](Result<RrpcAnswer> sent) mutable {
        if (!sent) return done(tl::unexpected(std::move(sent.error())));
        const bool offline = sent->code == RrpcCode::offline || sent->code == RrpcCode::halfconn;
        if (offline) return done(fail(Code::device_offline, name));
        done(Reply{{"MessageId", sent->message.value}});
      });
}

Param<DeviceName> name_parameter() {
  return {.name = "DeviceName", .doc = "The device.", .example = "light01"};
}
Field message_id_field() { return long_integer("MessageId", "The message to the device."); }
std::vector<Code> errors(std::initializer_list<Code> more) {
  auto all = product_errors();
  all.insert(all.end(), {Code::device_name_empty, Code::device_name_malformed,
                         Code::device_not_found, Code::message_empty, Code::message_not_base64,
                         Code::message_too_large, Code::topic_malformed, Code::rate_limited});
  all.insert(all.end(), more);
  return all;
}

Operation rrpc(const ApiLimits& limits) {
  return operation<RRpc>(
      {.name = "RRpc",
       .family = Family::messaging,
       .summary = "Sends a request to one device and waits for its answer.",
       .calls_per_second = 1000,
       .writes = true,
       .answer = {message_id_field(),
                  text("RrpcCode",
                       "SUCCESS, TIMEOUT, OFFLINE (it is not connected), HALFCONN (its connection "
                       "ended before it answered) or UNKNOWN (it cannot be asked, or the server "
                       "ends)."),
                  text("PayloadBase64Byte", "What the device answered, as Base64.")},
       .errors = errors({Code::rrpc_timeout_invalid})},
      call_and_wait, product_parameter(), name_parameter(),
      Param<std::int32_t>{.name = "Timeout",
                          .doc = "How long to wait, 1,000 to 8,000 milliseconds.",
                          .example = "5000"},
      Param<Payload>{.name = "RequestBase64Byte",
                     .doc = "The request as Base64; the device receives it decoded.",
                     .example = "aGVsbG8gd29ybGQ=",
                     .bounds = {1, static_cast<std::int64_t>(limits.payload_bytes)},
                     .in_form = true},
      Param<std::optional<std::string_view>>{
          .name = "Topic",
          .doc = "What follows /ext/rrpc/${messageId} in the topic of request and answer, for "
                 "devices that connect with ext=1; without it the platform's own topic is used.",
          .example = "/a1BwAGVxxxx/light01/user/get",
          .names = true},
      Param<Ignored<std::string_view>>{.name = "ContentType",
                                       .doc = "Of no effect: it is of devices on JT/T 808."});
}

Operation async_rrpc(const ApiLimits& limits) {
  return operation<AsyncRRpc>(
      {.name = "AsyncRRpc",
       .family = Family::messaging,
       .summary = "Sends a message to one connected device without waiting for an answer.",
       .calls_per_second = 1000,
       .writes = true,
       .answer = {message_id_field()},
       .errors = errors({Code::topic_category_not_found, Code::publish_refused,
                         Code::device_inactive, Code::device_offline})},
      send, product_parameter(), name_parameter(),
      Param<Payload>{.name = "MessageContent",
                     .doc = "The payload as Base64; the device receives it decoded.",
                     .example = "aGVsbG8gd29ybGQ=",
                     .bounds = {1, static_cast<std::int64_t>(limits.payload_bytes)},
                     .in_form = true},
      Param<std::optional<std::string_view>>{
          .name = "TopicFullName",
          .doc = "A custom topic of the device that it subscribes to; without it the message comes "
                 "as a request of RRpc does.",
          .example = "/a1BwAGVxxxx/light01/user/get",
          .names = true},
      Param<Ignored<std::string_view>>{.name = "ExtInfo",
                                       .doc = "Of no effect: it is of devices on GB/T 32960."});
}

}  // namespace

std::vector<Operation> rrpc_operations(const ApiLimits& limits) {
  std::vector<Operation> family;
  family.push_back(rrpc(limits));
  family.push_back(async_rrpc(limits));
  return family;
}

}  // namespace herald::api
