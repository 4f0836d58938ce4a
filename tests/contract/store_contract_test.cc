#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "store/store.h"
#include "store/testing.h"

// The promises of message_log.h and registry_storage.h, kept by every store.
namespace herald::testing {
namespace {

namespace fs = std::filesystem;

class StoreKind {
 public:
  virtual ~StoreKind() = default;
  virtual std::unique_ptr<Store> open(Clock& clock, IdGenerator& ids,
                                      const StoreLimits& limits) = 0;
};

class InMemory final : public StoreKind {
 public:
  std::unique_ptr<Store> open(Clock& clock, IdGenerator& ids, const StoreLimits& limits) override {
    return make_memory_store(clock, ids, limits);
  }
};

class OnRocks final : public StoreKind {
 public:
  OnRocks() {
    std::string name = (fs::temp_directory_path() / "herald-store-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~OnRocks() override { fs::remove_all(folder_); }
  std::unique_ptr<Store> open(Clock& clock, IdGenerator& ids, const StoreLimits& limits) override {
    return open_rocks_store(folder_, clock, ids, sealing_key, limits).value();
  }

 private:
  fs::path folder_;
};

struct Kind {
  const char* name;
  std::unique_ptr<StoreKind> (*make)();
};

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  void open(const StoreLimits& limits = {}) { store_ = kind_->open(clock_, ids_, limits); }
  Store& store() {
    if (!store_) open();
    return *store_;
  }

  // Keeps the store's answering thread busy until it is told to go on.
  class Hold {
   public:
    explicit Hold(Store& store) {
      auto held = std::make_shared<std::promise<void>>();
      store.messages().append(message_to(1), {}, [this, held](const auto&) {
        held->set_value();
        go_.wait();
      });
      held->get_future().wait();
    }
    void let_go() { go_.count_down(); }

   private:
    std::latch go_{1};
  };

  ManualClock clock_{start};
  IdGenerator ids_{clock_, 1};
  std::unique_ptr<StoreKind> kind_ = GetParam().make();
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(
    Stores, StoreContract,
    ::testing::Values(
        Kind{"memory", [] { return std::unique_ptr<StoreKind>(std::make_unique<InMemory>()); }},
        Kind{"rocks", [] { return std::unique_ptr<StoreKind>(std::make_unique<OnRocks>()); }}),
    [](const auto& kind) { return kind.param.name; });

std::vector<MessageId> ids_of(const std::vector<KeptMessage>& kept) {
  std::vector<MessageId> ids;
  ids.reserve(kept.size());
  for (const KeptMessage& message : kept) ids.push_back(message.message->id);
  return ids;
}

std::vector<Outcome> outcomes_of(const KeptMessage& kept) {
  std::vector<Outcome> outcomes;
  outcomes.reserve(kept.receipts.size());
  for (const Receipt& receipt : kept.receipts) outcomes.push_back(receipt.outcome);
  return outcomes;
}

Device device(std::uint64_t id, std::string nickname) {
  return {.id = {id},
          .product = ProductKey::parse("a1BwAGVxxxx").value(),
          .name = DeviceName::parse("device-" + std::to_string(id)).value(),
          .nickname = std::move(nickname)};
}

// Messages.

TEST_P(StoreContract, AppendAnswersWithTheWholeMessageAndItsId) {
  const auto message = append(store(), message_to(2, "hello")).value();
  EXPECT_EQ(message->payload, "hello");
  EXPECT_EQ(message->recipients.size(), 2u);
  EXPECT_GT(message->id.value, first_id_at(start) - 1);
}

TEST_P(StoreContract, IdsGrowInTheOrderOfTheAnswers) {
  std::mutex mutex;
  std::vector<MessageId> answered;
  constexpr int writers = 4, each = 50;
  std::latch all(writers * each);
  store();
  {
    std::vector<std::jthread> threads;
    threads.reserve(writers);
    for (int i = 0; i < writers; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < each; ++n) {
          store().messages().append(message_to(1), {}, [&](Result<SharedMessage> message) {
            const std::scoped_lock lock(mutex);
            answered.push_back(message.value()->id);
            all.count_down();
          });
        }
      });
    }
  }
  all.wait();
  const std::scoped_lock lock(mutex);
  EXPECT_TRUE(std::ranges::is_sorted(answered));
  EXPECT_EQ(std::ranges::adjacent_find(answered), answered.end());
  EXPECT_EQ(ids_of(replayed(store())), answered);
}

TEST_P(StoreContract, ReplayShowsOpenMessagesWithTheirReceiptsAndWithoutPayloads) {
  const auto finished = append(store(), message_to(1)).value();
  auto draft = message_to(3);
  draft->request_id = "request";
  draft->properties = {.user = {{"a", "b"}}, .content_type = "text/plain"};
  const auto open = append(store(), std::move(draft)).value();
  store().messages().record({acked(finished->id, 0), acked(open->id, 1, Milliseconds(1500))});
  ASSERT_TRUE(flush(store()));

  const auto kept = replayed(store());
  ASSERT_EQ(kept.size(), 1u);
  const Message& head = *kept[0].message;
  EXPECT_EQ(head.id, open->id);
  EXPECT_EQ(head.account, open->account);
  EXPECT_EQ(head.product, open->product);
  EXPECT_EQ(head.request_id, open->request_id);
  EXPECT_EQ(head.topic, open->topic);
  EXPECT_EQ(head.qos, open->qos);
  EXPECT_EQ(head.created, open->created);
  EXPECT_EQ(head.deadline, open->deadline);
  EXPECT_EQ(head.properties, open->properties);
  EXPECT_EQ(head.recipients, open->recipients);
  EXPECT_EQ(head.payload, "");
  EXPECT_EQ(kept[0].payload_bytes, open->payload.size());
  const Receipt reached{.outcome = Outcome::acked, .at = start + Milliseconds(1500)};
  const Receipt perhaps_sent{.outcome = Outcome::inflight};
  EXPECT_EQ(kept[0].receipts, (std::vector{perhaps_sent, reached, perhaps_sent}));
}

TEST_P(StoreContract, TheFirstEndStateStands) {
  const auto id = append(store(), message_to(2)).value()->id;
  store().messages().record({acked(id, 0, Milliseconds(5))});
  store().messages().record({{id, 0, {.outcome = Outcome::expired, .at = start}}});
  EXPECT_EQ(find(store(), id).value().receipts[0],
            (Receipt{.outcome = Outcome::acked, .at = start + Milliseconds(5)}));
}

TEST_P(StoreContract, ReceiptsThatAreNotFinalOrOfNobodyAreIgnored) {
  const auto id = append(store(), message_to(1)).value()->id;
  store().messages().record({{id, 0, {.outcome = Outcome::inflight, .at = start}},
                             acked(id, 1),
                             acked({id.value + 1}, 0)});
  EXPECT_EQ(outcomes_of(find(store(), id).value()), std::vector{Outcome::queued});
}

TEST_P(StoreContract, AFinishedMessageIsFoundWithItsReceiptsAndWithoutItsPayload) {
  // More recipients than one chunk of receipts holds.
  const auto id = append(store(), message_to(300)).value()->id;
  std::vector<ReceiptOf> receipts;
  receipts.reserve(300);
  for (RecipientIndex i = 0; i < 300; ++i) receipts.push_back(acked(id, i, Milliseconds(i)));
  receipts[299].receipt.outcome = Outcome::dropped;
  receipts[299].receipt.reason = DropReason::queue_full;
  store().messages().record(receipts);
  for (const bool on_disk : {false, true}) {
    if (on_disk) {
      ASSERT_TRUE(flush(store()));
    }
    const auto kept = find(store(), id).value();
    EXPECT_EQ(kept.message->payload, "");
    EXPECT_EQ(kept.payload_bytes, 5u);
    ASSERT_EQ(kept.receipts.size(), 300u);
    for (RecipientIndex i = 0; i < 300; ++i) EXPECT_EQ(kept.receipts[i], receipts[i].receipt);
  }
  EXPECT_TRUE(replayed(store()).empty());
  EXPECT_TRUE(fetch(store(), {id}).value().empty());
}

TEST_P(StoreContract, AnOpenMessageIsFoundWithItsPayload) {
  const auto id = append(store(), message_to(2, "hello")).value()->id;
  EXPECT_EQ(find(store(), id).value().message->payload, "hello");
  EXPECT_EQ(outcomes_of(find(store(), id).value()), std::vector(2, Outcome::queued));
}

TEST_P(StoreContract, FindsByTheRequest) {
  auto message = message_to(1);
  message->request_id = "57b144cf-09fc-4916-a272-a62902d5b207";
  const auto id = append(store(), std::move(message)).value()->id;
  const auto by_request = [&](const std::string& request) {
    return wait_for<KeptMessage>(
        [&](Done<KeptMessage> done) { store().messages().find_request(request, std::move(done)); });
  };
  EXPECT_EQ(by_request("57b144cf-09fc-4916-a272-a62902d5b207").value().message->id, id);
  EXPECT_EQ(by_request("another").error().code, Code::absent);
  EXPECT_EQ(find(store(), {id.value + 1}).error().code, Code::absent);
}

TEST_P(StoreContract, FetchReturnsPayloadsByteForByteInTheOrderAsked) {
  std::string every_byte;
  for (std::size_t i = 0; i < limits::payload_bytes_max; ++i) {
    every_byte.push_back(static_cast<char>(i * 7));
  }
  const auto large = append(store(), message_to(1, every_byte)).value()->id;
  const auto zero = append(store(), message_to(1, std::string("a\0b", 3))).value()->id;
  const auto empty = append(store(), message_to(1, "")).value()->id;
  const auto messages = fetch(store(), {zero, {1}, empty, large}).value();
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[0]->payload, std::string("a\0b", 3));
  EXPECT_EQ(messages[1]->payload, "");
  EXPECT_TRUE(messages[2]->payload == every_byte);
  EXPECT_EQ(messages[2]->id, large);
}

