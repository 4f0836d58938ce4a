#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <map>

#include "api/thing_parts.h"

// All that devices reported, whether or not it fits their thing model: operations.md, section 7.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t page_max = 50, property_page_max = 100;

struct QueryDeviceOriginalPropertyStatus {
  SelectedDevice device;
  std::int32_t page_size;
  std::optional<std::string_view> token;
  std::int32_t order;
};
struct OriginalData {
  SelectedDevice device;
  std::string_view identifier;
  std::int64_t start;
  std::int64_t end;
  std::int32_t page_size;
  std::optional<std::string_view> token;
  std::int32_t order;
};

using Entries = Result<std::vector<ThingEntry>>;

// A token is where the page before ended: `time-sequence-stream`, and for lists of properties their
// identifier behind it.
std::string token_of(const ThingPlace& place, std::string_view identifier = {}) {
  std::string token = std::to_string(millis(place.time)) + "-" + std::to_string(place.sequence) +
                      "-" + std::to_string(static_cast<int>(place.stream));
  if (!identifier.empty()) token.append("-").append(identifier);
  return token;
}

struct Token {
  ThingPlace place;
  std::string identifier;
};
// Errors: illegal_request.
Result<std::optional<Token>> read_token(std::optional<std::string_view> text) {
  if (!text || text->empty()) return std::nullopt;
  std::array<std::uint64_t, 3> numbers{};
  std::string_view rest = *text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [stop, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), numbers.at(i));
    const auto read = static_cast<std::size_t>(stop - rest.data());
    const bool goes_on = read < rest.size();
    const bool is_last = i + 1 == numbers.size();
    if (error != std::errc() || (goes_on && rest[read] != '-') || (!goes_on && !is_last)) {
      return fail(Code::illegal_request, "NextPageToken is none");
    }
    rest.remove_prefix(goes_on ? read + 1 : read);
  }
  constexpr std::uint64_t latest = 1ULL << 47U;
  if (numbers[0] > latest || numbers[2] >= thing_streams) {
    return fail(Code::illegal_request, "NextPageToken is none");
  }
  return Token{.place = {.time = time_of(static_cast<std::int64_t>(numbers[0])),
                         .sequence = numbers[1],
                         .stream = static_cast<ThingStream>(numbers[2])},
               .identifier = std::string(rest)};
}

// Of two of one property the later one.
std::vector<ThingEntry> later_of_each(std::vector<ThingEntry> entries) {
  std::map<std::string, ThingEntry> latest;
  for (ThingEntry& each : entries) {
    const auto [at, is_new] = latest.try_emplace(each.identifier, each);
    if (!is_new && at->second.place < each.place) at->second = std::move(each);
  }
  std::vector<ThingEntry> all;
  for (auto& [identifier, entry] : latest) all.push_back(std::move(entry));
  return all;
}

void query_status(QueryDeviceOriginalPropertyStatus call, Context& context, Done<Reply> done) {
  auto token = read_token(call.token);
  if (!token) return done(tl::unexpected(std::move(token.error())));
  const bool newest_first = call.order == 0;
  const auto size = static_cast<std::size_t>(call.page_size);
  context.platform.thing_use.history.read_latest(
      call.device.view.device->id, {ThingStream::properties, ThingStream::unchecked_properties},
      [token = *std::move(token), newest_first, size,
       done = std::move(done)](Entries read) mutable {
        if (!read) return done(tl::unexpected(std::move(read.error())));
        auto entries = later_of_each(*std::move(read));
        const auto before = [&](const ThingPlace& place, std::string_view identifier,
                                const ThingPlace& other, std::string_view of) {
          if (place != other) return newest_first ? other < place : place < other;
          return identifier < of;
        };
        std::ranges::sort(entries, [&](const ThingEntry& one, const ThingEntry& other) {
          return before(one.place, one.identifier, other.place, other.identifier);
        });
        if (token) {
          std::erase_if(entries, [&](const ThingEntry& each) {
            return !before(token->place, token->identifier, each.place, each.identifier);
          });
        }
        const bool more = entries.size() > size;
        entries.resize(std::min(entries.size(), size));
        json::array list;
        for (const ThingEntry& each : entries) {
          list.push_back({{"Identifier", each.identifier},
                          {"Value", each.value},
                          {"Time", millis(each.place.time)}});
        }
        json::object data{{"NextValid", more},
                          {"List", {{"PropertyStatusDataInfo", std::move(list)}}}};
        if (more) {
          data["NextPageToken"] = token_of(entries.back().place, entries.back().identifier);
        }
        done(Reply{{"Data", std::move(data)}});
      });
}

// How a kind of entries is asked for and shown.
struct Kind {
  std::vector<ThingStream> streams;
  std::string_view list;
  std::string_view token;
  json::object (*info)(const ThingEntry& entry, const thing::ThingModel* model);
};

void query(const Kind& kind, const OriginalData& call, Context& context, Done<Reply> done) {
  const auto times = check_times(call.start, call.end);
  if (!times) return done(tl::unexpected(times.error()));
  const auto token = read_token(call.token);
  if (!token) return done(tl::unexpected(token.error()));
  const auto size = static_cast<std::size_t>(call.page_size);
  ThingRange range = range_of(call.device.view.device->id, *times, kind.streams,
                              /*newest_first=*/call.order == 0, size + 1);
  range.identifiers = {std::string(call.identifier)};
  if (*token) range.after = (*token)->place;
  auto model = context.platform.thing_use.models.published(call.device.product->key.view());
  context.platform.thing_use.history.read(
      std::move(range),
      [kind, size, model = std::move(model), done = std::move(done)](Entries entries) mutable {
        if (!entries) return done(tl::unexpected(std::move(entries.error())));
        const bool more = entries->size() > size;
        entries->resize(std::min(entries->size(), size));
        json::array list;
        for (const ThingEntry& each : *entries) list.push_back(kind.info(each, model.get()));
        json::object data{{"NextValid", more}, {"List", {{kind.list, std::move(list)}}}};
        if (more) data[kind.token] = token_of(entries->back().place);
        done(Reply{{"Data", std::move(data)}});
      });
}

