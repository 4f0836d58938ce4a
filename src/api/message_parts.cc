#include "api/message_parts.h"

namespace herald::api {

Param<std::optional<MessageId>> message_id_parameter() {
  return {.name = "MessageId",
          .doc = "As BatchPub or Pub answered it.",
          .example = "889455942124347329"};
}

Param<std::optional<std::string_view>> request_id_parameter() {
  return {.name = "RequestId",
          .doc = "Instead of MessageId: the RequestId that the publishing call was answered with.",
          .example = "9E76053E-26ED-4AB4-AE58-8AFC3F1E7E8E"};
}

void find_message(std::optional<MessageId> message, std::optional<std::string_view> request,
                  const Context& context, Done<KeptMessage> done) {
  if (!message && !request) return done(fail(Code::missing_parameter, "MessageId"));
  auto found = [account = context.account,
                done = std::move(done)](Result<KeptMessage> kept) mutable {
    if (kept && kept->message->account != account) kept = fail(Code::message_not_found);
    done(std::move(kept));
  };
  Receipts& receipts = context.platform.receipts;
  if (message) return receipts.find(*message, std::move(found));
  receipts.find_request(std::string(*request), std::move(found));
}

}  // namespace herald::api
