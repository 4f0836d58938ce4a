#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/counters.h"
#include "core/homes.h"
#include "core/registry.h"
#include "core/shards.h"
#include "model/message.h"

namespace herald {

// What came of a request: operations.md, RRpc.
enum class RrpcCode : std::uint8_t {
  success,
  timeout,
  offline,   // The device is not connected.
  halfconn,  // Its connection ended before it answered.
  unknown,   // It cannot be asked: its connection does not take such requests.
};
constexpr std::size_t rrpc_codes = 5;
std::string_view name_of(RrpcCode code);

struct RrpcAnswer {
  MessageId message;  // Of the request.
  RrpcCode code = RrpcCode::unknown;
  std::string payload;  // What the device answered.
};

// A request to one device, at most once: whoever asks waits for it, nobody else does.
struct RrpcRequest {
  DeviceId device;
  AccountId account;
  std::string product;
  std::string request_id;  // Of the call.
  std::string topic;       // The first ${messageId} in it becomes the request's own.
  std::string payload;

  // device-mqtt.md, section 11: the platform's topic, or one of the caller's, which begins with a
  // slash.
  static std::string system_topic(const ProductKey& product, const DeviceName& device);
  static std::string custom_topic(std::string_view topic);
};

struct RrpcCounts {
  std::array<Tally, rrpc_codes> answered;  // By RrpcCode.
  Tally unmatched;                         // Answers of devices for which nobody waits.
  Tally waiting;
};

// Asks devices and waits for what they answer. A call belongs to the home of its device, whose
// shard has its timer and nothing is locked; there are `calls_max` of them on one shard at most.
// Any thread unless said otherwise.
class Rrpc {
 public:
  static constexpr std::size_t calls_max = 16'384;

  Rrpc(Shards& shards, Homes& homes, const Registry& registry, IdGenerator& ids,
       const Clock& clock);

  // `done` is called on the shard of the device's home: with the device's answer, at once when it
  // cannot be asked, else after `timeout`. Errors: rate_limited (of the device, or its account),
  // refused (too many calls are under way).
  void call(RrpcRequest request, Milliseconds timeout, Done<RrpcAnswer> done);
  // The same without waiting for an answer: success means that it was sent.
  void send(RrpcRequest request, Done<RrpcAnswer> done);

  // A device's answer to the request with this id, in decimal. It counts when that device was asked
  // and the call is under way.
  void answer(DeviceId device, std::string_view message, std::string payload);

  // The end: all calls of the shard are answered as unknown. On its thread.
  void end_all(ShardIndex shard);

  // Of every shard.
  std::span<const RrpcCounts> counts() const { return counts_; }

 private:
  using Key = std::pair<DeviceId, MessageId>;
  using Calls = std::map<Key, Done<RrpcAnswer>>;

  // All on the shard of the device's home.
  Result<RrpcAnswer> ask(RrpcRequest request);
  void expire(Key key);
  RrpcCode code_when_late(Key key) const;
  void finish(Calls::iterator call, RrpcCode code, std::string payload);

  Shards& shards_;
  Homes& homes_;
  const Registry& registry_;
  IdGenerator& ids_;
  const Clock& clock_;
  std::vector<Calls> calls_;  // One for each shard.
  std::vector<RrpcCounts> counts_;
};

}  // namespace herald
