#include "api/message_receipts.h"

#include <algorithm>
#include <array>

#include "api/message_parts.h"
#include "api/page.h"
#include "api/times.h"

namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::array outcomes = {Outcome::queued, Outcome::inflight, Outcome::sent,
                                 Outcome::acked,  Outcome::expired,  Outcome::cancelled,
                                 Outcome::dropped};

struct QueryMessageReceipts {
  std::optional<MessageId> message;
  std::optional<std::string_view> request;
  std::int32_t page;
  std::int32_t page_size;
};

json::object totals(const KeptMessage& kept) {
  json::object totals{{"wanted", kept.receipts.size()}};
  for (const Outcome outcome : outcomes) {
    totals[name_of(outcome)] = std::ranges::count(kept.receipts, outcome, &Receipt::outcome);
  }
  return totals;
}

json::object receipt_reply(const Receipt& receipt, const std::optional<DeviceView>& recipient) {
  json::object reply;
  // A deleted device has no name any more.
  if (recipient) reply["DeviceName"] = recipient->device->name.view();
  reply["State"] = name_of(receipt.outcome);
  if (receipt.reason != DropReason::none) reply["Reason"] = name_of(receipt.reason);
  if (receipt.at != Time()) reply["Time"] = utc_text(receipt.at);
  return reply;
}

Reply reply_of(const KeptMessage& kept, const Page& page, const Registry& registry) {
  const Message& message = *kept.message;
  json::array receipts;
  for (std::size_t i = page.begin(); i < page.end(); ++i) {
    receipts.push_back(receipt_reply(kept.receipts[i], registry.device(message.recipients[i])));
  }
  return {{"Page", page.number},
          {"PageSize", page.size},
          {"PageCount", page.count()},
          {"Total", page.total},
          {"Data",
           {{"MessageId", std::to_string(message.id.value)},
            {"PublishRequestId", message.request_id},
            {"ProductKey", message.product},
            {"Topic", message.topic.text()},
            {"Qos", static_cast<int>(message.qos)},
            {"UtcCreate", utc_text(message.created)},
            {"UtcDeadline", utc_text(message.deadline)},
            {"Totals", totals(kept)},
            {"Receipts", {{"Receipt", std::move(receipts)}}}}}};
}

void query(QueryMessageReceipts call, Context& context, Done<Reply> done) {
  find_message(call.message, call.request, context,
               [page = call.page, size = call.page_size, &registry = context.platform.registry,
                done = std::move(done)](Result<KeptMessage> kept) mutable {
                 if (!kept) return done(tl::unexpected(std::move(kept.error())));
                 done(reply_of(*kept, Page(page, size, kept->receipts.size()), registry));
               });
}

Fields answer() {
  Fields totals = {integer("wanted", "All recipients: the sum of the others.")};
  constexpr std::array<std::string_view, outcomes.size()> docs = {
      "Waiting: no connection, or too much on its way already.",
      "Sent and not acknowledged yet.",
      "QoS 0: handed to the connection.",
      "QoS 1: acknowledged.",
      "Not delivered before the deadline.",
      "Cancelled before it was delivered.",
      "Not delivered, for the reason that the receipt names."};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    totals.push_back(integer(name_of(outcomes[i]), docs[i]));
  }
  return {integer("Page", "This page, from 1."), integer("PageSize", "Receipts on a page."),
          integer("PageCount", "Pages there are."), integer("Total", "Receipts there are."),
          object("Data", "The message.",
                 {text("MessageId", "Its id."), text("PublishRequestId", "Of the publishing call."),
                  text("ProductKey", "The product of its recipients."),
                  text("Topic", "Its topic; ${deviceName} stands for each recipient."),
                  integer("Qos", "0 or 1."), text("UtcCreate", "When it was published."),
                  text("UtcDeadline", "When it is no longer delivered."),
                  object("Totals", "How many recipients are in each state.", std::move(totals)),
                  object("Receipts", "One for each recipient, in the order of the call.",
                         {list("Receipt", "",
                               {text("DeviceName", "Absent for a deleted device."),
                                text("State", "One of the totals' names."),
                                text("Reason",
                                     "Why it was dropped: not_subscribed, offline, slow, "
                                     "queue_full, session_ended, device_deleted, "
                                     "unreadable, too_large or rate."),
                                text("Time", "When it came to this.")})})})};
}

}  // namespace

Operation query_message_receipts() {
  return operation<QueryMessageReceipts>(
      {.name = "QueryMessageReceipts",
       .family = Family::messaging,
       .summary = "Answers what became of a message at each of its recipients.",
       .calls_per_second = 50,
       .own = true,
       .takes_instance = false,
       .answer = answer(),
       .errors = {Code::message_not_found}},
      query, message_id_parameter(), request_id_parameter(),
      Param<std::int32_t>{.name = "CurrentPage",
                          .doc = "The page of receipts, from 1.",
                          .example = "1",
                          .bounds = {1, std::numeric_limits<std::int32_t>::max()},
                          .otherwise = 1},
      Param<std::int32_t>{.name = "PageSize",
                          .doc = "Receipts on a page.",
                          .example = "100",
                          .bounds = {1, 1000},
                          .otherwise = 100});
}

}  // namespace herald::api
