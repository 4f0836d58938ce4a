#pragma once

#include <atomic>
#include <csignal>
#include <semaphore>
#include <thread>

namespace herald::app {

// SIGINT and SIGTERM, taken by a thread of their own, so that they count whatever the others do.
// At first a signal ends the program at once; once they are expected, the first one is kept for
// wait(), after which the program stops in order, and a second one ends it. Made before all other
// threads.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Said before the user is told that a signal stops the program.
  void expect() { awaited_ = true; }
  void wait() { arrived_.acquire(); }

 private:
  void take();

  sigset_t signals_;
  std::atomic<bool> awaited_ = false;
  std::atomic<bool> over_ = false;
  std::binary_semaphore arrived_{0};
  std::thread thread_;
};

}  // namespace herald::app
