#include "api/message_receipts.h"

#include "api/message_parts.h"
#include "api/page.h"
#include "api/times.h"

namespace herald::api {
namespace {

namespace json = boost::json;

struct QueryMessageReceipts {
  std::optional<MessageId> message;
  std::optional<std::string_view> request;
  std::int32_t page;
  std::int32_t page_size;
};

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
            {"Totals", message_totals(kept)},
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
  return {integer("Page", "This page, from 1."), integer("PageSize", "Receipts on a page."),
          integer("PageCount", "Pages there are."), integer("Total", "Receipts there are."),
          object("Data", "The message.",
                 {text("MessageId", "Its id."), text("PublishRequestId", "Of the publishing call."),
                  text("ProductKey", "The product of its recipients."),
                  text("Topic", "Its topic; ${deviceName} stands for each recipient."),
                  integer("Qos", "0 or 1."), text("UtcCreate", "When it was published."),
                  text("UtcDeadline", "When it is no longer delivered."),
                  object("Totals", "How many recipients are in each state.", totals_fields()),
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
