#include "core/rrpc.h"

#include <charconv>
#include <optional>

namespace herald {
namespace {

constexpr std::string_view id_placeholder = "${messageId}";
// The request is not handed on after that: a caller waits 8 seconds at most.
constexpr std::chrono::minutes lifetime{1};

std::string with_id(std::string topic, MessageId id) {
  if (const auto at = topic.find(id_placeholder); at != topic.npos) {
    topic.replace(at, id_placeholder.size(), std::to_string(id.value));
  }
  return topic;
}

std::optional<MessageId> read_id(std::string_view text) {
  MessageId id;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id.value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return id;
}

}  // namespace

std::string_view name_of(RrpcCode code) {
  constexpr std::array<std::string_view, rrpc_codes> names = {"SUCCESS", "TIMEOUT", "OFFLINE",
                                                              "HALFCONN", "UNKNOWN"};
  return names.at(static_cast<std::size_t>(code));
}

std::string RrpcRequest::system_topic(const ProductKey& product, const DeviceName& device) {
  return "/sys/" + product.text() + "/" + device.text() + "/rrpc/request/" +
         std::string(id_placeholder);
}

std::string RrpcRequest::custom_topic(std::string_view topic) {
  return "/ext/rrpc/" + std::string(id_placeholder) + std::string(topic);
}

Rrpc::Rrpc(Shards& shards, Homes& homes, const Registry& registry, IdGenerator& ids,
           const Clock& clock)
    : shards_(shards),
      homes_(homes),
      registry_(registry),
      ids_(ids),
      clock_(clock),
      calls_(shards.count()),
      counts_(shards.count()) {}

void Rrpc::call(RrpcRequest request, Milliseconds timeout, Done<RrpcAnswer> done) {
  const ShardIndex shard = homes_.shard_of(request.device);
  shards_.post(shard, [this, shard, request = std::move(request), timeout,
                       done = std::move(done)]() mutable {
    Calls& calls = calls_[shard];
    if (calls.size() >= calls_max) return done(fail(Code::refused, "too many calls are waiting"));
    const DeviceId device = request.device;
    auto asked = ask(std::move(request));
    if (!asked || asked->code != RrpcCode::success) {
      if (asked) counts_[shard].answered[static_cast<std::size_t>(asked->code)].add();
      return done(std::move(asked));
    }
    // The device cannot have answered yet: its answer is posted to this shard.
    const Key key{device, asked->message};
    calls.emplace(key, std::move(done));
    counts_[shard].waiting.add();
    shards_.post_after(shard, timeout, [this, key] { expire(key); });
  });
}

void Rrpc::send(RrpcRequest request, Done<RrpcAnswer> done) {
  shards_.post(homes_.shard_of(request.device),
               [this, request = std::move(request), done = std::move(done)]() mutable {
                 done(ask(std::move(request)));
               });
}

// The home decides at once whether the device can be asked, and remembers why not.
Result<RrpcAnswer> Rrpc::ask(RrpcRequest request) {
  auto message = std::make_shared<Message>();
  message->id = MessageId{ids_.next()};
  message->account = request.account;
  message->product = std::move(request.product);
  message->request_id = std::move(request.request_id);
  message->topic = TopicTemplate::parse(with_id(std::move(request.topic), message->id));
  message->created = clock_.now();
  message->deadline = message->created + lifetime;
  message->recipients = {request.device};
  message->payload = std::move(request.payload);
  Home& home = homes_.home_of_device(request.device);
  home.publish(message);

  RrpcAnswer answer{.message = message->id, .code = RrpcCode::success, .payload = {}};
  const auto kept = home.recent(message->id);
  if (!kept || kept->receipts.front().outcome != Outcome::dropped) return answer;
  const DropReason reason = kept->receipts.front().reason;
  if (reason == DropReason::rate) return fail(Code::rate_limited);
  const auto device = registry_.device(request.device);
  if (!device || !device->online) {
    answer.code = RrpcCode::offline;
  } else {
    answer.code = reason == DropReason::offline ? RrpcCode::halfconn : RrpcCode::unknown;
  }
  return answer;
}

// Why a device that was asked has not answered. One that went away may come back and answer, so
// nobody is told before it is late.
RrpcCode Rrpc::code_when_late(Key key) const {
  const auto [device, message] = key;
  const auto view = registry_.device(device);
  if (!view || !view->online) return RrpcCode::halfconn;
  const auto kept = homes_.home_of_device(device).recent(message);
  const bool was_sent = !kept || kept->receipts.front().outcome == Outcome::sent;
  if (was_sent) return RrpcCode::timeout;
  return kept->receipts.front().reason == DropReason::too_large ? RrpcCode::unknown
                                                                : RrpcCode::halfconn;
}

void Rrpc::answer(DeviceId device, std::string_view message, std::string payload) {
  const auto id = read_id(message);
  const ShardIndex shard = homes_.shard_of(device);
  shards_.post(shard, [this, shard, device, id, payload = std::move(payload)]() mutable {
    const auto call = id ? calls_[shard].find({device, *id}) : calls_[shard].end();
    if (call == calls_[shard].end()) return counts_[shard].unmatched.add();
    finish(call, RrpcCode::success, std::move(payload));
  });
}

void Rrpc::expire(Key key) {
  Calls& calls = calls_[homes_.shard_of(key.first)];
  const auto call = calls.find(key);
  if (call != calls.end()) finish(call, code_when_late(key), {});
}

void Rrpc::finish(Calls::iterator call, RrpcCode code, std::string payload) {
  const auto [device, message] = call->first;
  const ShardIndex shard = homes_.shard_of(device);
  Done<RrpcAnswer> done = std::move(call->second);
  calls_[shard].erase(call);
  counts_[shard].waiting.add(-1);
  counts_[shard].answered[static_cast<std::size_t>(code)].add();
  done(RrpcAnswer{.message = message, .code = code, .payload = std::move(payload)});
}

void Rrpc::end_all(ShardIndex shard) {
  while (!calls_[shard].empty()) finish(calls_[shard].begin(), RrpcCode::unknown, {});
}

}  // namespace herald