TEST_P(StoreContract, RefusesWhileTooManyBytesWait) {
  open({.waiting_bytes_max = 10'000});
  Hold hold(store());
  std::latch first(1);
  store().messages().append(message_to(1, std::string(10'000, 'x')), {},
                            [&](const auto&) { first.count_down(); });
  EXPECT_EQ(append(store(), message_to(1)).error().code, Code::refused);
  hold.let_go();
  first.wait();
  EXPECT_TRUE(append(store(), message_to(1)));
}

TEST_P(StoreContract, RefusesWhileTheOldestHasWaitedTooLong) {
  open({.waiting_time_max = Milliseconds(1000)});
  Hold hold(store());
  std::latch first(1);
  store().messages().append(message_to(1), {}, [&](const auto&) { first.count_down(); });
  clock_.advance(Milliseconds(1001));
  EXPECT_EQ(append(store(), message_to(1)).error().code, Code::refused);
  hold.let_go();
  first.wait();
  EXPECT_TRUE(append(store(), message_to(1)));
}

TEST_P(StoreContract, AnswersWhatWaitsWhenItIsClosed) {
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    store().messages().append(message_to(1), {}, [&](const auto& kept) {
      EXPECT_TRUE(kept);
      ++answered;
    });
  }
  store_.reset();
  EXPECT_EQ(answered, 100);
}

TEST_P(StoreContract, SweepEndsWhoIsStillOpenAtTheDeadline) {
  auto short_lived = message_to(2);
  short_lived->deadline = start + Milliseconds(1000);
  const auto id = append(store(), std::move(short_lived)).value()->id;
  const auto other = append(store(), message_to(1)).value()->id;
  store().messages().record({acked(id, 0)});
  store().messages().sweep(start + Milliseconds(999));
  EXPECT_EQ(find(store(), id).value().receipts[1].outcome, Outcome::queued);
  store().messages().sweep(start + Milliseconds(1000));
  EXPECT_EQ(outcomes_of(find(store(), id).value()),
            (std::vector{Outcome::acked, Outcome::expired}));
  ASSERT_TRUE(flush(store()));
  EXPECT_EQ(ids_of(replayed(store())), std::vector{other});
}

TEST_P(StoreContract, SweepForgetsMessagesAWeekAfterTheLongestDeadline) {
  auto message = message_to(1);
  message->request_id = "old";
  const auto id = append(store(), std::move(message)).value()->id;
  clock_.advance(std::chrono::days(14));
  store().messages().sweep(clock_.now());
  ASSERT_TRUE(flush(store()));
  EXPECT_EQ(find(store(), id).value().receipts[0].outcome, Outcome::expired);
  clock_.advance(Milliseconds(1));
  store().messages().sweep(clock_.now());
  ASSERT_TRUE(flush(store()));
  EXPECT_EQ(find(store(), id).error().code, Code::absent);
  EXPECT_EQ(wait_for<KeptMessage>([&](Done<KeptMessage> done) {
              store().messages().find_request("old", std::move(done));
            })
                .error()
                .code,
            Code::absent);
}

// Tokens.

const ClientToken token{.account = {7}, .operation = "BatchPub", .token = "order 1"};

std::unique_ptr<Message> asked(const std::string& request_id, std::string payload = "hello") {
  auto message = message_to(2, std::move(payload));
  message->request_id = request_id;
  return message;
}

TEST_P(StoreContract, ATokenKeepsTheFirstOfWhatIsTheSame) {
  const auto first = append_once(store(), token, asked("first")).value();
  EXPECT_EQ(first->recipients.size(), 2u);
  clock_.advance(std::chrono::hours(23));
  const auto again = append_once(store(), token, asked("again")).value();
  EXPECT_EQ(again->id, first->id);
  EXPECT_TRUE(again->recipients.empty());
  EXPECT_EQ(ids_of(replayed(store())), std::vector{first->id});
  EXPECT_EQ(find_request(store(), "first").value().message->id, first->id);
  EXPECT_EQ(find_request(store(), "again").value().message->request_id, "first");
}

TEST_P(StoreContract, ATokenIsForgottenAfterADay) {
  const auto first = append_once(store(), token, asked("first")).value();
  clock_.advance(std::chrono::hours(24) + Milliseconds(1));
  EXPECT_NE(append_once(store(), token, asked("again")).value()->id, first->id);
  EXPECT_EQ(replayed(store()).size(), 2u);
}

TEST_P(StoreContract, ATokenStandsForNothingElse) {
  const auto first = append_once(store(), token, asked("first")).value();
  const auto other = [&](auto change) {
    auto message = asked("other");
    change(*message);
    return append_once(store(), token, std::move(message)).error().code;
  };
  EXPECT_EQ(other([](Message& m) { m.payload += '.'; }), Code::idempotent_mismatch);
  EXPECT_EQ(other([](Message& m) { m.recipients.pop_back(); }), Code::idempotent_mismatch);
  EXPECT_EQ(other([](Message& m) { m.qos = Qos::at_most_once; }), Code::idempotent_mismatch);
  EXPECT_EQ(other([](Message& m) { m.deadline -= Milliseconds(1); }), Code::idempotent_mismatch);
  EXPECT_EQ(other([](Message& m) { m.topic = TopicTemplate::parse("/a/b/user/c"); }),
            Code::idempotent_mismatch);
  EXPECT_EQ(other([](Message& m) { m.properties.content_type = ""; }), Code::idempotent_mismatch);
  EXPECT_EQ(append_once(store(), token, asked("again")).value()->id, first->id);
  EXPECT_EQ(replayed(store()).size(), 1u);
}

TEST_P(StoreContract, ATokenBelongsToAnAccountAndAnOperation) {
  std::set<MessageId> ids{append_once(store(), token, asked("")).value()->id};
  for (const ClientToken& other :
       {ClientToken{{8}, "BatchPub", "order 1"}, ClientToken{{7}, "Pub", "order 1"},
        ClientToken{{7}, "BatchPub", "order 2"}}) {
    ids.insert(append_once(store(), other, asked("")).value()->id);
  }
  EXPECT_EQ(ids.size(), 4u);
}

TEST_P(StoreContract, TwinsOfOneGroupAreKeptOnce) {
  constexpr int twins = 10;
  std::vector<Result<SharedMessage>> answers;
  Hold hold(store());
  for (int i = 0; i <= twins; ++i) {
    store().messages().append_once(token, asked(std::to_string(i), i == twins ? "other" : "hello"),
                                   {}, [&](auto answer) { answers.push_back(std::move(answer)); });
  }
  hold.let_go();
  ASSERT_TRUE(flush(store()));
  ASSERT_EQ(answers.size(), twins + 1u);
  EXPECT_EQ(answers[0].value()->recipients.size(), 2u);
  for (int i = 1; i < twins; ++i) {
    EXPECT_EQ(answers[i].value()->id, answers[0].value()->id);
    EXPECT_TRUE(answers[i].value()->recipients.empty());
  }
  EXPECT_EQ(answers[twins].error().code, Code::idempotent_mismatch);
  EXPECT_EQ(replayed(store()).size(), 2u);  // With that which held the store.
}

TEST_P(StoreContract, OfQos0OnlyTheTokenIsKept) {
  const auto qos0 = [] {
    auto message = asked("request");
    message->qos = Qos::at_most_once;
    return message;
  };
  const auto first = append_once(store(), token, qos0()).value();
  EXPECT_EQ(first->payload, "hello");
  EXPECT_EQ(append_once(store(), token, qos0()).value()->id, first->id);
  EXPECT_EQ(find(store(), first->id).error().code, Code::absent);
  EXPECT_TRUE(replayed(store()).empty());
}

TEST_P(StoreContract, RidersAreKeptWhateverBecomesOfTheirToken) {
  ASSERT_TRUE(append_once(store(), token, asked("1"), {Record(device(1, "first"))}));
  ASSERT_TRUE(append_once(store(), token, asked("2"), {Record(device(2, "again"))}));
  ASSERT_FALSE(append_once(store(), token, asked("3", "other"), {Record(device(3, "other"))}));
  EXPECT_EQ(loaded(store()).size(), 3u);
}

// The bound of finished messages.

TEST_P(StoreContract, AboveTheBoundTheOldestFinishedMessagesAreForgotten) {
  open({.finished_bytes_max = 64 * limits::KiB});
  std::vector<MessageId> ids;
  constexpr std::size_t count = 2000;
  for (std::size_t i = 0; i < count; ++i) {
    store().messages().append(message_to(100), {}, [&](Result<SharedMessage> kept) {
      ids.push_back(kept.value()->id);
      std::vector<ReceiptOf> receipts;
      // The second is never finished.
      for (RecipientIndex to = ids.size() == 2 ? 1 : 0; to < 100; ++to) {
        receipts.push_back(acked(ids.back(), to));
      }
      store().messages().record(std::move(receipts));
    });
  }
  ASSERT_TRUE(flush(store()));
  ASSERT_TRUE(flush(store()));
  store().messages().sweep(clock_.now());
  ASSERT_TRUE(flush(store()));
  ASSERT_EQ(ids.size(), count);
  EXPECT_EQ(find(store(), ids[0]).error().code, Code::absent);
  EXPECT_EQ(outcomes_of(find(store(), ids[1]).value())[0], Outcome::queued);
  EXPECT_EQ(outcomes_of(find(store(), ids[1]).value())[1], Outcome::acked);
  EXPECT_EQ(find(store(), ids[2]).error().code, Code::absent);
  EXPECT_EQ(find(store(), ids[count / 2]).error().code, Code::absent);
  EXPECT_TRUE(find(store(), ids.back()));
  EXPECT_EQ(ids_of(replayed(store())), std::vector{ids[1]});
}

// The registry.

TEST_P(StoreContract, RidersAreKeptWithTheMessage) {
  ASSERT_TRUE(append(store(), message_to(1), {Record(device(1, "rider"))}));
  const auto records = loaded(store());
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(std::get<Device>(records[0]).nickname, "rider");
}

TEST_P(StoreContract, LoadsWhatWasWrittenAndNotWhatWasErased) {
  ASSERT_TRUE(write(store(), {Record(device(1, "one")), Record(device(2, "two")),
                              Record(KeptSession{.device = {1}}),
                              Record(KeptSession{.device = {2}}), Record(AccessKey{.id = "key"})}));
  ASSERT_TRUE(write(store(), {ErasedDevice{{1}}, ErasedSession{{2}}, ErasedAccessKey{"key"},
                              ErasedProduct{ProductKey::parse("absent").value()}}));
  const auto records = loaded(store());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(std::get<Device>(records[0]).nickname, "two");
  EXPECT_EQ(std::get<KeptSession>(records[1]).device, DeviceId{1});
}

TEST_P(StoreContract, TheLastChangeOfARecordWinsSoonOrNot) {
  store().registry().write_soon({Record(device(1, "first"))});
  ASSERT_TRUE(write(store(), {Record(device(1, "second")), Record(device(2, "first"))}));
  store().registry().write_soon({Record(device(2, "second")), Record(device(2, "third"))});
  ASSERT_TRUE(flush(store()));
  const auto records = loaded(store());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(std::get<Device>(records[0]).nickname, "second");
  EXPECT_EQ(std::get<Device>(records[1]).nickname, "third");
}

TEST_P(StoreContract, WritesAreAnsweredInOrderHoweverLarge) {
  Changes bulk;
  for (std::uint64_t id = 1; id <= 2'500; ++id) bulk.emplace_back(Record(device(id, "bulk")));
  std::vector<int> answered;
  Hold hold(store());
  store().registry().write(bulk, [&](const auto&) { answered.push_back(1); });
  store().registry().write(bulk, [&](const auto&) { answered.push_back(2); });
  store().registry().write({Record(device(1, "last"))},
                           [&](const auto&) { answered.push_back(3); });
  hold.let_go();
  ASSERT_TRUE(flush(store()));
  EXPECT_EQ(answered, (std::vector{1, 2, 3}));
  const auto records = loaded(store());
  EXPECT_EQ(records.size(), 2'500u);
  EXPECT_EQ(std::get<Device>(records[0]).nickname, "last");
}

TEST_P(StoreContract, NoncesAreLoadedUntilTheyMayBeForgotten) {
  const SeenNonce early{.hash = {'a', '\0', 'b'}, .forget_at = start + Milliseconds(1000)};
  const SeenNonce late{.hash = {'c'}, .forget_at = start + Milliseconds(2000)};
  ASSERT_TRUE(write(store(), {Record(early), Record(late)}));
  EXPECT_EQ(loaded(store()).size(), 2u);
  clock_.advance(Milliseconds(1500));
  const auto records = loaded(store());
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(std::get<SeenNonce>(records[0]).hash, late.hash);
  EXPECT_EQ(std::get<SeenNonce>(records[0]).forget_at, late.forget_at);
}

}  // namespace
}  // namespace herald::testing
