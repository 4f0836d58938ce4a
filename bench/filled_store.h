#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "app/herald.h"
#include "base/result.h"
#include "store/store.h"

// Data directories with many devices and many messages, for benchmarks of the whole server. What
// goes wrong ends the process.
namespace herald::bench {

[[noreturn]] void give_up(std::string_view why);

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().detail);
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (!result) give_up(result.error().detail);
}

// Runs `phase` in a process of its own, so that no phase's memory is another's.
void phase(const std::function<void()>& phase);

// At most so many writes at a time.
class InFlight {
 public:
  explicit InFlight(std::size_t max) : max_(max) {}
  void begin();
  void end();
  void wait();  // For all.

 private:
  const std::size_t max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

// On free ports of this machine, without the quotas that would slow a benchmark down.
app::Settings unhurried_settings();

// The one product of a data directory that make_product made.
ProductKey product_of(app::Herald& herald);
void make_product(const std::filesystem::path& data);
// `device-0000000` and so on. Answers the seconds that it took.
double register_devices(const std::filesystem::path& data, std::size_t count);
// A kept session for each device, subscribed to `user/get`.
void keep_sessions(const std::filesystem::path& data);

// So many messages of an hour ago that reached their one recipient, kept for their receipts.
void leave_finished(const std::filesystem::path& data, std::size_t count);

// `each` QoS 1 messages of 64 bytes that wait for each of so many devices. In each a hundred
// devices that follow each other (or all there are), again and again; the payload begins with the
// message's number, eight bytes in the order of this machine.
struct WaitingMessages {
  std::size_t devices = 0;
  std::size_t each = 0;
};
// Ends the process as kill -9 would.
[[noreturn]] void leave_waiting(const std::filesystem::path& data, const WaitingMessages& wanted);

// What a start took until /readyz said so, and the memory that was resident then.
struct Start {
  double seconds = 0;
  double bytes = 0;
};
// Starts a server in a process of its own, and ends it as kill -9 would.
Start start_and_kill(const std::filesystem::path& data);

}  // namespace herald::bench
