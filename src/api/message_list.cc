#include "api/message_list.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>

#include "api/message_parts.h"
#include "api/page.h"
#include "api/times.h"

namespace herald::api {
namespace {

namespace json = boost::json;

struct QueryMessageList {
  std::optional<std::string_view> product;
  std::optional<std::string_view> device;
  std::int32_t page;
  std::int32_t page_size;
};
struct Nothing {};

json::object summary_of(const Publications::Publication& publication, const Registry& registry) {
  json::object made{{"MessageId", std::to_string(publication.id.value)},
                    {"ProductKey", publication.product},
                    {"Topic", publication.topic.text()},
                    {"Qos", static_cast<int>(publication.qos)},
                    {"UtcCreate", utc_text(publication.created)},
                    {"PayloadBytes", publication.payload_bytes},
                    {"FromDevice", publication.of_device}};
  if (publication.recipients.size() == 1) {
    if (const auto device = registry.device(publication.recipients.front())) {
      made["DeviceName"] = device->device->name.view();
    }
  }
  return made;
}

// Asks for the receipts of each message of a page, and answers when all are in.
class Gathering {
 public:
  Gathering(Publications::Part part, const Page& page, const Registry& registry, Done<Reply> done)
      : part_(std::move(part)), page_(page), done_(std::move(done)) {
    for (const auto& each : part_.publications) messages_.push_back(summary_of(each, registry));
    missing_ = messages_.size() + 1;
  }

  static void start(const std::shared_ptr<Gathering>& self, Receipts& receipts) {
    for (std::size_t i = 0; i < self->messages_.size(); ++i) {
      receipts.find(self->part_.publications[i].id, [self, i](const Result<KeptMessage>& kept) {
        // A message may be forgotten while its page is made; then nothing is said of it.
        if (kept) {
          self->messages_[i]["Totals"] = message_totals(*kept);
        } else if (kept.error().code != Code::message_not_found) {
          self->refused_ = true;
        }
        self->came();
      });
    }
    self->came();
  }

 private:
  void came() {
    if (missing_.fetch_sub(1) != 1) return;
    if (refused_) return done_(fail(Code::refused, "the disk cannot keep what is asked for"));
    json::array list;
    for (json::object& each : messages_) list.push_back(std::move(each));
    done_(Reply{{"Page", page_.number},
                {"PageSize", page_.size},
                {"PageCount", page_.count()},
                {"Total", page_.total},
                {"Data", {{"MessageInfo", std::move(list)}}}});
  }

  Publications::Part part_;
  Page page_;
  Done<Reply> done_;
  std::vector<json::object> messages_;  // Each is written by one answer alone.
  std::atomic<std::size_t> missing_;
  std::atomic<bool> refused_ = false;
};

void query(QueryMessageList call, Context& context, Done<Reply> done) {
  const Registry& registry = context.platform.registry;
  std::optional<DeviceId> device;
  if (call.product) {
    const auto product = context.product(*call.product);
    if (!product) return done(tl::unexpected(product.error()));
    if (call.device) {
      device = registry.device_id((*product)->key, *call.device);
      if (!device) return done(fail(Code::device_not_found, std::string(*call.device)));
    }
  }
  const auto wanted = [&](const Publications::Publication& each) {
    if (call.product && each.product != *call.product) return false;
    const auto product = registry.product(each.product);
    if (product && product->instance != context.instance) return false;
    return !device || std::ranges::find(each.recipients, *device) != each.recipients.end();
  };
  const Page any(call.page, call.page_size, std::numeric_limits<std::int32_t>::max());
  auto part = context.platform.publisher.publications().latest(
      context.account, wanted, any.begin(), static_cast<std::size_t>(call.page_size));
  const Page page(call.page, call.page_size, part.total);
  Gathering::start(std::make_shared<Gathering>(std::move(part), page, registry, std::move(done)),
                   context.platform.receipts);
}

Result<Reply> statistics(Nothing, Context& context) {
  json::array points;
  const Time now = context.platform.clock.now();
  for (const auto& count : context.platform.publisher.publications().counts(context.account, now)) {
    points.push_back({{"Time", millis(count.begin)},
                      {"Messages", count.messages},
                      {"Recipients", count.recipients}});
  }
  return Reply{{"Data",
                {{"IntervalSeconds",
                  std::chrono::duration_cast<std::chrono::seconds>(Publications::interval).count()},
                 {"Points", {{"Point", std::move(points)}}}}}};
}

}  // namespace

Operation query_message_list() {
  return operation<QueryMessageList>(
      {.name = "QueryMessageList",
       .family = Family::messaging,
       .summary = "Lists what the account has published of late, the newest first.",
       .calls_per_second = 10,
       .own = true,
       .answer = {integer("Page", "This page, from 1."), integer("PageSize", "Messages on a page."),
                  integer("PageCount", "Pages there are."),
                  integer("Total", "Messages there are: the last 10,000 since the server began."),
                  object(
                      "Data", "The page.",
                      {list("MessageInfo", "A message.",
                            {text("MessageId", "Its id."),
                             text("ProductKey", "The product of its recipients."),
                             text("Topic", "Its topic; ${deviceName} stands for each recipient."),
                             text("DeviceName", "Its recipient, where it has but one."),
                             integer("Qos", "0 or 1."), text("UtcCreate", "When."),
                             integer("PayloadBytes", "Of its payload."),
                             boolean("FromDevice", "A device published it, not a call."),
                             object("Totals", "How many recipients are in each state.",
                                    totals_fields())})})},
       .errors = {Code::product_not_found, Code::device_not_found}},
      query,
      Param<std::optional<std::string_view>>{.name = "ProductKey",
                                             .doc = "Only what was for devices of this product.",
                                             .example = "a1BwAGVxxxx",
                                             .names = true},
      Param<std::optional<std::string_view>>{
          .name = "DeviceName",
          .doc = "Only what was for this device of that product.",
          .example = "light01",
          .names = true},
      Param<std::int32_t>{.name = "CurrentPage",
                          .doc = "The page, from 1.",
                          .example = "1",
                          .bounds = {1, 10'000},
                          .otherwise = 1},
      Param<std::int32_t>{.name = "PageSize",
                          .doc = "Messages on a page.",
                          .example = "20",
                          .bounds = {1, 50},
                          .otherwise = 20});
}

Operation query_message_statistics() {
  return operation<Nothing>(
      {.name = "QueryMessageStatistics",
       .family = Family::messaging,
       .summary = "Answers how much the account has published over the last day.",
       .calls_per_second = 10,
       .own = true,
       .takes_instance = false,
       .answer = {object(
           "Data", "",
           {integer("IntervalSeconds", "From one point to the next."),
            object("Points", "The oldest first.",
                   {list("Point", "",
                         {long_integer("Time", "When the interval began, in milliseconds."),
                          long_integer("Messages", "Published since then."),
                          long_integer("Recipients", "Of these messages.")})})})}},
      statistics);
}

}  // namespace herald::api
