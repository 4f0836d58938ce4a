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

}  // namespace

CallSender::CallSender(const Platform& platform, std::uint64_t seed, Writer& history,
                       Outstanding& outstanding)
    : platform_(platform), seed_(seed), history_(history), outstanding_(outstanding) {}

CallSender::Sent CallSender::send(const Draft& draft) {
  Called called{.qos = draft.qos,
                .lifetime_ms = draft.lifetime_ms,
                .nonce = random_uuid(),
                .recipients = draft.recipients};
  // No two are the same.
  std::string payload = std::to_string(seed_) + ' ' + called.nonce;
  payload.resize(std::max(draft.payload_bytes, payload.size()), '.');
  called.hash = payload_hash(payload);
  Sent sent{.qos = draft.qos, .bytes = sign(draft, payload, called.nonce)};
  {
    std::lock_guard lock(numbering);
    sent.call = called.call = next_call++;
    outstanding_.add(called);
    history_.write(std::move(called));
  }
  sent.outcome = exchange(sent.call, sent.bytes);
  return sent;
}

void CallSender::send_again(Sent& sent) {
  history_.write(CalledAgain{.call = sent.call});
  const Outcome outcome = exchange(sent.call, sent.bytes);
  if (outcome == Outcome::success) sent.outcome = outcome;
}

Outcome CallSender::exchange(Call call, const api::SignedCall& bytes) {
  if (!http_) http_ = std::make_unique<net::HttpClient>(platform_.api);
  const auto response = http_->send(bytes.method, bytes.target, bytes.content_type, bytes.body);
  Answered answered = answer_of(call, response);
  if (answered.outcome == Outcome::success) outstanding_.succeeded(call, answered.message);
  if (answered.outcome == Outcome::lost) http_.reset();
  const Outcome outcome = answered.outcome;
  history_.write(std::move(answered));
  return outcome;
}

api::SignedCall CallSender::sign(const Draft& draft, const std::string& payload,
                                 const std::string& nonce) const {
  api::Call call{
      .action = "BatchPub",
      .params = {{"IotInstanceId", platform_.instance},
                 {"ProductKey", platform_.product},
                 {"TopicShortName", "get"},
                 {"Qos", std::to_string(draft.qos)},
                 {"MessageContent", to_base64(payload)}},
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
  return api::sign(call);
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
  CallSender sender(platform_, seed, history_, outstanding_);
  std::optional<CallSender::Sent> kept;  // A success with QoS 1, tried again after each restart.
  std::optional<CallSender::Sent> lost;  // What the last turn ended with.
  std::uint64_t had = 0;
  while (const auto turn = next_turn(had)) {
    had = *turn;
    if (kept) sender.send_again(*kept);
    if (lost) sender.send_again(*lost);
    lost.reset();
    const auto goes_on = [&] {
      std::lock_guard lock(mutex_);
      return !paused_ && !ending_;
    };
    while (!lost && goes_on()) {
      CallSender::Sent sent = sender.send(new_draft(random));
      if (sent.qos == 1 && sent.outcome == Outcome::success)
        kept = std::move(sent);
      else if (sent.outcome == Outcome::lost)
        lost = std::move(sent);
    }
    if (lost && (lost->qos == 0 || random() % 2 == 0)) lost.reset();
    {
      std::lock_guard lock(mutex_);
      --calling_;
    }
    changed_.notify_all();
  }
}

}  // namespace herald::crash
