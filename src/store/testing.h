#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/wait_for.h"
#include "model/message.h"
#include "store/store.h"

// What the tests of stores share; nothing else includes it.
namespace herald::testing {

constexpr Time start = time_of(1'790'000'000'000);

// What seals the stores of tests.
inline Result<std::string> sealing_key(bool /*first*/) { return std::string(32, 'k'); }

inline std::unique_ptr<Message> message_to(std::size_t recipients, std::string payload = "hello") {
  auto message = std::make_unique<Message>();
  message->account = {7};
  message->product = "a1BwAGVxxxx";
  message->topic = TopicTemplate::parse("/a1BwAGVxxxx/${deviceName}/user/get");
  message->qos = Qos::at_least_once;
  message->created = start;
  message->deadline = start + limits::message_lifetime_max;
  for (std::size_t i = 0; i < recipients; ++i) message->recipients.push_back({1000 + i});
  message->payload = std::move(payload);
  return message;
}

inline Result<SharedMessage> append(Store& store, std::unique_ptr<Message> message,
                                    Changes riders = {}) {
  return wait_for<SharedMessage>([&](Done<SharedMessage> done) {
    store.messages().append(std::move(message), std::move(riders), std::move(done));
  });
}

inline Result<SharedMessage> append_once(Store& store, const ClientToken& token,
                                         std::unique_ptr<Message> message, Changes riders = {}) {
  return wait_for<SharedMessage>([&](Done<SharedMessage> done) {
    store.messages().append_once(token, std::move(message), std::move(riders), std::move(done));
  });
}

inline Result<KeptMessage> find(Store& store, MessageId id) {
  return wait_for<KeptMessage>(
      [&](Done<KeptMessage> done) { store.messages().find(id, std::move(done)); });
}

inline Result<KeptMessage> find_request(Store& store, const std::string& request_id) {
  return wait_for<KeptMessage>(
      [&](Done<KeptMessage> done) { store.messages().find_request(request_id, std::move(done)); });
}

inline Result<std::vector<SharedMessage>> fetch(Store& store, std::vector<MessageId> ids) {
  return wait_for<std::vector<SharedMessage>>([&](Done<std::vector<SharedMessage>> done) {
    store.messages().fetch(std::move(ids), std::move(done));
  });
}

inline Result<void> flush(Store& store) {
  return wait_for<void>([&](Done<void> done) { store.messages().flush(std::move(done)); });
}

inline Result<void> write(Store& store, Changes changes) {
  return wait_for<void>(
      [&](Done<void> done) { store.registry().write(std::move(changes), std::move(done)); });
}

inline ReceiptOf acked(MessageId message, RecipientIndex recipient, Milliseconds after = {}) {
  return {message, recipient, {.outcome = Outcome::acked, .at = start + after}};
}

inline std::vector<KeptMessage> replayed(Store& store) {
  std::vector<KeptMessage> open;
  EXPECT_TRUE(store.messages().replay([&](const KeptMessage& kept) { open.push_back(kept); }));
  return open;
}

inline std::vector<Record> loaded(Store& store) {
  std::vector<Record> records;
  EXPECT_TRUE(store.registry().load([&](Record record) { records.push_back(std::move(record)); }));
  return records;
}

}  // namespace herald::testing
