#include <algorithm>

#include "api/custom_topics.h"
#include "api/message_cancel.h"
#include "api/message_info.h"
#include "api/message_list.h"
#include "api/message_receipts.h"
#include "api/operations.h"
#include "base/crypto.h"

// operations.md, section 1.
namespace herald::api {
namespace {

constexpr std::int64_t text_bytes_max = 65'535;  // Of any text in MQTT, section 1.5.4.

struct BatchPub {
  static constexpr std::string_view name = "BatchPub";
  SharedProduct product;
  DeviceNames devices;
  Payload content;
  std::optional<std::string_view> topic_template;
  std::optional<std::string_view> topic_suffix;
  Qos qos;
  std::optional<std::string_view> response_topic;
  std::optional<std::string_view> correlation_data;
  std::optional<std::string_view> content_type;
  std::optional<std::int32_t> payload_format;
  std::optional<std::int64_t> expiry_seconds;
  TextPairs user_properties;
  std::optional<AsciiText> token;
};

struct Pub {
  static constexpr std::string_view name = "Pub";
  SharedProduct product;
  Payload content;
  std::string_view topic;
  Qos qos;
  std::optional<std::string_view> response_topic;
  std::optional<std::string_view> correlation_data;
  std::optional<std::string_view> content_type;
  std::optional<std::int32_t> payload_format;
  std::optional<std::int64_t> expiry_seconds;
  TextPairs user_properties;
  std::optional<AsciiText> token;
};

// Errors: topic_malformed, illegal_request.
template <class Call>
Result<MessageProperties> properties_of(const Call& call) {
  MessageProperties properties{.user = call.user_properties};
  if (call.response_topic) {
    properties.response_topic = TopicTemplate::parse(*call.response_topic);
    if (!is_topic_name(properties.response_topic->topic_for("device"))) {
      return fail(Code::topic_malformed, std::string(call.response_topic->substr(0, 128)));
    }
  }
  if (call.correlation_data) {
    properties.correlation_data = from_base64(*call.correlation_data);
    if (!properties.correlation_data) {
      return fail(Code::illegal_request, "CorrelationData is not Base64");
    }
  }
  if (call.content_type) properties.content_type = std::string(*call.content_type);
  if (call.payload_format) {
    properties.payload_format = static_cast<std::uint8_t>(*call.payload_format);
  }
  return properties;
}

// Publishes what the call says.
template <class Call>
void publish(Call call, TopicTemplate topic, std::vector<DeviceId> recipients, Context& context,
             Done<Reply> done) {
  auto properties = properties_of(call);
  if (!properties) return done(tl::unexpected(std::move(properties.error())));
  Milliseconds lifetime = limits::message_lifetime_max;
  if (call.expiry_seconds && std::chrono::seconds(*call.expiry_seconds) < lifetime) {
    lifetime = std::chrono::seconds(*call.expiry_seconds);
  }
  auto message = std::make_unique<Message>();
  message->account = context.account;
  message->product = call.product->key.text();
  message->request_id = context.request_id;
  message->topic = std::move(topic);
  message->qos = call.qos;
  message->properties = std::move(*properties);
  message->recipients = std::move(recipients);
  message->payload = std::move(call.content.bytes);
  Publisher& publisher = context.platform.publisher;
  auto answer = [done = std::move(done)](Result<MessageId> kept) mutable {
    done(kept.map([](MessageId id) { return Reply{{"MessageId", std::to_string(id.value)}}; }));
  };
  if (call.token) {
    ClientToken token{context.account, std::string(Call::name), std::string(call.token->text)};
    return publisher.publish_once(std::move(token), std::move(message), lifetime,
                                  context.take_riders(), std::move(answer));
  }
  // QoS 0 is not stored, and neither are riders with it.
  Changes riders = call.qos == Qos::at_least_once ? context.take_riders() : Changes();
  publisher.publish(std::move(message), lifetime, std::move(riders), std::move(answer));
}

// The suffix of the custom topic that the call means. Errors: topic_missing, topic_malformed.
Result<std::string> suffix_of(const BatchPub& call) {
  if (!call.topic_template) {
    if (!call.topic_suffix) return fail(Code::topic_missing);
    return std::string(*call.topic_suffix);
  }
  const TopicTemplate topic = TopicTemplate::parse(*call.topic_template);
  const auto suffix = custom_suffix(topic, call.product->key);
  if (!suffix) return fail(Code::topic_malformed, std::string(call.topic_template->substr(0, 128)));
  return std::string(*suffix);
}

// The whole call or nothing of it: its answer has no place for the fate of single devices.
void publish_to_all(BatchPub call, Context& context, Done<Reply> done) {
  const auto suffix = suffix_of(call);
  if (!suffix) return done(tl::unexpected(suffix.error()));
  const auto longest = std::ranges::max(call.devices.names, {}, &std::string_view::size);
  if (auto fits = check_receivable(*call.product, *suffix, longest.size(),
                                   context.platform.registry.limits().topics);
      !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  auto recipients = context.platform.registry.device_ids(call.product->key, call.devices.names);
  if (!recipients) return done(tl::unexpected(std::move(recipients.error())));
  TopicTemplate topic = TopicTemplate::custom(call.product->key, *suffix);
  publish(std::move(call), std::move(topic), *std::move(recipients), context, std::move(done));
}

struct CustomTopic {
  std::string_view device;
  std::string_view suffix;
};

// Takes `/${productKey}/${deviceName}/user/<suffix>` apart.
std::optional<CustomTopic> custom_topic(std::string_view topic, const ProductKey& product) {
  constexpr std::string_view user = "/user/";
  const std::string start = '/' + product.text() + '/';
  if (!topic.starts_with(start)) return std::nullopt;
  topic.remove_prefix(start.size());
  const auto slash = topic.find('/');
  if (slash == topic.npos || !topic.substr(slash).starts_with(user)) return std::nullopt;
  return CustomTopic{topic.substr(0, slash), topic.substr(slash + user.size())};
}

// At most once, whatever the QoS: device-mqtt.md, section 11.
void publish_to_subscribers(Pub call, Context& context, Done<Reply> done) {
  if (call.topic.size() > context.platform.registry.limits().topics.bytes) {
    return done(fail(Code::topic_malformed, std::string(call.topic.substr(0, 128))));
  }
  auto recipients = context.platform.broadcaster.subscribers(call.product->key.view(), call.topic);
  call.qos = Qos::at_most_once;
  TopicTemplate topic = TopicTemplate::parse(call.topic);
  publish(std::move(call), std::move(topic), std::move(recipients), context, std::move(done));
}

void publish_to_one(Pub call, Context& context, Done<Reply> done) {
  if (is_broadcast_topic_of(call.product->key, call.topic)) {
    return publish_to_subscribers(std::move(call), context, std::move(done));
  }
  const auto topic = custom_topic(call.topic, call.product->key);
  if (!topic || !DeviceName::fits(topic->device)) {
    return done(fail(Code::topic_malformed, std::string(call.topic.substr(0, 128))));
  }
  if (auto fits = check_receivable(*call.product, topic->suffix, topic->device.size(),
                                   context.platform.registry.limits().topics);
      !fits) {
    return done(tl::unexpected(std::move(fits.error())));
  }
  const auto id = context.platform.registry.device_id(call.product->key, topic->device);
  if (!id) return done(fail(Code::device_not_found, std::string(topic->device)));
  TopicTemplate custom = TopicTemplate::custom(call.product->key, topic->suffix);
  publish(std::move(call), std::move(custom), {*id}, context, std::move(done));
}

// Declared alike by both.
Param<SharedProduct> product_parameter() {
  return {.name = "ProductKey", .doc = "The product of the devices.", .example = "a1BwAGVxxxx"};
}
Param<Payload> content_parameter(bool in_form, const ApiLimits& api_limits) {
  return {.name = "MessageContent",
          .doc = "The payload as Base64; devices receive it decoded. 1 to 262,144 bytes.",
          .example = "aGVsbG8gd29ybGQ=",
          .bounds = {1, static_cast<std::int64_t>(api_limits.payload_bytes)},
          .in_form = in_form};
}
Param<Qos> qos_parameter() {
  return {.name = "Qos",
          .doc =
              "0: at most once, to devices that are connected and subscribed now. 1: at least "
              "once, kept up to 7 days.",
          .example = "1",
          .bounds = {0, 1},
          .otherwise = Qos::at_most_once};
}
Param<std::optional<std::string_view>> correlation_parameter() {
  return {.name = "CorrelationData",
          .doc = "MQTT 5: what a receiver returns with its response, as Base64.",
          .example = "aGVsbG8=",
          .bounds = {0, text_bytes_max}};
}
Param<std::optional<std::string_view>> content_type_parameter() {
  return {.name = "ContentType",
          .doc = "MQTT 5: the type of the payload.",
          .example = "application/json",
          .bounds = {0, text_bytes_max / 4}};
}
Param<std::optional<std::int32_t>> payload_format_parameter() {
  return {.name = "PayloadFormatIndicator",
          .doc = "MQTT 5: 0 for bytes, 1 for UTF-8.",
          .example = "1",
          .bounds = {0, 1}};
}
Param<std::optional<std::int64_t>> expiry_parameter() {
  return {.name = "MessageExpiryInterval",
          .doc = "Seconds after which the message is no longer delivered; 7 days at most count.",
          .example = "3600",
          .bounds = {1, std::numeric_limits<std::uint32_t>::max()}};
}
Param<TextPairs> user_property_parameter() {
  return {.name = "UserProp",
          .doc = "MQTT 5: properties of the user's own, in this order.",
          .example = "color, red",
          .bounds = {0, 20},
          .members = {"Key", "Value"}};
}
Param<std::optional<AsciiText>> token_parameter() {
  return {.name = "ClientToken",
          .doc =
              "A name for this message: within 24 hours the call may be sent again and publishes "
              "once. Up to 64 ASCII characters.",
          .example = "5f0c7a3e-order-4711",
          .bounds = {1, 64},
          .own = true};
}
Param<Unsupported<bool>> retained_parameter() {
  return {.name = "Retained", .doc = "Only false: nothing is retained for later subscribers."};
}
Field message_id_field() { return text("MessageId", "The message, for QueryMessageReceipts."); }
std::vector<Code> publish_errors() {
  return {Code::instance_not_found, Code::product_key_empty, Code::product_key_malformed,
          Code::product_not_found,  Code::message_empty,     Code::message_not_base64,
          Code::message_too_large,  Code::topic_malformed,   Code::topic_category_not_found,
          Code::publish_refused,    Code::device_not_found,  Code::illegal_request};
}

Operation batch_pub(const ApiLimits& api_limits) {
  std::vector<Code> errors = publish_errors();
  errors.insert(errors.end(), {Code::device_name_empty, Code::device_name_in_list_malformed,
                               Code::device_names_too_many, Code::topic_missing});
  return operation<BatchPub>(
      {.name = BatchPub::name,
       .family = Family::messaging,
       .summary = "Publishes one message to many devices of one product, under a custom topic.",
       .calls_per_second = 50,
       .writes = true,
       .answer = {own(message_id_field())},
       .errors = std::move(errors)},
      publish_to_all, product_parameter(),
      Param<DeviceNames>{.name = "DeviceName",
                         .doc = "The devices, each named once. An unknown one refuses the call.",
                         .example = "light01",
                         .bounds = {1, static_cast<std::int64_t>(api_limits.batch_recipients)},
                         .distinct = true},
      content_parameter(/*in_form=*/false, api_limits),
      Param<std::optional<std::string_view>>{
          .name = "TopicTemplateName",
          .doc = "The topic category as QueryProductTopic shows it. One of this and TopicShortName "
                 "is needed; this wins.",
          .example = "/a1BwAGVxxxx/${deviceName}/user/get",
          .names = true},
      Param<std::optional<std::string_view>>{
          .name = "TopicShortName",
          .doc = "What stands behind /${productKey}/${deviceName}/user/ in the topic.",
          .example = "get",
          .names = true},
      qos_parameter(),
      Param<std::optional<std::string_view>>{
          .name = "ResponseTopicTemplateName",
          .doc = "MQTT 5: where receivers respond; ${deviceName} is each one's own name.",
          .example = "/a1BwAGVxxxx/${deviceName}/user/update",
          .bounds = {0, limits::topic_bytes_max}},
      correlation_parameter(), content_type_parameter(), payload_format_parameter(),
      expiry_parameter(), user_property_parameter(), token_parameter(), retained_parameter());
}

Operation pub(const ApiLimits& api_limits) {
  return operation<Pub>(
      {.name = Pub::name,
       .family = Family::messaging,
       .summary =
           "Publishes one message to one device, under a custom topic, or to the subscribers "
           "of a topic that all devices of a product share.",
       .calls_per_second = 1600,
       .writes = true,
       .answer = {message_id_field()},
       .errors = publish_errors()},
      publish_to_one, product_parameter(), content_parameter(/*in_form=*/true, api_limits),
      Param<std::string_view>{.name = "TopicFullName",
                              .doc = "The topic: /${productKey}/${deviceName}/user/ and a suffix, "
                                     "or /broadcast/${productKey}/ and one, for devices that are "
                                     "connected, at most once.",
                              .example = "/a1BwAGVxxxx/light01/user/get",
                              .names = true},
      qos_parameter(),
      Param<std::optional<std::string_view>>{.name = "ResponseTopic",
                                             .doc = "MQTT 5: where the receiver responds.",
                                             .example = "/a1BwAGVxxxx/light01/user/update",
                                             .bounds = {0, limits::topic_bytes_max}},
      correlation_parameter(), content_type_parameter(), payload_format_parameter(),
      expiry_parameter(), user_property_parameter(), token_parameter(), retained_parameter(),
      Param<Ignored<std::string_view>>{
          .name = "DeviceName",
          .doc = "Of no effect: it addresses devices of MQTT cloud gateways."},
      Param<Ignored<std::int32_t>>{.name = "TopicAlias",
                                   .doc = "Of no effect: aliases belong to one connection."});
}

}  // namespace

std::vector<Operation> messaging_operations(const ApiLimits& api_limits) {
  std::vector<Operation> family;
  family.push_back(batch_pub(api_limits));
  family.push_back(pub(api_limits));
  family.push_back(query_message_receipts());
  family.push_back(query_message_info());
  family.push_back(query_message_list());
  family.push_back(query_message_statistics());
  family.push_back(cancel_message(api_limits));
  return family;
}

}  // namespace herald::api
