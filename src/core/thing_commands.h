#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/publisher.h"
#include "core/rrpc.h"
#include "core/system_topics.h"
#include "store/thing_history.h"

namespace herald {

// Whom a command is for, and on whose behalf.
struct ThingCommand {
  std::shared_ptr<const Product> product;
  std::vector<DeviceId> devices;  // Of the product; each once.
  Qos qos = Qos::at_most_once;
  AccountId account;
  std::string request_id;
  boost::json::object params;  // Checked.
};

// What owners have devices do: properties that are set and services that are called, as Alink
// requests: alink.md, section 4. One command is one message, however many devices it is for.
//
// What a device answers is found by the request's id among the calls of late, which are forgotten
// with a restart, the oldest first. Any thread.
class ThingCommands {
 public:
  static constexpr std::size_t calls_max = 16'384;

  ThingCommands(Publisher& publisher, Rrpc& rrpc, ThingHistory& history, IdGenerator& ids,
                const Clock& clock);

  // Answers as Publisher::publish.
  void set_properties(ThingCommand command, Changes riders, Done<MessageId> done);
  // A service by its full identifier. Of one device, the call is in its service data from now on;
  // of several, with what they answer.
  void invoke(ThingCommand command, std::string service, Changes riders, Done<MessageId> done);

  // A service of one device that answers, within 5 seconds. Errors: those of Rrpc::call.
  struct Answer {
    MessageId message;
    RrpcCode code = RrpcCode::unknown;
    std::string payload;  // The device's own words.
  };
  void invoke_and_wait(ThingCommand command, const DeviceName& device, std::string service,
                       Done<Answer> done);

  // `thing/service/…_reply`. What nobody asked for is disregarded.
  void take_reply(const SystemMessage& from, UplinkAnswered answered);

 private:
  struct Call {
    std::string service;
    std::string input;
    ThingPlace place;
    std::vector<DeviceId> devices;  // In order.
  };
  using SharedCall = std::shared_ptr<const Call>;

  std::uint32_t next_id() { return ids_of_requests_.fetch_add(1) & 0x7fff'ffffU; }
  void send(ThingCommand command, std::unique_ptr<Message> message, Changes riders,
            Done<MessageId> done);
  Call call_of(const ThingCommand& command, std::string service);
  void remember(std::uint32_t id, Call call);
  SharedCall find(std::uint32_t id) const;
  static ThingEntry entry_of(const Call& call, DeviceId device, std::string output);

  Publisher& publisher_;
  Rrpc& rrpc_;
  ThingHistory& history_;
  IdGenerator& ids_;
  const Clock& clock_;
  // Begins where no request of late is, after a restart neither.
  std::atomic<std::uint32_t> ids_of_requests_;

  mutable std::mutex mutex_;  // Guards what is below: callers and devices are on any shard.
  std::unordered_map<std::uint32_t, SharedCall> calls_;
  std::deque<std::uint32_t> oldest_first_;
};

}  // namespace herald
