#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "api/sign.h"
#include "client/caller.h"
#include "history.h"
#include "net/http_client.h"
#include "outstanding.h"

namespace herald::crash {

// What every call needs.
struct Platform {
  net::Address api;
  client::AccessKeyPair key;
  std::string instance;
  std::string product;
  std::vector<std::string> devices;  // Their names, by number.
};

// What QueryMessageReceipts says of the message of a call. Errors: failed.
Result<ReceiptsSeen> receipts_of(const Platform& platform, client::Caller& caller, Call call,
                                 std::uint64_t message);

// Sends BatchPub as the history's calls, and repeats earlier ones: to the byte, or anew with their
// ClientToken. One thread.
class CallSender {
 public:
  CallSender(const Platform& platform, std::uint64_t seed, Writer& history,
             Outstanding& outstanding);

  struct Draft {
    int qos = 1;
    std::int64_t lifetime_ms = crash::lifetime_ms;
    std::size_t payload_bytes = 40;  // At least.
    bool has_token = false;
    std::vector<Device> recipients;
  };
  // One that was sent.
  struct Sent {
    Call call = 0;
    Draft draft;
    std::string payload;
    std::string token;  // Empty: none.
    api::SignedCall bytes;
    Outcome outcome = Outcome::lost;
    std::uint64_t message = 0;  // Of a success.
  };
  Sent send(const Draft& draft);
  void send_again(Sent& sent);
  void retry(Sent& sent);  // It has a token.

 private:
  api::SignedCall sign(const Sent& sent, const std::string& nonce) const;
  void exchange(Sent& sent, const api::SignedCall& bytes);

  const Platform& platform_;
  std::uint64_t seed_;
  Writer& history_;
  Outstanding& outstanding_;
  std::unique_ptr<net::HttpClient> http_;  // None: the last connection was lost.
};

// Takes messages back, from all or from some of those that they are for, and asks what became of
// them. One thread.
class Canceller {
 public:
  Canceller(const Platform& platform, Writer& history);
  // `devices`: none means all.
  void cancel(const CallSender::Sent& sent, std::vector<Device> devices);

 private:
  const Platform& platform_;
  Writer& history_;
  client::Caller caller_;
};

// Several applications that call all the time while the server serves. One thread, and its own.
class Callers {
 public:
  Callers(const Platform& platform, std::size_t count, std::uint64_t seed, Writer& history,
          Outstanding& outstanding);
  ~Callers();

  // The server serves: all call until it is lost.
  void go();
  // Begins no more calls, and waits for the answers of those that were begun.
  void pause();

 private:
  void run(std::uint64_t seed);
  CallSender::Draft new_draft(std::mt19937_64& random) const;
  // Waits until there is a turn that the caller has not had; none: the end.
  std::optional<std::uint64_t> next_turn(std::uint64_t had);

  const Platform& platform_;
  Writer& history_;
  Outstanding& outstanding_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::uint64_t turn_ = 0;  // Grows each time that the server comes back.
  std::size_t calling_ = 0;
  bool paused_ = true;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace herald::crash
