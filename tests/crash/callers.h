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

// Sends BatchPub as the history's calls, and repeats earlier ones to the byte. One thread.
class CallSender {
 public:
  CallSender(const Platform& platform, std::uint64_t seed, Writer& history,
             Outstanding& outstanding);

  struct Draft {
    int qos = 1;
    std::int64_t lifetime_ms = crash::lifetime_ms;
    std::size_t payload_bytes = 40;  // At least.
    std::vector<Device> recipients;
  };
  // One that was sent.
  struct Sent {
    Call call = 0;
    int qos = 0;
    api::SignedCall bytes;
    Outcome outcome = Outcome::lost;
  };
  Sent send(const Draft& draft);
  void send_again(Sent& sent);

 private:
  api::SignedCall sign(const Draft& draft, const std::string& payload,
                       const std::string& nonce) const;
  Outcome exchange(Call call, const api::SignedCall& bytes);

  const Platform& platform_;
  std::uint64_t seed_;
  Writer& history_;
  Outstanding& outstanding_;
  std::unique_ptr<net::HttpClient> http_;  // None: the last connection was lost.
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
