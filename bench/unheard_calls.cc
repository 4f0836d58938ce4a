#include "unheard_calls.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/crypto.h"

namespace herald::bench {
namespace {

using std::chrono::nanoseconds;

constexpr auto warm_up = std::chrono::seconds(1);

// One kept-alive connection; requests are whole bytes of HTTP.
class Connection {
 public:
  explicit Connection(net::Descriptor socket) : socket_(std::move(socket)) {}

  // The answer's body. Errors: failed.
  Result<std::string> exchange(std::string_view request) {
    while (!request.empty()) {
      const ssize_t count = ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
      if (count <= 0) return fail(Code::failed, "the caller's connection was closed");
      request.remove_prefix(static_cast<std::size_t>(count));
    }
    std::string answer;
    std::size_t size = std::string::npos;
    while (answer.size() < size) {
      std::array<char, 4096> buffer;
      const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return fail(Code::failed, "the caller's connection was closed");
      answer.append(buffer.data(), static_cast<std::size_t>(count));
      size = size_of(answer);
    }
    return answer.substr(answer.find(end_of_head) + end_of_head.size());
  }

 private:
  static constexpr std::string_view end_of_head = "\r\n\r\n";
  static constexpr std::string_view length = "Content-Length: ";

  // Of the whole answer; npos: its head is not complete.
  static std::size_t size_of(std::string_view answer) {
    const std::size_t head = answer.find(end_of_head);
    if (head == std::string_view::npos) return head;
    std::size_t body = 0;
    const std::size_t at = answer.find(length);
    if (at < head) {
      std::from_chars(answer.data() + at + length.size(), answer.data() + head, body);
    }
    return head + end_of_head.size() + body;
  }

  net::Descriptor socket_;
};

class UnheardCalls {
 public:
  UnheardCalls(const net::Address& api, const Access& access, const UnheardWork& work, pid_t server)
      : api_(api), access_(access), work_(work), server_(server) {
    parameters_ = {{"ProductKey", access.product},
                   {"Qos", "0"},
                   {"TopicShortName", "get"},
                   {"MessageContent", to_base64(random_bytes(work.payload_bytes))}};
    if (access.instance != "-") parameters_.emplace_back("IotInstanceId", access.instance);
    for (std::size_t i = 0; i < work.batch; ++i) {
      parameters_.emplace_back("DeviceName." + std::to_string(i + 1), access.devices[i].name);
    }
  }

  Result<void> connect() {
    for (std::size_t i = 0; i < work_.callers; ++i) {
      auto socket = net::connect_to(api_);
      if (!socket) return tl::unexpected(std::move(socket.error()));
      connections_.emplace_back(std::move(*socket));
    }
    return {};
  }

  // `calls`: 0: as many as fit.
  Result<Figures> run(std::chrono::seconds duration, std::size_t calls) {
    begun_ = 0;
    latency_ = {};
    const auto cpu_before = cpu_time(server_);
    const Instant start = Clock::now();
    std::vector<std::jthread> threads;
    threads.reserve(connections_.size());
    for (Connection& connection : connections_) {
      threads.emplace_back([&] { call_repeatedly(connection, start + duration, calls); });
    }
    threads.clear();  // Waits for them.
    const std::chrono::duration<double> taken = Clock::now() - start;
    const auto cpu_after = cpu_time(server_);
    if (!outcome_) return tl::unexpected(outcome_.error());
    if (!cpu_before || !cpu_after) return fail(Code::failed, "the server has ended");
    const auto count = static_cast<double>(latency_.count());
    return Figures{{"calls_per_s", count / taken.count()},
                   {"server_cpu_us_per_call",
                    static_cast<double>((*cpu_after - *cpu_before).count()) / 1e3 / count},
                   {"call_p50_us", latency_.quantile_us(0.5)},
                   {"call_p99_us", latency_.quantile_us(0.99)},
                   {"calls", count}};
  }

 private:
  void call_repeatedly(Connection& connection, Instant end, std::size_t calls) {
    Histogram latency;
    Result<void> done;
    while (done && (calls == 0 ? Clock::now() < end : begun_++ < calls)) {
      const std::string request =
          signed_request(work_.signature, api_, access_.key, "BatchPub", parameters_);
      const Instant start = Clock::now();
      const auto answer = connection.exchange(request);
      latency.add(Clock::now() - start);
      if (!answer) {
        done = tl::unexpected(answer.error());
      } else if (answer->find("\"Success\":true") == std::string::npos) {
        done = fail(Code::failed, "BatchPub: " + *answer);
      }
    }
    const std::scoped_lock lock(mutex_);
    latency_.add(latency);
    if (!done) outcome_ = std::move(done);
  }

  const net::Address& api_;
  const Access& access_;
  const UnheardWork& work_;
  const pid_t server_;
  client::CallParameters parameters_;
  std::vector<Connection> connections_;
  std::atomic<std::size_t> begun_ = 0;
  std::mutex mutex_;  // Of what follows; taken once by each caller.
  Histogram latency_;
  Result<void> outcome_;
};

}  // namespace

Result<Figures> measure_unheard_calls(const net::Address& api, const Access& access,
                                      const UnheardWork& work, std::chrono::seconds duration,
                                      pid_t server) {
  if (access.devices.size() < work.batch) return fail(Code::failed, "too few devices for a batch");
  UnheardCalls calls(api, access, work, server);
  if (auto connected = calls.connect(); !connected) return tl::unexpected(connected.error());
  if (work.calls > 0) return calls.run(duration, work.calls);
  if (auto warm = calls.run(warm_up, 0); !warm) return warm;
  return calls.run(duration, 0);
}

}  // namespace herald::bench
