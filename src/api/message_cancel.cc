#include "api/message_cancel.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "api/message_parts.h"

namespace herald::api {
namespace {

struct CancelMessage {
  std::optional<MessageId> message;
  std::optional<std::string_view> request;
  DeviceNames devices;
};

// The places of these devices among the recipients, or of all. Errors: device_not_found.
Result<std::vector<RecipientIndex>> recipients_of(const Message& message,
                                                  const std::vector<std::string>& names,
                                                  const Registry& registry) {
  std::vector<RecipientIndex> recipients;
  if (names.empty()) {
    recipients.resize(message.recipients.size());
    std::iota(recipients.begin(), recipients.end(), 0U);
    return recipients;
  }
  const auto product = ProductKey::parse(message.product);
  for (const std::string& name : names) {
    const auto device = product ? registry.device_id(*product, name) : std::nullopt;
    const auto at =
        device ? std::ranges::find(message.recipients, *device) : message.recipients.end();
    if (at == message.recipients.end()) return fail(Code::device_not_found, name);
    recipients.push_back(static_cast<RecipientIndex>(at - message.recipients.begin()));
  }
  return recipients;
}

Reply reply_of(MessageId message, const Cancellation& cancellation) {
  return {{"Data",
           {{"MessageId", std::to_string(message.value)},
            {"Cancelled", cancellation.cancelled},
            {"InFlight", cancellation.inflight},
            {"Ended", cancellation.ended}}}};
}

void cancel(CancelMessage call, Context& context, Done<Reply> done) {
  std::vector<std::string> names(call.devices.names.begin(), call.devices.names.end());
  find_message(call.message, call.request, context,
               [names = std::move(names), &platform = context.platform,
                done = std::move(done)](Result<KeptMessage> kept) mutable {
                 if (!kept) return done(tl::unexpected(std::move(kept.error())));
                 auto recipients = recipients_of(*kept->message, names, platform.registry);
                 if (!recipients) return done(tl::unexpected(std::move(recipients.error())));
                 platform.receipts.cancel(kept->message, std::move(*recipients),
                                          [id = kept->message->id, done = std::move(done)](
                                              Result<Cancellation> cancelled) mutable {
                                            done(cancelled.map([id](const Cancellation& counts) {
                                              return reply_of(id, counts);
                                            }));
                                          });
               });
}

}  // namespace

Operation cancel_message(const ApiLimits& api_limits) {
  return operation<CancelMessage>(
      {.name = "CancelMessage",
       .family = Family::messaging,
       .summary = "Ends a message for its recipients, or some of them, who wait for it still.",
       .calls_per_second = 50,
       .writes = true,
       .own = true,
       .takes_instance = false,
       .answer = {object(
           "Data", "What came of it, at the recipients that it was for.",
           {text("MessageId", "The message."),
            integer("Cancelled", "Waited, and will not receive it."),
            integer("InFlight", "It is on its way to them and goes on."),
            integer("Ended", "It had ended before: QueryMessageReceipts says how.")})},
       .errors = {Code::message_not_found, Code::device_name_in_list_malformed,
                  Code::device_not_found}},
      cancel, message_id_parameter(), request_id_parameter(),
      Param<DeviceNames>{.name = "DeviceName",
                         .doc = "The recipients that are meant; all of them when none is named.",
                         .example = "light01",
                         .bounds = {0, static_cast<std::int64_t>(api_limits.batch_recipients)},
                         .distinct = true});
}

}  // namespace herald::api
