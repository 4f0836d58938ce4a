#include "simulated_caller.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace herald::simulation {
namespace {

constexpr std::int64_t long_ms = 7LL * 24 * 3600 * 1000;
constexpr Micros travels_usually{200};
constexpr Micros travels_at_most{10'000};

Micros travel(Chance& chance) { return chance.up_to(travels_usually, travels_at_most); }

std::string_view code_of(const Error& error) {
  return error.code == Code::refused ? "ServiceUnavailable" : "InternalError";
}

// When all is over, every recipient of a message has ended, and the message is still known.
void expect_final(World& world, const PublishedCall& published, const Result<KeptMessage>& kept) {
  const std::string of = "the receipts of call " + std::to_string(published.call);
  if (!kept) return world.wrong.push_back(of + ": " + kept.error().detail);
  if (!std::ranges::all_of(kept->receipts, &is_final, &Receipt::outcome)) {
    world.wrong.push_back(of + ": some are not final");
  }
}

void write_receipts(World& world, const Publishing& publishing, const PublishedCall& published,
                    const KeptMessage& kept) {
  crash::ReceiptsSeen seen{.call = published.call, .receipts = {}};
  for (RecipientIndex i = 0; i < kept.receipts.size(); ++i) {
    const auto device = std::ranges::find(publishing.devices, kept.message->recipients[i]);
    seen.receipts.push_back(
        {.device = static_cast<crash::Device>(device - publishing.devices.begin()),
         .state = std::string(name_of(kept.receipts[i].outcome)),
         .reason = std::string(name_of(kept.receipts[i].reason))});
  }
  world.recorder.write(std::move(seen));
}

}  // namespace

SimulatedCaller::SimulatedCaller(World& world, const Publishing& publishing,
                                 std::vector<PublishedCall>& published, std::size_t calls)
    : world_(world), publishing_(publishing), published_(published), left_(calls) {}

void SimulatedCaller::pause() {
  if (left_ == 0) return;
  world_.timeline.after(world_.chance.up_to(Micros(30'000), Micros(400'000)), [this] { act(); });
}

void SimulatedCaller::act() {
  if (world_.server == nullptr || !world_.takes_new) return pause();
  if (!published_.empty() && world_.chance.percent(15)) {
    const PublishedCall earlier = world_.chance.one_of(published_);
    if (earlier.qos == 1 && world_.chance.one_in(2)) return cancel(earlier);
    ask(world_, publishing_, earlier, /*is_over=*/false, [] {});
  }
  publish();
}

void SimulatedCaller::publish() {
  Chance& chance = world_.chance;
  --left_;
  auto request = std::make_shared<Request>(Request{.call = world_.calls++, .is_publish = true});
  PublishedCall published{.call = request->call, .qos = chance.percent(20) ? 0 : 1};
  std::int64_t lifetime_ms = long_ms;
  if (published.qos == 1 && chance.percent(10)) lifetime_ms = chance.between(1, 2'000);
  published.recipients.resize(publishing_.devices.size());
  std::iota(published.recipients.begin(), published.recipients.end(), crash::Device{0});
  const std::size_t recipients =
      1 + chance.below(chance.one_in(2) ? published.recipients.size()
                                        : std::min<std::size_t>(3, published.recipients.size()));
  for (std::size_t i = 0; i < recipients; ++i) {
    std::swap(published.recipients[i],
              published.recipients[i + chance.below(published.recipients.size() - i)]);
  }
  published.recipients.resize(recipients);

  std::string payload = "call " + std::to_string(request->call) + ' ';
  payload.append(chance.below(chance.one_in(10) ? 6'000 : 100), '.');
  const std::string id = "request-" + std::to_string(request->call);
  world_.recorder.write(crash::Called{.call = request->call,
                                      .qos = published.qos,
                                      .lifetime_ms = lifetime_ms,
                                      .hash = crash::payload_hash(payload),
                                      .nonce = id,
                                      .recipients = published.recipients});
  send(request, [this, request, published = std::move(published), lifetime_ms,
                 payload = std::move(payload), id](SimulatedServer& server, ShardIndex shard) {
    auto message = std::make_unique<Message>();
    message->account = publishing_.account;
    message->product = publishing_.product.text();
    message->request_id = id;
    message->topic = TopicTemplate::custom(publishing_.product, "get");
    message->qos = static_cast<Qos>(published.qos);
    for (const crash::Device device : published.recipients) {
      message->recipients.push_back(publishing_.devices[device]);
    }
    message->payload = payload;
    server.platform().publisher.publish(
        std::move(message), Milliseconds(lifetime_ms), {},
        [this, &server, shard, request, published](Result<MessageId> kept) mutable {
          answer(server, shard, request, [this, request, published, kept]() mutable {
            crash::Answered answered{.call = request->call};
            if (kept) {
              answered.outcome = crash::Outcome::success;
              answered.message = kept->value;
              published.message = *kept;
              published_.push_back(published);
            } else {
              answered.outcome = crash::Outcome::refused;
              answered.code = code_of(kept.error());
            }
            world_.recorder.write(std::move(answered));
          });
        });
  });
}

void SimulatedCaller::cancel(const PublishedCall& published) {
  auto request = std::make_shared<Request>(Request{.call = published.call});
  world_.recorder.write(crash::Cancelling{.call = published.call, .devices = {}});
  send(request, [this, request, published](SimulatedServer& server, ShardIndex shard) {
    const auto failed = [this, &server, shard, request] { answer(server, shard, request, [] {}); };
    server.platform().receipts.find(published.message, [this, &server, shard, request,
                                                        failed](Result<KeptMessage> kept) {
      if (!kept) return failed();
      std::vector<RecipientIndex> all(kept->receipts.size());
      std::iota(all.begin(), all.end(), RecipientIndex{0});
      server.platform().receipts.cancel(
          kept->message, std::move(all),
          [this, &server, shard, request, failed](Result<Cancellation> done) {
            if (!done) return failed();
            answer(server, shard, request, [this, request, count = done->cancelled] {
              world_.recorder.write(crash::Cancelled{.call = request->call, .recipients = count});
            });
          });
    });
  });
}

void SimulatedCaller::ask(World& world, const Publishing& publishing,
                          const PublishedCall& published, bool is_over,
                          std::function<void()> answered) {
  SimulatedServer* server = world.server;
  if (server == nullptr) return;
  const auto shard = static_cast<ShardIndex>(world.chance.below(server->shards()));
  server->run_at(shard, [&world, &publishing, published, is_over, answered = std::move(answered),
                         server, shard]() mutable {
    server->platform().receipts.find(
        published.message, [&world, &publishing, published, is_over, answered = std::move(answered),
                            server, shard](Result<KeptMessage> kept) mutable {
          server->run_at(shard, [&world, &publishing, published, is_over,
                                 answered = std::move(answered), kept = std::move(kept)] {
            if (kept) write_receipts(world, publishing, published, *kept);
            if (is_over) expect_final(world, published, kept);
            answered();
          });
        });
  });
}

// A request and its answer.

void SimulatedCaller::send(const SharedRequest& request,
                           std::function<void(SimulatedServer&, ShardIndex)> task) {
  waiting_ = request;
  world_.timeline.after(travel(world_.chance), [this, request, task = std::move(task)] {
    if (request->answered) return;
    if (world_.server == nullptr || !world_.takes_new) return lose(request);
    SimulatedServer& server = *world_.server;
    const auto shard = static_cast<ShardIndex>(world_.chance.below(server.shards()));
    server.run_at(shard, [&server, shard, task] { task(server, shard); });
  });
}

void SimulatedCaller::answer(SimulatedServer& server, ShardIndex shard,
                             const SharedRequest& request, std::function<void()> hear) {
  server.run_at(shard, [this, request, hear = std::move(hear)] { come_back(request, hear); });
}

void SimulatedCaller::come_back(const SharedRequest& request, std::function<void()> hear) {
  request->answered = true;
  world_.timeline.after(travel(world_.chance), [this, hear = std::move(hear)] {
    hear();
    waiting_.reset();
    pause();
  });
}

void SimulatedCaller::lose(const SharedRequest& request) {
  come_back(request, [this, request] {
    if (request->is_publish) {
      world_.recorder.write(
          crash::Answered{.call = request->call, .outcome = crash::Outcome::lost});
    }
  });
}

void SimulatedCaller::server_is_gone() {
  if (waiting_ && !waiting_->answered) lose(waiting_);
}

}  // namespace herald::simulation
