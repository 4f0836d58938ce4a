#include "core/thing_commands.h"

#include <algorithm>
#include <utility>

#include "thing/alink.h"
#include "thing/json_text.h"

namespace herald {
namespace {

namespace json = boost::json;

// alink.md, section 4.
constexpr Milliseconds answer_within{5'000};
constexpr std::string_view reply_suffix = "_reply";

TopicTemplate topic_of(const Product& product, std::string_view level) {
  std::string topic = "/sys/" + product.key.text() + "/${deviceName}/thing/service/";
  return TopicTemplate::parse(topic.append(level));
}

std::string method_of(std::string_view level) { return "thing.service." + std::string(level); }

// What a device gave; with its code where that is not success.
std::string output_of(const thing::AlinkReply& reply) {
  if (reply.code == thing::alink_code::success) return thing::print_json(reply.data);
  return thing::print_json(json::object{{"code", reply.code}, {"data", reply.data}});
}

}  // namespace

ThingCommands::ThingCommands(Publisher& publisher, Rrpc& rrpc, ThingHistory& history,
                             IdGenerator& ids, const Clock& clock)
    : publisher_(publisher),
      rrpc_(rrpc),
      history_(history),
      ids_(ids),
      clock_(clock),
      ids_of_requests_(static_cast<std::uint32_t>(millis(clock.now()))) {}

void ThingCommands::set_properties(ThingCommand command, Changes riders, Done<MessageId> done) {
  auto message = std::make_unique<Message>();
  message->topic = topic_of(*command.product, "property/set");
  const std::uint32_t id = next_id();
  message->payload = thing::print_request(id, "thing.service.property.set", command.params);
  send(std::move(command), std::move(message), std::move(riders), std::move(done));
}

void ThingCommands::invoke(ThingCommand command, std::string service, Changes riders,
                           Done<MessageId> done) {
  const std::uint32_t id = next_id();
  auto message = std::make_unique<Message>();
  message->topic = topic_of(*command.product, service);
  message->payload = thing::print_request(id, method_of(service), command.params);
  Call call = call_of(command, std::move(service));
  if (call.devices.size() == 1) {
    history_.keep_soon({entry_of(call, call.devices.front(), {})});
  }
  remember(id, std::move(call));
  send(std::move(command), std::move(message), std::move(riders), std::move(done));
}

void ThingCommands::send(ThingCommand command, std::unique_ptr<Message> message, Changes riders,
                         Done<MessageId> done) {
  message->account = command.account;
  message->product = command.product->key.text();
  message->request_id = std::move(command.request_id);
  message->qos = command.qos;
  message->recipients = std::move(command.devices);
  publisher_.publish(std::move(message), limits::message_lifetime_max, std::move(riders),
                     std::move(done));
}

void ThingCommands::invoke_and_wait(ThingCommand command, const DeviceName& device,
                                    std::string service, Done<Answer> done) {
  RrpcRequest request{
      .device = command.devices.front(),
      .account = command.account,
      .product = command.product->key.text(),
      .request_id = command.request_id,
      .topic = RrpcRequest::system_topic(command.product->key, device),
      .payload = thing::print_request(next_id(), method_of(service), command.params)};
  Call call = call_of(command, std::move(service));
  history_.keep_soon({entry_of(call, request.device, {})});
  rrpc_.call(
      std::move(request), answer_within,
      [this, call = std::move(call), done = std::move(done)](Result<RrpcAnswer> answer) mutable {
        if (!answer) return done(tl::unexpected(std::move(answer.error())));
        if (answer->code == RrpcCode::success) {
          const auto reply = thing::parse_reply(answer->payload);
          history_.keep_soon(
              {entry_of(call, call.devices.front(), reply ? output_of(*reply) : answer->payload)});
        }
        done(Answer{.message = answer->message,
                    .code = answer->code,
                    .payload = std::move(answer->payload)});
      });
}

void ThingCommands::take_reply(const SystemMessage& from, UplinkAnswered answered) {
  std::string_view level = from.wildcards.back();
  const auto reply = thing::parse_reply(from.message.payload);
  const bool names_a_call = reply && reply->id && level.ends_with(reply_suffix);
  const auto call = names_a_call ? find(*reply->id) : nullptr;
  if (call) level.remove_suffix(reply_suffix.size());
  const bool is_asked =
      call && call->service == level && std::ranges::binary_search(call->devices, from.device.id);
  if (!is_asked) return answered(UplinkVerdict::taken);
  std::vector<ThingEntry> entries{entry_of(*call, from.device.id, output_of(*reply))};
  if (from.message.qos == Qos::at_most_once) {
    history_.keep_soon(std::move(entries));
    return answered(UplinkVerdict::taken);
  }
  history_.keep(std::move(entries),
                [answered = std::move(answered)](const Result<void>& kept) mutable {
                  answered(kept ? UplinkVerdict::taken : UplinkVerdict::failed);
                });
}

ThingCommands::Call ThingCommands::call_of(const ThingCommand& command, std::string service) {
  Call call{
      .service = std::move(service),
      .input = thing::print_json(command.params),
      .place = {.time = clock_.now(), .sequence = ids_.next(), .stream = ThingStream::services},
      .devices = command.devices};
  std::ranges::sort(call.devices);
  return call;
}

ThingEntry ThingCommands::entry_of(const Call& call, DeviceId device, std::string output) {
  return {.device = device,
          .identifier = call.service,
          .place = call.place,
          .value = std::move(output),
          .input = call.input};
}

void ThingCommands::remember(std::uint32_t id, Call call) {
  auto shared = std::make_shared<const Call>(std::move(call));
  const std::scoped_lock lock(mutex_);
  if (oldest_first_.size() == calls_max) {
    calls_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  calls_.insert_or_assign(id, std::move(shared));
  oldest_first_.push_back(id);
}

ThingCommands::SharedCall ThingCommands::find(std::uint32_t id) const {
  const std::scoped_lock lock(mutex_);
  const auto at = calls_.find(id);
  return at == calls_.end() ? nullptr : at->second;
}

}  // namespace herald