json::object property_info(const ThingEntry& entry, const thing::ThingModel*) {
  return {{"Value", entry.value}, {"Time", time_text(entry.place.time)}};
}
json::object event_info(const ThingEntry& entry, const thing::ThingModel* model) {
  const thing::Event* event = model == nullptr ? nullptr : model->event(entry.identifier);
  return {{"Identifier", entry.identifier},
          {"Name", event == nullptr ? std::string() : event->name},
          {"EventType", event == nullptr ? "" : name_of(event->type)},
          {"OutputData", entry.value},
          {"Time", time_text(entry.place.time)}};
}
json::object service_info(const ThingEntry& entry, const thing::ThingModel* model) {
  const thing::Service* service = model == nullptr ? nullptr : model->service(entry.identifier);
  return {{"Identifier", entry.identifier},
          {"Name", service == nullptr ? std::string() : service->name},
          {"InputData", entry.input},
          {"OutputData", entry.value},
          {"Time", time_text(entry.place.time)}};
}

void query_properties(OriginalData call, Context& context, Done<Reply> done) {
  // The answer spells its token otherwise than the rest of the family: operations.md.
  query({.streams = {ThingStream::properties, ThingStream::unchecked_properties},
         .list = "PropertyInfo",
         .token = "nextPageToken",
         .info = property_info},
        call, context, std::move(done));
}
void query_events(OriginalData call, Context& context, Done<Reply> done) {
  query({.streams = {ThingStream::events, ThingStream::unchecked_events},
         .list = "EventInfo",
         .token = "NextPageToken",
         .info = event_info},
        call, context, std::move(done));
}
void query_services(OriginalData call, Context& context, Done<Reply> done) {
  query({.streams = {ThingStream::services, ThingStream::unchecked_services},
         .list = "ServiceInfo",
         .token = "NextPageToken",
         .info = service_info},
        call, context, std::move(done));
}

Param<std::optional<std::string_view>> token_parameter() {
  return {.name = "NextPageToken",
          .doc = "That of the page before; without it the first page is answered.",
          .example = "1516538300303-0-1"};
}
Param<std::string_view> identifier_parameter() {
  return {.name = "Identifier",
          .doc = "What is asked for, of modules as module:identifier.",
          .example = "temperature",
          .names = true};
}
Field token_field(std::string_view name = "NextPageToken") {
  return text(name, "For the next page, if there is one.");
}
Field time_field() { return text("Time", "When, in milliseconds since 1970."); }

Operation original(std::string_view name, std::string_view summary, std::int64_t size_max,
                   Field token, Field list, void (*handler)(OriginalData, Context&, Done<Reply>)) {
  auto errors = device_errors();
  errors.push_back(Code::illegal_request);
  return operation<OriginalData>(
      {.name = name,
       .family = Family::things,
       .summary = summary,
       .calls_per_second = 50,
       .answer = {object(
           "Data", "",
           {std::move(token), next_valid_field(), object("List", "", {std::move(list)})})},
       .errors = std::move(errors)},
      handler, device_parameter(), identifier_parameter(), start_parameter(), end_parameter(),
      thing_page_size_parameter(size_max), token_parameter(), order_parameter());
}

Operation query_device_original_property_status() {
  auto errors = device_errors();
  errors.push_back(Code::illegal_request);
  return operation<QueryDeviceOriginalPropertyStatus>(
      {.name = "QueryDeviceOriginalPropertyStatus",
       .family = Family::things,
       .summary = "Answers the last values of all that a device reported as a property.",
       .calls_per_second = 50,
       .answer = {object(
           "Data", "",
           {token_field(), next_valid_field(),
            object("List", "",
                   {list("PropertyStatusDataInfo", "One property.",
                         {text("Identifier", "Its identifier."),
                          text("Value", "Its value as it was reported."),
                          long_integer("Time", "When, in milliseconds since 1970.")})})})},
       .errors = std::move(errors)},
      query_status, device_parameter(), thing_page_size_parameter(page_max), token_parameter(),
      order_parameter());
}

}  // namespace

std::vector<Operation> thing_original_data_operations() {
  std::vector<Operation> family;
  family.push_back(query_device_original_property_status());
  family.push_back(original(
      "QueryDeviceOriginalPropertyData",
      "Answers what a device reported as one property in a range of times.", property_page_max,
      token_field("nextPageToken"),
      list("PropertyInfo", "", {text("Value", "The value as it was reported."), time_field()}),
      query_properties));
  family.push_back(original(
      "QueryDeviceOriginalEventData",
      "Answers what a device reported as one event in a range of times.", page_max, token_field(),
      list("EventInfo", "One event.",
           {text("Identifier", "Its identifier."), text("Name", "Its name, where it has one."),
            text("EventType", "info, alert or error, where it has a type."),
            text("OutputData", "What it told, as JSON."), time_field()}),
      query_events));
  family.push_back(original(
      "QueryDeviceOriginalServiceData",
      "Answers the calls of one service of a device in a range of times.", page_max, token_field(),
      list("ServiceInfo", "One call.",
           {text("Identifier", "The service."), text("Name", "Its name, where it has one."),
            text("InputData", "What it was called with, as JSON."),
            text("OutputData", "What the device gave, as JSON; empty: it has not answered."),
            time_field()}),
      query_services));
  return family;
}

}  // namespace herald::api
