#include "callers.h"

#include <algorithm>
#include <atomic>
#include <boost/json/parse.hpp>
#include <charconv>
#include <numeric>

#include "base/crypto.h"

namespace herald::crash {
namespace {

namespace json = boost::json;

constexpr std::size_t batch_max = 100;
const std::vector<Device> all;  // That is what none means.

// Of all senders: the history counts calls from 0, in the order in which they are written.
std::mutex numbering;
Call next_call = 0;

std::string text_of(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

Answered answer_of(Call call, const Result<api::HttpResponse>& response) {
  Answered answered{.call = call};
  if (!response) return answered;
  boost::system::error_code error;
  const json::value value = json::parse(response->body, error);
  if (error || !value.is_object()) return answered;
  const json::object& body = value.as_object();
  const json::value* success = body.if_contains("Success");
  if (response->status == 200 && success != nullptr && success->is_bool() && success->as_bool()) {
    const std::string message = text_of(body, "MessageId");
    std::from_chars(message.data(), message.data() + message.size(), answered.message);
    answered.outcome = Outcome::success;
  } else {
    answered.code = text_of(body, "Code");
    answered.outcome = Outcome::refused;
  }
  return answered;
}

std::vector<Device> some_of(const CallSender::Sent& sent, std::mt19937_64& random) {
  const std::vector<Device>& recipients = sent.draft.recipients;
  std::vector<Device> some;
  std::ranges::sample(recipients, std::back_inserter(some),
                      static_cast<std::ptrdiff_t>(1 + random() % recipients.size()), random);
  return some;
}

}  // namespace

Result<ReceiptsSeen> receipts_of(const Platform& platform, client::Caller& caller, Call call,
                                 std::uint64_t message) {
  const auto answer = caller.must("QueryMessageReceipts",
                                  {{"MessageId", std::to_string(message)}, {"PageSize", "1000"}});
  if (!answer) return tl::unexpected(answer.error());
  ReceiptsSeen seen{.call = call, .receipts = {}};
  for (const json::value& each : answer->at("Data").at("Receipts").at("Receipt").as_array()) {
    const json::object& receipt = each.as_object();
    // They are named in the order of their numbers.
    const auto device = std::ranges::lower_bound(platform.devices, text_of(receipt, "DeviceName"));
    seen.receipts.push_back({.device = static_cast<Device>(device - platform.devices.begin()),
                             .state = text_of(receipt, "State"),
                             .reason = text_of(receipt, "Reason")});
  }
  return seen;
}

CallSender::CallSender(const Platform& platform, std::uint64_t seed, Writer& history,
                       Outstanding& outstanding)
    : platform_(platform), seed_(seed), history_(history), outstanding_(outstanding) {}

CallSender::Sent CallSender::send(const Draft& draft) {
  Called called{.qos = draft.qos,
                .lifetime_ms = draft.lifetime_ms,
                .nonce = random_uuid(),
                .recipients = draft.recipients};
  Sent sent{.draft = draft};
  // No two are the same.
  sent.payload = std::to_string(seed_) + ' ' + called.nonce;
  sent.payload.resize(std::max(draft.payload_bytes, sent.payload.size()), '.');
  if (draft.has_token) sent.token = called.nonce;
  sent.bytes = sign(sent, called.nonce);
  called.hash = payload_hash(sent.payload);
  {
    std::lock_guard lock(numbering);
    sent.call = called.call = next_call++;
    outstanding_.add(called);
    history_.write(std::move(called));
  }
  exchange(sent, sent.bytes);
  return sent;
}

void CallSender::send_again(Sent& sent) {
  history_.write(CalledAgain{.call = sent.call});
  exchange(sent, sent.bytes);
}

void CallSender::retry(Sent& sent) {
  history_.write(Retried{.call = sent.call});
  exchange(sent, sign(sent, random_uuid()));
}

void CallSender::exchange(Sent& sent, const api::SignedCall& bytes) {
  if (!http_) http_ = std::make_unique<net::HttpClient>(platform_.api);
  const auto response = http_->send(bytes.method, bytes.target, bytes.content_type, bytes.body);
  Answered answered = answer_of(sent.call, response);
  if (answered.outcome == Outcome::success) {
    outstanding_.succeeded(sent.call, answered.message);
    sent.message = answered.message;
  }
  if (answered.outcome == Outcome::lost) http_.reset();
  // What succeeded once stays so, whatever its repetition is told.
  sent.outcome = sent.message != 0 ? Outcome::success : answered.outcome;
  history_.write(std::move(answered));
}

api::SignedCall CallSender::sign(const Sent& sent, const std::string& nonce) const {
  const Draft& draft = sent.draft;
  api::Call call{
      .action = "BatchPub",
      .params = {{"IotInstanceId", platform_.instance},
                 {"ProductKey", platform_.product},
                 {"TopicShortName", "get"},
                 {"Qos", std::to_string(draft.qos)},
                 {"MessageContent", to_base64(sent.payload)}},
      .access_key = platform_.key.id,
      .secret = platform_.key.secret,
      .time = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()),
      .nonce = nonce,
      .in_form = true};
  for (std::size_t i = 0; i < draft.recipients.size(); ++i) {
    call.params.emplace_back("DeviceName." + std::to_string(i + 1),
                             platform_.devices[draft.recipients[i]]);
  }
  if (draft.lifetime_ms < lifetime_ms) {
    call.params.emplace_back("MessageExpiryInterval", std::to_string(draft.lifetime_ms / 1000));
  }
  if (!sent.token.empty()) call.params.emplace_back("ClientToken", sent.token);
  return api::sign(call);
}

Canceller::Canceller(const Platform& platform, Writer& history)
    : platform_(platform),
      history_(history),
      caller_(platform.api, platform.key, platform.instance) {}

void Canceller::cancel(const CallSender::Sent& sent, std::vector<Device> devices) {
  client::CallParameters parameters{{"MessageId", std::to_string(sent.message)}};
  for (std::size_t i = 0; i < devices.size(); ++i) {
    parameters.emplace_back("DeviceName." + std::to_string(i + 1), platform_.devices[devices[i]]);
  }
  history_.write(Cancelling{.call = sent.call, .devices = std::move(devices)});
  const auto answer = caller_.must("CancelMessage", parameters);
  if (!answer) return;
  const auto count = answer->at("Data").at("Cancelled").to_number<std::uint64_t>();
  history_.write(Cancelled{.call = sent.call, .recipients = count});
  if (auto seen = receipts_of(platform_, caller_, sent.call, sent.message)) {
    history_.write(*std::move(seen));
  }
}

Callers::Callers(const Platform& platform, std::size_t count, std::uint64_t seed, Writer& history,
                 Outstanding& outstanding)
    : platform_(platform), history_(history), outstanding_(outstanding) {
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this, seed, i] { run(seed * 1000 + i); });
  }
}

