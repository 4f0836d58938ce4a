#pragma once

#include <atomic>
#include <csignal>
#include <semaphore>
#include <thread>

namespace herald::app {

// SIGINT and SIGTERM, taken by a thread of their own, so that they count whatever the others do.
// At first a signal ends the program at once; who waits for one stops in order afterwards, and can
// be ended by a second one. Made before all other threads.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  void wait();

 private:
  void take();

  sigset_t signals_;
  std::atomic<bool> awaited_ = false;
  std::atomic<bool> over_ = false;
  std::binary_semaphore arrived_{0};
  std::thread thread_;
};

}  // namespace herald::app
