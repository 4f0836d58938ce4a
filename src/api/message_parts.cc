#include "api/message_parts.h"

#include <algorithm>
#include <array>

namespace herald::api {
namespace {

struct State {
  Outcome outcome;
  std::string_view doc;
};
constexpr std::array states = {
    State{Outcome::queued, "Waiting: no connection, or too much on its way already."},
    State{Outcome::inflight, "Sent and not acknowledged yet."},
    State{Outcome::sent, "QoS 0: handed to the connection."},
    State{Outcome::acked, "QoS 1: acknowledged."},
    State{Outcome::expired, "Not delivered before the deadline."},
    State{Outcome::cancelled, "Cancelled before it was delivered."},
    State{Outcome::dropped, "Not delivered, for the reason that the receipt names."},
};

}  // namespace

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
                named = message ? std::to_string(message->value) : std::string(*request),
                done = std::move(done)](Result<KeptMessage> kept) mutable {
    if (kept && kept->message->account != account) {
      kept = fail(Code::message_not_found, named);
    }
    done(std::move(kept));
  };
  Receipts& receipts = context.platform.receipts;
  if (message) return receipts.find(*message, std::move(found));
  receipts.find_request(std::string(*request), std::move(found));
}

Reply message_totals(const KeptMessage& kept) {
  Reply totals{{"wanted", kept.receipts.size()}};
  for (const State& state : states) {
    totals[name_of(state.outcome)] =
        std::ranges::count(kept.receipts, state.outcome, &Receipt::outcome);
  }
  return totals;
}

Fields totals_fields() {
  Fields totals = {integer("wanted", "All recipients: the sum of the others.")};
  for (const State& state : states) {
    totals.push_back(integer(name_of(state.outcome), state.doc));
  }
  return totals;
}

}  // namespace herald::api