Callers::~Callers() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Callers::go() {
  {
    std::lock_guard lock(mutex_);
    paused_ = false;
    ++turn_;
  }
  changed_.notify_all();
}

void Callers::pause() {
  std::unique_lock lock(mutex_);
  paused_ = true;
  changed_.wait(lock, [this] { return calling_ == 0; });
}

std::optional<std::uint64_t> Callers::next_turn(std::uint64_t had) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ending_ || (!paused_ && turn_ > had); });
  if (ending_) return std::nullopt;
  ++calling_;
  return turn_;
}

// Most go to as many as one call may name; sizes are small, but for some whose payload the store
// keeps elsewhere.
CallSender::Draft Callers::new_draft(std::mt19937_64& random) const {
  const auto up_to = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(1, most)(random);
  };
  const auto one_in = [&](std::size_t count) { return up_to(count) == 1; };
  CallSender::Draft draft{.qos = one_in(5) ? 0 : 1};
  if (draft.qos == 1 && one_in(20)) draft.lifetime_ms = static_cast<std::int64_t>(up_to(3)) * 1000;
  draft.has_token = draft.qos == 1 && draft.lifetime_ms == lifetime_ms && one_in(3);
  draft.payload_bytes = one_in(20) ? 40 + up_to(20'000) : 40 + up_to(200);
  std::vector<Device> all(platform_.devices.size());
  std::iota(all.begin(), all.end(), Device{0});
  const std::size_t most = std::min(batch_max, all.size());
  std::ranges::sample(all, std::back_inserter(draft.recipients),
                      static_cast<std::ptrdiff_t>(one_in(3) ? up_to(most) : most), random);
  return draft;
}

void Callers::run(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto one_in = [&](std::uint64_t count) { return random() % count == 0; };
  CallSender sender(platform_, seed, history_, outstanding_);
  Canceller canceller(platform_, history_);
  std::optional<CallSender::Sent> kept;  // A success with QoS 1, tried again after each restart.
  std::optional<CallSender::Sent> lost;  // What the last turn ended with.
  const auto repeat = [&](CallSender::Sent& sent) {
    return sent.token.empty() || one_in(2) ? sender.send_again(sent) : sender.retry(sent);
  };
  std::uint64_t had = 0;
  while (const auto turn = next_turn(had)) {
    had = *turn;
    if (kept) repeat(*kept);
    if (lost) repeat(*lost);
    lost.reset();
    const auto goes_on = [&] {
      std::lock_guard lock(mutex_);
      return !paused_ && !ending_;
    };
    while (!lost && goes_on()) {
      CallSender::Sent sent = sender.send(new_draft(random));
      if (sent.draft.qos == 1 && sent.outcome == Outcome::success) {
        if (one_in(8)) canceller.cancel(sent, one_in(2) ? all : some_of(sent, random));
        kept = std::move(sent);
      } else if (sent.outcome == Outcome::lost) {
        lost = std::move(sent);
      }
    }
    if (lost && (lost->draft.qos == 0 || one_in(2))) lost.reset();
    {
      std::lock_guard lock(mutex_);
      --calling_;
    }
    changed_.notify_all();
  }
}

}  // namespace herald::crash
