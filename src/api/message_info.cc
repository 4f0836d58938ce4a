#include "api/message_info.h"

#include "base/crypto.h"

namespace herald::api {
namespace {

namespace json = boost::json;

struct QueryMessageInfo {
  MessageId message;
};

json::array pairs_of(const MessageProperties& properties) {
  json::array pairs;
  for (const auto& [name, value] : properties.user) {
    pairs.push_back({{"Key", name}, {"Value", value}});
  }
  return pairs;
}

Reply reply_of(MessageId id, std::string topic, std::string_view payload, Time created,
               const MessageProperties& properties) {
  return {{"Message",
           {{"UniMsgId", std::to_string(id.value)},
            {"TopicFullName", std::move(topic)},
            {"MessageContent", to_base64(payload)},
            {"GenerateTime", millis(created)},
            {"UserProperties", pairs_of(properties)}}}};
}

// As its only receiver sees it; of several, for all of them.
std::string topic_of(const Message& message, const Registry& registry) {
  if (message.recipients.size() != 1) return message.topic.text();
  const auto recipient = registry.device(message.recipients.front());
  return recipient ? message.topic.topic_for(recipient->device->name.view()) : message.topic.text();
}

// Whose message it is stays between its owner and the server. It is in the instance of its product,
// for as long as there is one.
struct Place {
  const Registry& registry;
  AccountId account;
  std::string instance;

  // `message` is one of either kind.
  bool has(const auto& message) const {
    if (message.account != account) return false;
    const auto product = registry.product(message.product);
    return !product || product->instance == instance;
  }
};

// Messages to devices are found as their receipts are, messages from devices in a log of late ones.
void query(QueryMessageInfo call, Context& context, Done<Reply> done) {
  const auto absent = fail(Code::message_not_found, std::to_string(call.message.value));
  Place place{context.platform.registry, context.account, context.instance};
  if (const auto up = context.platform.uplink.log().find(call.message)) {
    if (!place.has(*up)) return done(absent);
    return done(reply_of(up->id, up->message.topic, up->message.payload, up->created,
                         up->message.properties));
  }
  context.platform.receipts.find(
      call.message,
      [place = std::move(place), absent, done = std::move(done)](Result<KeptMessage> kept) mutable {
        if (kept && !place.has(*kept->message)) kept = absent;
        if (!kept) return done(tl::unexpected(std::move(kept.error())));
        const Message& message = *kept->message;
        done(reply_of(message.id, topic_of(message, place.registry), message.payload,
                      message.created, message.properties));
      });
}

}  // namespace

Operation query_message_info() {
  return operation<QueryMessageInfo>(
      {.name = "QueryMessageInfo",
       .family = Family::messaging,
       .summary = "Answers a message of late by its id, from or to devices.",
       .calls_per_second = 10,
       .answer = {object(
           "Message", "The message.",
           {text("UniMsgId", "Its id."),
            text("TopicFullName", "Its topic; ${deviceName} stands for each of several devices."),
            text("MessageContent", "Its payload as Base64, as long as it is kept."),
            long_integer("GenerateTime", "When it was published, in milliseconds."),
            list("UserProperties", "MQTT 5: a property of the user's own.",
                 {text("Key", "Its name."), text("Value", "Its value.")}),
            text("TransformedMessageContent", "Never set: payloads are not transformed."),
            text("TransformedTopicFullName", "Never set."),
            list("MqttProperties", "Never set.",
                 {text("Key", "Its name."), text("Value", "Its value.")})})},
       .errors = {Code::message_not_found}},
      query,
      Param<MessageId>{
          .name = "UniMsgId", .doc = "The MessageId.", .example = "1234567890123456789"});
}

}  // namespace herald::api
